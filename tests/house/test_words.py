"""What people read: all of it can be translated, all of it is, and the French is written as French is."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2] / "cartable"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
STRING = r'"((?:[^"\\]|\\.)*)"'
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
NAMES = {
    "Cartable",
    "Vim",
    "Ctrl",
    "Ctrl K",
    "K",
    "F2",
    "A",
    "X",
    "C",
    "V",
    "Z",
    "Alt",
    "F10",
    "narrow",
    "English",
    "Français",
    "www.cnil.fr",
    "www.defenseurdesdroits.fr",
}  # proper, keys, a class, languages in their own words, addresses


def unquoted(text: str) -> str:
    return ast.literal_eval(f'"{text}"')


def in_python(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in CALLS:
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def in_template(path: Path):
    for call in re.findall(r"\bn?gettext\((.*?)\)\s*(?=\s|$|_|n?gettext)", templatize(path.read_text()), re.S):
        yield from (ast.literal_eval(one) for one in re.findall(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", call))


def in_island(path: Path):
    for call in re.findall(r"\bn?gettext\(\s*((?:" + STRING + r"[,\s]*)+)", path.read_text()):
        yield from map(unquoted, re.findall(STRING, call[0]))


def sources():
    kinds = {"*.py": in_python, "*.html": in_template, "*.ts": in_island}
    for pattern, read in kinds.items():
        for path in sorted(ROOT.rglob(pattern)):
            yield from ((text, path) for text in read(path) if text)


def entries(path: Path):
    """Yield (msgids, msgstrs) of a catalogue, its header left out."""
    for block in path.read_text().split("\n\n"):
        assert "#, fuzzy" not in block, f"{path.name}: a guess that nobody has read: {block}"
        fields = re.findall(r'^(msg\w+(?:\[\d\])?) ((?:".*"\n?)+)', block, re.M)
        texts = [(name, "".join(map(unquoted, re.findall(STRING, text)))) for name, text in fields]
        if texts and texts[0][1]:
            yield [t for name, t in texts if "msgid" in name], [t for name, t in texts if "msgstr" in name]


def known(domain: str) -> set[str]:
    return {msgid for msgids, _ in entries(ROOT / f"locale/en/LC_MESSAGES/{domain}.po") for msgid in msgids}


def test_every_sentence_is_in_the_english_catalogue():
    there = known("django") | known("djangojs")
    assert [(text, path.name) for text, path in sources() if text not in there] == [], "make words"


def test_islands_find_theirs():
    there = known("djangojs")
    texts = [text for path in ROOT.rglob("*.ts") for text in in_island(path)]
    assert len(texts) > 50
    assert [text for text in texts if text not in there] == [], "make words"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_nothing_is_left_untranslated(path):
    assert [msgids for msgids, msgstrs in entries(path) if not all(msgstrs)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_translations_keep_the_values_of_the_sentence(path):
    def values(texts):
        return {value for text in texts for value in re.findall(r"%\(\w+\)s", text)}

    assert [msgids for msgids, msgstrs in entries(path) if values(msgids) != values(msgstrs)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_the_compiled_catalogue_is_the_one_that_is_read(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for msgids, msgstrs in entries(path):
        said = (
            [compiled.ngettext(*msgids, 1), compiled.ngettext(*msgids, 2)]
            if len(msgids) == 2
            else [compiled.gettext(*msgids)]
        )
        assert said == msgstrs, "make words"


def test_french_is_written_as_french_is():
    """U+202F before ; ! ?, U+00A0 before : and inside « », ’ and not '. A colon of a scheme or an hour is none of these."""
    faults = re.compile(r"'| [;!?:»]|« |\w(?<!Depth):\s|\w[!?»]|…\.|\.\.\.")
    wrong = [(text, path.name) for text, path in sources() if faults.search(text) and not text.startswith("http")]
    assert wrong == []


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.html")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_text_of_a_template_escapes_translation(path):
    text = re.sub(r"\{% (comment|blocktranslate).*?%\}.*?\{% end\1 %\}", " ", path.read_text(), flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<code translate=\"no\">.*?</code>", " ", text, flags=re.S)
    visible = [word for piece in re.split(r"<[^>]*>", text) if re.search(r"[^\W\d_]", word := piece.strip())]
    assert [word for word in visible if word.strip(" –,:/()") not in NAMES and not word.startswith("?")] == []
