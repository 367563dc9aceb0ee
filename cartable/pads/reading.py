"""A text as a page shows it to be read: laid out, or as it is written where that would take too long; or as slides."""

import json

from cartable.kernel.errors import TooLarge
from cartable.pads import markdown
from cartable.pads.embedding import PLAYERS
from cartable.pads.markdown.slides import deck
from cartable.web.formats import harmless

DRAWN = (
    'class="math"',
    'class="diagram"',
    'class="language-',
    *(('href="https://',) if PLAYERS else ()),
)  # shown better by an island
CONTENTS = 3  # headings from which on a table of contents helps


def laid_out(text: str, name: str, beside: str = "") -> dict[str, object]:
    """Return what `pads/_text.html` shows of a text whose file has this name; `beside` is as `markdown.render` takes it."""
    try:
        rendered = markdown.render(text, beside)
    except TooLarge:
        return {"title": name, "text": text}
    return {
        "title": harmless(rendered.title) or name,
        "rendered": rendered,
        "players": " ".join(PLAYERS),
        "draws": any(one in rendered.html for one in DRAWN),
        "contents": rendered.headings if len(rendered.headings) >= CONTENTS else (),
    }


def deck_of(text: str, name: str, beside: str = "") -> dict[str, object]:
    """Return what `pads/slides.html` shows of a text whose file has this name. Raises TooLarge for one that is not laid out."""
    shown = deck(text, beside)
    title = harmless(shown.title) or harmless(name)
    options = json.dumps(dict(shown.front.options))
    return {"deck": shown, "title": title, "options": options, "players": " ".join(PLAYERS)}
