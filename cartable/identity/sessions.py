"""Where a person is signed in, as they see it; the library keeps the list (allauth.usersessions)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session as Kept
from django.db import transaction

from cartable.identity import news
from cartable.identity.models import Person
from cartable.identity.oidc import ending
from cartable.kernel import audit, clock
from cartable.kernel.errors import NotFound

LONGEST = 200  # characters of what a browser calls itself, as the library keeps them
SEEN_TO_THE = timedelta(hours=1)  # how exactly the last visit is kept: reading pages writes nothing
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
HANDHELD = frozenset({"Android", "iPhone", "iPad"})


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in."""

    id: int
    browser: str
    system: str
    address: str
    since: datetime
    seen_at: datetime
    here: bool

    @property
    def handheld(self) -> bool:
        """Whether it is a phone or a tablet."""
        return self.system in HANDHELD


def of(person: Person, here: str | None) -> list[Session]:
    """Return where a person is signed in, the present session (that of key `here`) first, then the one seen last."""
    found = [
        Session(
            one.pk,
            _first(BROWSERS, one.user_agent),
            _first(SYSTEMS, one.user_agent),
            one.ip,
            one.created_at,
            one.last_seen_at,
            one.session_key == here,
        )
        for one in UserSession.objects.purge_and_list(person)
    ]
    return sorted(found, key=lambda one: (one.here, one.seen_at), reverse=True)


@transaction.atomic
def forget_ended(limit: int = 1000) -> int:
    """Forget sessions that have ended, a batch at most, and return how many."""
    ended = list(Kept.objects.filter(expire_date__lt=clock.now()).values_list("pk", flat=True)[:limit])
    UserSession.objects.filter(session_key__in=ended).delete()
    Kept.objects.filter(pk__in=ended).delete()
    return len(ended)


def begun(person: Person, user_agent: str) -> None:
    """Keep that a person signed in."""
    audit.record(
        "sign-in", person=person.pk, browser=_first(BROWSERS, user_agent), system=_first(SYSTEMS, user_agent)
    )  # fmt: skip


def seen(person: Person, key: str, address: str, user_agent: str) -> None:
    """Keep that the session of this key is in use, once in SEEN_TO_THE."""
    session = UserSession.objects.filter(session_key=key)
    seen_at = session.values_list("last_seen_at", flat=True).first()
    if seen_at is not None and seen_at > clock.now() - SEEN_TO_THE:
        return
    known = {"user": person, "ip": address, "user_agent": user_agent[:LONGEST], "last_seen_at": clock.now()}
    UserSession.objects.update_or_create(session_key=key, defaults=known)


def end(person: Person, session_id: int) -> None:
    """Sign a browser of the person's out. Raises NotFound."""
    session = UserSession.objects.filter(user=person, pk=session_id).first()
    if session is None:
        raise NotFound(session_id)
    ending.session_over(ending.sid_of(session.session_key))
    session.end()
    news.tell([person.pk])
    audit.record("session.end", person=person.pk)


@transaction.atomic
def end_others(person: Person, here: str | None) -> int:
    """Sign every browser of the person's out but that of key `here`, and return how many.

    What applications were given ends too, also in sessions that were over by themselves and are no longer known here.
    """
    others = [one for one in of(person, here) if not one.here]
    for one in others:
        end(person, one.id)
    ending.person_over(person.pk, but=ending.sid_of(here) if here else None)
    return len(others)


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
