"""What a text says: its words, what it names, what it lists as to be done."""

import pytest

from cartable.options import public_url
from cartable.pads.extracts.saying import LONGEST, Listed, Named, named_by, said

TEXT = """---
title: Conseil
tags: svt
---
# Ordre du jour

- [ ] Réserver la **salle** `B12`
- [x] Écrire aux parents
et à la mairie
  - [ ] ceux de l’*internat*
- du texte [ ] sans case

1. [X] relire

```
- [ ] un exemple
```
> - [ ] citée
"""


def test_its_words_are_compared_without_accents_case_or_marks():
    words = said("# L’Été, c’est **demain** : œuvre_2 `x.y`\n").words
    assert words == ["l", "ete", "c", "est", "demain", "oeuvre", "2", "x", "y"]


def test_what_is_no_word_is_left_out():
    assert said("data:" + "a" * (LONGEST + 1) + " b").words == ["data", "b"]


def test_the_lines_of_its_tasks_are_those_of_the_whole_text():
    told = said(TEXT)
    assert told.title == "Conseil"
    assert told.tasks == [
        Listed(6, "Réserver la salle B12", done=False),
        Listed(7, "Écrire aux parents", done=True),
        Listed(9, "ceux de l’internat", done=False),
        Listed(12, "relire", done=True),
        Listed(17, "citée", done=False),
    ]
    for one in told.tasks:
        assert "[" in TEXT.splitlines()[one.line]


def test_its_links_are_those_that_lead_to_documents_each_once():
    text = f"""[a](b.md) [a](b.md#partie) [c](../cours/d%C3%A9but.md) [e]({public_url()}/p/12) [f](/f/13?x=1) <{public_url()}/p/14/read>
`[g](code.md)` [h](https://ailleurs.example/p/15) [i](#ici) [j](mailto:a@b.example) [k](..) ![l](image.png)

[m]: m.md
[n][m]
"""
    assert said(text).links == [
        Named(None, "b.md", "b.md"),
        Named(None, "../cours/début.md", "début.md"),
        Named(12),
        Named(13),
        Named(14),
        Named(None, "m.md", "m.md"),
    ]


@pytest.mark.parametrize(
    "address", ["", "http://[", "//hote/p/1", "/p/1/2", "/p/x", "/p/99999999999999999", "/p/9999999999999999", "\\x", "a\0b", "a/" * 300 + "é" * 300]
)  # fmt: skip
def test_what_leads_to_no_document_is_no_link(address):
    assert named_by(address) is None


def test_of_a_text_too_long_to_be_laid_out_the_words_are_kept():
    told = said("[" * 30_000 + " loin\n- [ ] jamais\n")
    assert ("loin" in told.words, told.links, told.tasks) == (True, [], [])
