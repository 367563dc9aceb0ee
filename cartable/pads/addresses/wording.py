"""What the six presets are called, and what each means; as sentences for who chooses."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.options import options
from cartable.pads.addresses.presets import PRESETS
from cartable.spaces.access import Role

NAMES: dict[str, str | Promise] = {  # from nobody to everybody
    "private": _("Privé"),
    "protected": _("Protégé"),
    "locked": _("En lecture seule"),
    "limited": _("Entre agents"),
    "editable": _("Modifiable par les agents"),
    "freely": _("Ouvert à tous"),
}
_AGENTS: dict[Role, str | Promise] = {
    Role.READ: _("Les agents connectés qui ont l’adresse le lisent."),
    Role.WRITE: _("Les agents connectés qui ont l’adresse y écrivent."),
}
_ANYBODY: dict[Role | None, str | Promise] = {
    None: _("Sans être connecté, on n’y entre pas."),
    Role.READ: _("Sans être connecté, on le lit avec l’adresse."),
    Role.WRITE: _("Sans être connecté, on y écrit avec l’adresse, comme invité."),
}


class Choice(NamedTuple):
    """A preset to be chosen."""

    preset: str
    name: str | Promise
    sentences: tuple[str | Promise, ...]


def choices() -> list[Choice]:
    """Return the presets, with what each opens on this site."""
    return [Choice(preset, name, _sentences(*PRESETS[preset])) for preset, name in NAMES.items()]


def _sentences(agents: Role | None, anybody: Role | None) -> tuple[str | Promise, ...]:
    if agents is None:
        return (_("Vous seul, et les personnes nommées dans le partage."),)
    if not options.pads_guests:
        anybody = None
    elif anybody == Role.WRITE and not options.pads_guests_write:
        anybody = Role.READ
    return _AGENTS[agents], _ANYBODY[anybody]
