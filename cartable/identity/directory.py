"""The directory: find a colleague, a team or a structure by name, and name a principal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext

from cartable.identity import dated, delegations, finding, functions, people, zones
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Person, Posting, Structure, Team
from cartable.identity.names import fold
from cartable.identity.postings import academy_of, state_of
from cartable.kernel import clock, given
from cartable.kernel.errors import NotFound
from cartable.web import formats

FEMININE = frozenset({"Guadeloupe", "Guyane", "Martinique"})
OVERSEAS = frozenset(
    {"Nouvelle-Calédonie", "Polynésie française", "Saint-Pierre-et-Miquelon", "Wallis-et-Futuna"}
)  # no academies
RECENT = timedelta(days=365)  # for so long who changed academy is told by the former one too
LISTED = Q(person__listed=True)  # postings of those who want to be found
SHORTEST = 2  # letters: a shorter search would match too many of 1.2 million people


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody a grant may name. `place` tells homonyms apart: the structure, its academy and what is done there."""

    principal: str
    name: str
    place: str
    sub: str = ""


def find(actor: Actor, text: str, limit: int = 20) -> list[Hit]:
    """Return people, teams of the actor and structures whose name has words beginning with those of `text`; or whose address it is.

    The closest people first (`finding.near`). Never more than `limit` of each; a fixed number of queries for each kind.
    Empty if the text is shorter than SHORTEST, and to who holds a link.
    """
    words = fold(given.text(text, 255)).split()
    if len("".join(words)) < SHORTEST or actor.person is None:
        return []
    mine, places = _circle(actor)
    if "@" in text:
        return _people(finding.at(mine, text.strip().lower()))
    teams = Team.objects.filter(_words(words), pk__in=mine, closed_at=None).order_by("folded")[:limit]
    circle = finding.circle(mine, places)
    return [
        *_people(finding.near(circle, words, limit)),
        *(Hit(f"team:{team.pk}", team.name, "") for team in teams),
        *_structures(finding.places(circle, words, limit)),
    ]


def find_administered(actor: Actor, text: str, limit: int = 50, *, act: Act = Act.PEOPLE) -> list[Hit]:
    """Return the people on whom the actor may do something, listed or not, whose name begins so, who hold such an address or that id.

    Then who left where the act is about them too, as many again: of these, whom the index no longer knows by a structure, names
    are read, among who left only.
    Of who is not listed it is told where they work if the actor administers there. Raises Denied to who may do it on nobody.
    A fixed number of queries.
    """
    delegations.any_office(actor, act)
    mine, everybody = delegations.whom_may(actor, act), delegations.everywhere(actor, act)
    gone = (
        delegations.whom_left(actor, act) if act in delegations.OF_WHO_LEFT and not everybody else Person.objects.none()
    )
    shown = Q() if everybody else LISTED | Q(structure__in=delegations.where_may(actor, act))
    words = fold(given.text(text, 255)).split()
    known = Q(addresses__mail=text.strip().lower()) | Q(sub=text.strip())
    exact = {pk for some in (mine, gone) for pk in some.filter(known).values_list("pk", flat=True)}
    if exact or "@" in text or len("".join(words)) < SHORTEST:
        return _people([*exact], shown)
    places = None if everybody else _indexed(delegations.roots(actor, act))
    found = finding.among(mine, places, words, limit)
    found += gone.filter(_words(words)).order_by("folded", "pk").values_list("pk", flat=True)[:limit]
    return _people(list(dict.fromkeys(found)), shown)


def staff(actor: Actor, page: int, limit: int = 50) -> tuple[list[Hit], bool] | None:
    """Return a page (the first is 1) of the people on whom the actor may act, listed or not, by name; and whether more follow.

    None to who administers more than schools: in the name order of a whole academy nobody is found by reading. Raises Denied
    to who administers nobody. A fixed number of queries.
    """
    places = delegations.any_office(actor, Act.PEOPLE)
    if Structure.objects.filter(pk__in=places).exclude(kind=Structure.Kind.SCHOOL).exists():
        return None
    found = delegations.whom_may(actor, Act.PEOPLE).order_by("folded", "pk").values_list("pk", flat=True)
    numbers = list(found[(page - 1) * limit : page * limit + 1])
    shown = LISTED | Q(structure__in=delegations.where_may(actor, Act.PEOPLE))
    return _people(numbers[:limit], shown), len(numbers) > limit


