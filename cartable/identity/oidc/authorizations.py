"""Authorizations: a code, the tokens it gives, and their end. All that is secret is kept as its digest.

A code or a refresh token that comes a second time was stolen, from the application or from who used it first: nobody can tell
which, so all that came of it ends (RFC 6749 §4.1.2, RFC 9700 §4.14).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from cartable.identity.models import Person
from cartable.identity.oidc.models import Authorization, Token
from cartable.kernel import audit, clock
from cartable.kernel.sealing import digest

CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS = timedelta(hours=1)
REFRESH_LASTS = timedelta(days=14)  # from its last use; a session lasts as long
BATCH = 1000  # rows deleted by one transaction


@dataclass(frozen=True, slots=True)
class Proof:
    """How a person has proved who they are, in which session of a browser here (OpenID Connect Core §2)."""

    sid: str
    at: datetime
    acr: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an application asked for, and must know again when it brings the code."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    scopes: tuple[str, ...]


def begin(person: Person, code: str, asked: Asked, proof: Proof) -> None:
    """Keep that a person signs in to an application, which is handed `code`."""
    Authorization.objects.create(
        client_id=asked.client_id,
        person=person,
        code=digest(code),
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
        nonce=asked.nonce,
        scopes=" ".join(asked.scopes),
        sid=proof.sid,
        proved_at=proof.at,
        acr=proof.acr,
        amr=" ".join(proof.amr),
        begun_at=clock.now(),
    )


def by_code(code: str) -> Authorization | None:
    """Return what a code was given for, be it over or used."""
    rows = Authorization.objects.select_related("person", "client__application")
    return rows.filter(code=digest(code)).first()


def is_fresh(authorization: Authorization) -> bool:
    """Return whether its code can still be exchanged."""
    young = authorization.begun_at > clock.now() - CODE_LASTS
    return young and authorization.redeemed_at is None and authorization.ended_at is None


def redeem(authorization: Authorization) -> bool:
    """Take the code, once: of two who try together, one is told False."""
    mine = Authorization.objects.filter(pk=authorization.pk, redeemed_at=None, ended_at=None)
    return bool(mine.update(redeemed_at=clock.now()))


def keep(authorization: Authorization, access: str, refresh: str | None, scopes: Collection[str]) -> bool:
    """Keep the tokens that an application is given. False if the authorization has just ended: none are."""
    now, told = clock.now(), " ".join(scopes)
    if not Authorization.objects.filter(pk=authorization.pk, ended_at=None).update(used_at=now):  # who ends it waits
        return False
    tokens = [(access, Token.Kind.ACCESS, ACCESS_LASTS, told)]
    if refresh:
        tokens.append((refresh, Token.Kind.REFRESH, REFRESH_LASTS, authorization.scopes))
    Token.objects.bulk_create(
        Token(digest=digest(value), kind=kind, authorization=authorization, scopes=known, expires_at=now + lasts)
        for value, kind, lasts, known in tokens
    )
    return True


def by_token(kind: Token.Kind, value: str) -> Token | None:
    """Return a token that is not over, be it spent or not."""
    rows = Token.objects.select_related("authorization__person", "authorization__client__application")
    living = rows.filter(authorization__ended_at=None, expires_at__gt=clock.now())
    return living.filter(digest=digest(value), kind=kind).first()


def spend(token: Token) -> bool:
    """Exchange a refresh token, once: of two who try together, one is told False.

    The authorization is locked first, as by who ends it: PostgreSQL keeps the lock of a row that no longer fits, too.
    """
    with transaction.atomic():
        list(Authorization.objects.select_for_update().filter(pk=token.authorization_id).values_list("pk"))
        return bool(Token.objects.filter(pk=token.pk, spent_at=None).update(spent_at=clock.now()))


def stolen(authorization: Authorization, what: str) -> None:
    """End all that came of a code or a token that was seen twice."""
    end(Authorization.objects.filter(pk=authorization.pk))
    audit.record("application.replay", person=authorization.person_id, client=authorization.client_id, what=what)


def revoke(client_id: str, value: str) -> None:
    """End what a token of this client belongs to, as the client asks (RFC 7009 §2.1); an unknown one is no error."""
    owner = Token.objects.filter(digest=digest(value), authorization__client_id=client_id)
    end(Authorization.objects.filter(pk__in=owner.values("authorization")))


@transaction.atomic
def end(authorizations: QuerySet[Authorization]) -> list[Authorization]:
    """End authorizations, and all their tokens at once; return those that lived."""
    living = list(authorizations.filter(ended_at=None))
    Authorization.objects.filter(pk__in=[one.pk for one in living]).update(ended_at=clock.now())
    Token.objects.filter(authorization__in=[one.pk for one in living]).delete()
    return living


def forget_tokens(limit: int = BATCH) -> int:
    """Delete expired tokens, so many at most, and return how many."""
    expired = list(Token.objects.filter(expires_at__lt=clock.now()).values_list("pk", flat=True)[:limit])
    Token.objects.filter(pk__in=expired).delete()
    return len(expired)


def forget_over(after: int, limit: int = BATCH) -> int:
    """Delete authorizations that nobody can use any more, so many at most, of ids above `after`.

    Return the last of them, or 0 if there was none. One that ended stays as long as a token would have: an application that is
    down is told of its end for a day and a half (`tasks.py`), and that takes its row.
    """
    edge = clock.now() - REFRESH_LASTS
    unused = Authorization.objects.filter(Q(ended_at=None) | Q(ended_at__lt=edge), begun_at__lt=edge, tokens=None)
    over = list(unused.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])
    Authorization.objects.filter(pk__in=over).delete()
    return over[-1] if over else 0
