"""The front matter of a text: YAML between two lines of dashes. Read with suspicion: it comes from anybody (CVE-2026-58486)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

LONGEST, DEEPEST = 8192, 5  # characters; one in another
SWITCHES = ("controls", "progress", "slideNumber", "loop", "center")
CHOICES = {
    "transition": ("none", "fade", "slide", "convex", "concave", "zoom"),
    "transitionSpeed": ("default", "fast", "slow"),
}
LONGEST_WAIT = 600_000  # ms, before the next slide comes by itself
_FENCED = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True)
class Front:
    """What a text says of itself; what we do not know is not there. `options` are those of reveal.js that its slides are shown with."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    lang: str = ""
    rtl: bool = False
    breaks: bool = True  # each end of a line is one
    slides: bool = False  # the text is a presentation
    options: Mapping[str, bool | int | str] = field(default_factory=dict)


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
        options=_options(said.get("slideOptions")),
    )


def _options(said: object) -> Mapping[str, bool | int | str]:
    """Return the options of slides that are known, with values that they can have."""
    given = said if isinstance(said, dict) else {}
    switches = {name: given[name] for name in SWITCHES if isinstance(given.get(name), bool)}
    chosen = {name: given[name] for name in CHOICES if given.get(name) in CHOICES[name]}
    wait = given.get("autoSlide")
    timed = {"autoSlide": wait} if type(wait) is int and 0 <= wait <= LONGEST_WAIT else {}
    return {**switches, **chosen, **timed}


def _tags(said: object) -> tuple[str, ...]:
    """Return tags: a list, or words with commas between."""
    many = said if isinstance(said, list) else _text(said).split(",")
    return tuple(tag for one in many if (tag := _text(one)))


def _text(said: object) -> str:
    return " ".join(str(said).split())[:500] if isinstance(said, str | int | float) else ""