def may_name(actor: Actor, person: int) -> bool:
    """Return whether an actor may give something to a person: to themselves, and to whom they may find."""
    return person == actor.person or finding.may_find(_circle(actor)[0], person)


def is_called(actor: Actor, text: str) -> bool:
    """Return whether a text that looks for somebody finds the actor: their name, an address or their id."""
    words, name = fold(text).split(), fold(actor.name).split()
    if "@" in text:
        return any(one.mail == text.strip().lower() for one in people.addresses_of(actor.person or 0))
    return bool(words) and (text == actor.sub or all(any(own.startswith(one) for own in name) for one in words))


def find_places(actor: Actor, act: Act, text: str, limit: int = 20) -> list[Structure]:
    """Return the open structures where an actor may do something, whose code or whose words begin so, by name, with those above.

    Raises Denied to who may do it nowhere. Empty if the text is shorter than SHORTEST.
    """
    delegations.any_office(actor, act)
    words = fold(given.text(text, 255)).split()
    if len("".join(words)) < SHORTEST:
        return []
    mine = Structure.objects.all() if delegations.everywhere(actor, act) else delegations.where_may(actor, act)
    fit = mine.filter(_words(words) | Q(code__startswith=text.strip().upper()), closed=None)
    return list(fit.select_related("parent").order_by("folded", "pk")[:limit])


def _indexed(roots: Iterable[int]) -> list[int]:
    """Return structures by which the index knows people, that cover these: the academies of a region."""
    region = Structure.Kind.REGION
    covered = Structure.objects.filter(Q(pk__in=roots) | Q(parent__in=roots, parent__kind=region)).exclude(kind=region)
    return list(covered.values_list("pk", flat=True))


def _circle(actor: Actor) -> tuple[list[int], list[int]]:
    """Return the teams and the structures, with all above, that the actor is in."""
    held = [one.partition(":") for one in sorted(actor.principals)]
    teams, places = ([int(number) for kind, _, number in held if kind == wanted] for wanted in ("team", "structure"))
    return teams, places


def name_of(principal: str) -> str:
    """Return the name of a person, team or structure. Raises NotFound."""
    found = names_of([principal]).get(principal)
    if found is None:
        raise NotFound(principal)
    return found.name


def names_of(principals: Iterable[str]) -> dict[str, Hit]:
    """Return who these principals are, in a fixed number of queries; those that are nobody are left out."""
    asked, by_kind = set(principals), dict[str, set[int]]()
    for one in asked:
        kind, _, number = one.partition(":")
        if given.is_whole(number):
            by_kind.setdefault({"lead": "team", "head": "structure"}.get(kind, kind), set()).add(int(number))
    found = _people(sorted(by_kind.get("person", ())))
    found += [Hit(f"team:{one.pk}", one.name, "") for one in Team.objects.filter(pk__in=by_kind.get("team", ()))]
    places = Structure.objects.filter(pk__in=by_kind.get("structure", ())).select_related("parent")
    found += map(_structure, places)
    known = {hit.principal: hit for hit in found}
    for one in asked:
        kind, _, number = one.partition(":")
        twin = known.get(f"{ {'lead': 'team', 'head': 'structure'}.get(kind, '') }:{number}")
        if twin:
            known[one] = Hit(one, twin.name, twin.place)
    if EVERYONE in asked:
        known[EVERYONE] = Hit(EVERYONE, "", "")
    return known


def is_wide(principal: str) -> bool:
    """Return whether it is a structure above schools, or everyone: many thousands of people."""
    kind, _, number = principal.partition(":")
    if kind != "structure" or not given.is_whole(number):
        return principal == EVERYONE
    return Structure.objects.filter(pk=number).exclude(kind=Structure.Kind.SCHOOL).exists()


def by_sub(sub: str) -> Person:
    """Return the person of an opaque id; of one that was merged, who they are now. Raises NotFound, also of who was erased."""
    if "@" in sub:
        raise NotFound(sub)
    found = people.find(sub)
    if found.erased_at is not None:
        raise NotFound(sub)
    return found


def _words(words: list[str]) -> Q:
    every = Q()
    for word in words:
        every &= Q(folded__startswith=word) | Q(folded__contains=f" {word}")
    return every


