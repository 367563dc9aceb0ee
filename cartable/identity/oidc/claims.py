"""What an application is told of a person: what each scope gives, and nothing else. Never a birth date or a national id."""

from collections.abc import Collection
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import dated, people
from cartable.identity.models import Person, Posting, Structure

SCOPES: dict[str, str | Promise] = {  # and what each is, to the person
    "openid": _("un identifiant, pour vous reconnaître la prochaine fois"),
    "profile": _("votre nom et la langue de vos pages"),
    "email": _("votre adresse professionnelle"),
    "postings": _("vos affectations actuelles : établissement, académie, fonction, dates"),
}
OF_AGENTS: dict[str, str | Promise] = {  # the same, to who administers the application
    "openid": _("un identifiant de l’agent, pour le reconnaître la prochaine fois"),
    "profile": _("le nom de l’agent et la langue de ses pages"),
    "email": _("l’adresse professionnelle de l’agent"),
    "postings": _("les affectations actuelles de l’agent : établissement, académie, fonction, dates"),
}
NAMES = ("sub", "name", "locale", "email", "email_verified", "postings")


def claims_of(person: Person, scopes: Collection[str]) -> dict[str, Any]:
    """Return what these scopes tell of a person, `sub` left out (OpenID Connect Core §5.4)."""
    told: dict[str, Any] = {}
    if "profile" in scopes:
        told |= {"name": person.name, "locale": person.language}
    if "email" in scopes:
        mail = people.primary_mail(person.pk)
        told |= {"email": mail, "email_verified": True} if mail else {}  # the directory vouches for it
    if "postings" in scopes:
        told["postings"] = postings_of(person)
    return told


def postings_of(person: Person) -> list[dict[str, Any]]:
    """Return the present postings of a person; `end` is the last day, or None."""
    rows = Posting.objects.filter(dated.running_there(), person=person, cancelled=False)
    return [
        {
            "structure": row.structure.code,
            "structure_name": row.structure.name,
            **_academy(row.structure),
            "function": row.function,
            "start": row.start.isoformat(),
            "end": (last := dated.last_day(row.start, row.end)) and last.isoformat(),
        }
        for row in rows.select_related("structure__parent__parent").order_by("start", "pk")
    ]


def _academy(structure: Structure) -> dict[str, str | None]:
    """Return the academy a structure is in; None above academies."""
    above: Structure | None = structure
    while above and above.kind != Structure.Kind.ACADEMY:
        above = above.parent
    return {"academy": above.code if above else None, "academy_name": above.name if above else None}
