"""The front matter of a text: YAML between two lines of dashes. Read with suspicion: it comes from anybody (CVE-2026-58486)."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

LONGEST, DEEPEST = 8192, 5  # characters; one in another
_FENCED = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True)
class Front:
    """What a text says of itself. `slides` is what its slides are shown with; what we do not know is not there."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    lang: str = ""
    rtl: bool = False
    breaks: bool = True  # each end of a line is one
    slides: bool = False  # the text is a presentation


class _Loader(yaml.SafeLoader):
    """Plain values alone: an alias makes a bomb of ten lines."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        self.depth = getattr(self, "depth", 0) + 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError("too deep")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def split(text: str) -> tuple[Front, str]:
    """Return what a text says of itself, and the rest. A head that cannot be read is part of the text."""
    head = _FENCED.match(text)
    if head is None or len(head[1]) > LONGEST:
        return Front(), text
    try:
        said = yaml.load(head[1], _Loader)  # noqa: S506 - a SafeLoader that takes less
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a day that is none
        return Front(), text
    if said is None:
        return Front(), text[head.end() :]
    return (_front(said), text[head.end() :]) if isinstance(said, dict) else (Front(), text)


def _front(said: dict[Any, Any]) -> Front:
    lang = _text(said.get("lang"))
    return Front(
        title=_text(said.get("title")),
        description=_text(said.get("description")),
        tags=_tags(said.get("tags")),
        lang=lang if _LANGUAGE.fullmatch(lang) else "",
        rtl=said.get("dir") == "rtl",
        breaks=said.get("breaks") is not False,
        slides=said.get("type") == "slide",
    )


def _tags(said: object) -> tuple[str, ...]:
    """Return tags: a list, or words with commas between."""
    many = said if isinstance(said, list) else _text(said).split(",")
    return tuple(tag for one in many if (tag := _text(one)))


def _text(said: object) -> str:
    return " ".join(str(said).split())[:500] if isinstance(said, str | int | float) else ""
