"""What is shown in a frame: what we publish, on sites of the operator's list, and on our pages the players of another. Both begin empty."""

import re

from cartable.options import options

_PLAYER = r"[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_SITE = (
    rf"https?://(?:\*\.)?(?:{_PLAYER}|localhost)(?::(?:\d{{1,5}}|\*))?"  # as `frame-ancestors` takes it (CSP 3 §2.3.1)
)


def _listed(variable: str, said: str, pattern: str, what: str) -> tuple[str, ...]:
    """Return what an option lists, separated by spaces. Raises ValueError naming what does not fit."""
    for one in said.split():
        if not re.fullmatch(pattern, one, re.ASCII | re.IGNORECASE):
            raise ValueError(f"{variable}: {one!r} is no {what}")
    return tuple(said.lower().split())


SITES = _listed("CARTABLE_PADS_FRAMED_BY", options.pads_framed_by, _SITE, "site such as https://ent.example")
PLAYERS = _listed("CARTABLE_PADS_PLAYERS", options.pads_players, _PLAYER, "host name such as tube.example")
FRAMES = " ".join(("'self'", *(f"https://{one}" for one in PLAYERS)))  # of a page where a text is read
ANCESTORS = " ".join(SITES) or "'none'"  # of what is published
