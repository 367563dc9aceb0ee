"""Second factors of a person: passkeys, an application that shows codes, recovery codes. The library keeps them (allauth.mfa)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from cartable.identity import guesses, letters, sessions
from cartable.identity.models import Person
from cartable.kernel import audit

Type = Authenticator.Type


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey, or a security key, as its owner sees it."""

    id: int
    name: str
    since: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has beside their password. `app_since` is None without an application of codes."""

    passkeys: Sequence[Passkey]
    app_since: datetime | None
    app_used_at: datetime | None
    codes_left: int | None

    @property
    def any(self) -> bool:
        """Whether there is one that proves who signs in."""
        return bool(self.passkeys) or self.app_since is not None


def of(person: Person) -> Factors:
    """Return the second factors of a person, the first passkey first. One query."""
    rows = list(Authenticator.objects.filter(user=person).order_by("pk"))
    passkeys = [
        Passkey(one.pk, one.wrap().name, one.created_at, one.last_used_at) for one in rows if one.type == Type.WEBAUTHN
    ]
    app = next((one for one in rows if one.type == Type.TOTP), None)
    codes = next((len(one.wrap().get_unused_codes()) for one in rows if one.type == Type.RECOVERY_CODES), None)
    return Factors(passkeys, app and app.created_at, app and app.last_used_at, codes)


def proves(person: Person, code: str) -> bool:
    """Return whether a code of a person's application, or one of their recovery codes, is right; each opens once. Raises TooMany."""
    rows = Authenticator.objects.filter(user=person).exclude(type=Type.WEBAUTHN)

    def right() -> bool:
        found = next((one for one in rows if one.wrap().validate_code(code)), None)
        return found is not None and (found.type != Type.TOTP or guesses.is_fresh(person, code))

    return guesses.code(person, right)


@transaction.atomic
def reset(person: Person, by: Mapping[str, Any] | None = None) -> int:
    """Take all second factors from a person who lost them, sign them out everywhere, write to them; return how many.

    `by` is what the audit trail keeps of who did; without it, it was a command.
    """
    gone: int = Authenticator.objects.filter(user=person).delete()[0]
    if gone:
        sessions.end_others(person, None)
        audit.record("factors.reset", account=person.pk, **(by or {}))
        letters.tell(person, "factors.reset")
    return gone