def _people(numbers: Sequence[int], shown: Q = LISTED) -> list[Hit]:
    """Return these people, in this order, without those who are not; and where they work, by the postings that are `shown`."""
    rows = Person.objects.filter(pk__in=numbers, erased_at=None).values_list("pk", "name", "sub")
    people = {pk: (name, sub) for pk, name, sub in rows}
    postings = (
        Posting.objects.filter(dated.not_over(clock.today() - RECENT), shown, person_id__in=people, cancelled=False)
        .select_related("structure__parent__parent")
        .order_by("start")
    )
    held: dict[int, list[Posting]] = {}
    for one in postings:
        held.setdefault(one.person_id, []).append(one)
    places = {pk: _place(rows) for pk, rows in held.items()}
    return [Hit(f"person:{pk}", people[pk][0], places.get(pk, ""), people[pk][1]) for pk in numbers if pk in people]


def _structure(one: Structure) -> Hit:
    return Hit(f"structure:{one.pk}", title_of(one), title_of(one.parent) if one.parent else "")


def _structures(found: Sequence[Structure]) -> list[Hit]:
    """Return these structures, in this order; of homonyms that are in the same, with their code."""
    hits = [_structure(one) for one in found]
    alike = Counter((hit.name, hit.place) for hit in hits)
    return [
        replace(hit, place=aside(one)) if alike[hit.name, hit.place] > 1 else hit
        for one, hit in zip(found, hits, strict=True)
    ]


def aside(structure: Structure) -> str:
    """Return what tells a structure from its homonyms: the code of a school, and what it is in."""
    code = structure.code if structure.kind == Structure.Kind.SCHOOL else ""
    return " · ".join(one for one in (code, title_of(structure.parent) if structure.parent else "") if one)


def told_apart(listed: Sequence[Structure]) -> list[tuple[str, str]]:
    """Return the code and the name of structures; of homonyms the name has the code beside it, and what it is in if they are not in the same."""
    within: dict[str, list[int | None]] = {}
    for one in listed:
        within.setdefault(one.folded, []).append(one.parent_id)
    return [(one.code, _beside_homonyms(one, within[one.folded])) for one in listed]


def _beside_homonyms(one: Structure, within: Sequence[int | None]) -> str:
    """Return what a structure is called beside those of its name, of which it is known in what they are."""
    code = one.code if len(within) > 1 else ""
    above = title_of(one.parent) if one.parent and len(set(within)) > 1 else ""
    return " · ".join(filter(None, (one.name, code, above)))


def title_of(structure: Structure) -> str:
    """Return what a structure is called on its own: of a town, a region or an academy, which of them it is."""
    if structure.kind == Structure.Kind.REGION:
        return f"Région académique {structure.name}"
    if structure.kind != Structure.Kind.ACADEMY or structure.name in OVERSEAS:
        return structure.name
    if structure.name[0] in "AEIOUYÉÎ":
        return f"Académie d’{structure.name}"
    return f"Académie de {'la ' if structure.name in FEMININE else ''}{structure.name}"


def _place(postings: Sequence[Posting]) -> str:
    """Return where somebody works and what they do there, or from when on they will; and from which academy they came lately,
    for those who knew them there."""
    days = zones.days()
    told_apart: dict[str, list[Posting]] = {}
    for one in postings:
        told_apart.setdefault(state_of(one, days), []).append(one)
    now, coming, ended = (told_apart.get(state, []) for state in ("current", "announced", "ended"))
    shown = now[-1:] or coming[:1]
    if not shown:
        return ""
    told = _doing(shown[0]) if now else _announced(shown[0])
    here = {academy_of(one.structure) for one in now or shown}
    before = [name for one in ended if (name := academy_of(one.structure)) not in here]
    came = gettext("avant : %(academy)s") % {"academy": before[-1]} if before else ""
    return " · ".join(filter(None, (told, came)))


def _doing(posting: Posting) -> str:
    structure, academy = posting.structure, academy_of(posting.structure)
    where = structure.name if academy == structure.name else f"{structure.name}, {academy}"
    return " · ".join(filter(None, (where, functions.title_of(posting.function))))


def _announced(posting: Posting) -> str:
    told = {"day": formats.long_day(posting.start), "place": _doing(posting)}
    return gettext("à partir du %(day)s : %(place)s") % told
