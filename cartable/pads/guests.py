"""Who comes to a pad without being signed in. Their browser alone knows of them: what it shows is sealed by us, and kept nowhere.

A guest came to some pads by an address, as an agent has them in their history: numbers can be counted through, and open nothing.
They may choose how they are called; it is always said that they are a guest, so that none passes for somebody.
"""

import json
import secrets
from typing import NamedTuple

from django.utils.translation import gettext as _

from cartable.kernel import sealing
from cartable.kernel.errors import Expired
from cartable.pads.presence import Who

PURPOSE = "guest of pads"
PADS, LONGEST = 50, 40  # that are remembered, the last ones; characters of a name


class Guest(NamedTuple):
    """Somebody whom nobody knows. `secret` is theirs alone; the others see what is made of it."""

    secret: str
    name: str
    pads: tuple[int, ...]

    @property
    def who(self) -> Who:
        """Them, as the others at a pad see them."""
        drawn = sealing.digest(f"{PURPOSE} {self.secret}")
        number = int.from_bytes(drawn[:4])
        called = _("%(name)s (invité)") % {"name": self.name} if self.name else _("Invité %d") % (number % 1000)
        return Who(f"guest-{drawn[4:20].hex()}", called, number)

    def came(self, node: int) -> "Guest":
        """Return them, having come to a pad by an address of it."""
        return self._replace(pads=(node, *(one for one in self.pads if one != node))[:PADS])

    def called(self, name: str) -> "Guest":
        """Return them, called otherwise: in letters that are seen, and do not turn round what is beside them."""
        return self._replace(name=" ".join("".join(filter(str.isprintable, name)).split())[:LONGEST])

    def sealed(self) -> str:
        """Return what their browser keeps."""
        return sealing.seal(json.dumps(self), PURPOSE)


def new() -> Guest:
    """Return somebody new."""
    return Guest(secrets.token_urlsafe(16), "", ())


def shown(sealed: str) -> Guest | None:
    """Return whose browser shows this; None if we did not seal it."""
    try:
        secret, name, pads = json.loads(sealing.unseal(sealed, PURPOSE))
    except Expired:
        return None
    return Guest(secret, name, tuple(pads))
