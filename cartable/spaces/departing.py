"""Somebody left, came back, or is erased: what becomes of their space and of what they shared. Declared in `apps.py`.

What they shared of their own space falls asleep when their account is archived: each grant expires then, and gets its own
expiry back when they do. No ETag of theirs moves; what others see of it goes from their roots, and comes back.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Count, F, QuerySet

from cartable.identity import departures, inheriting, teams
from cartable.kernel import clock
from cartable.kernel.bulk import among
from cartable.kernel.errors import Conflict
from cartable.kernel.tasks import progress, task
from cartable.spaces import changes, erasing, wording
from cartable.spaces.access import Role
from cartable.spaces.models import Change, Favorite, Grant, Lock, Mount, Node, Space

AT_ONCE = 5_000  # lines of the journal erased by one statement


@transaction.atomic
def leave(person: int) -> None:
    """Put to sleep what a person shared of their own space, links too."""
    space = Space.objects.select_for_update().filter(owner=f"person:{person}").first()
    if space is None:
        return
    given = _given_in(space).filter(asleep=False)
    given.update(asleep=True, resumes_until=F("expires_at"), expires_at=clock.now())
    Space.objects.filter(pk=space.pk).update(asleep=True)


def follow(people: Collection[int]) -> None:
    """Wake what was put to sleep, of those of these people who are back. One query where nobody is."""
    sleeping = Space.objects.filter(among("owner", [f"person:{one}" for one in people]), asleep=True)
    owners = {int(owner.partition(":")[2]): pk for pk, owner in sleeping.values_list("pk", "owner")}
    for person in departures.among(owners):
        wake(owners[person])


@transaction.atomic
def wake(space_id: int) -> None:
    """Open again what was put to sleep in a space."""
    space = Space.objects.select_for_update().get(pk=space_id)
    _given_in(space).filter(asleep=True).update(asleep=False, expires_at=F("resumes_until"), resumes_until=None)
    Space.objects.filter(pk=space_id).update(asleep=False)


def erase(person: int) -> None:
    """Erase what a person had here: their space, what they were given, how things showed to them.

    What they wrote elsewhere stays, and what they gave there: it belongs to a team, a structure or somebody else. The
    documents go by a task. Raises Conflict while a large folder leaves their space or comes there.
    """
    for of_theirs in (Mount, Favorite):
        of_theirs.objects.filter(person=person).delete()
    Lock.objects.filter(holder=f"person:{person}").delete()
    Grant.objects.filter(principal=f"person:{person}").delete()
    space = Space.objects.filter(owner=f"person:{person}").exclude(root=None).first()
    if space is None:
        return
    changes.begin(space.pk)
    if Space.objects.filter(pk=space.pk, transits__gt=0).exists():
        raise Conflict(space.pk)
    Space.objects.filter(pk=space.pk).update(root=None, title=str(wording.FORMER), used=0, asleep=False)
    erasing.cut_off(space.pk, [space.root_id or 0])
    erase_journal.enqueue(space.pk)


def holds(person: int) -> tuple[int, int]:
    """Return how many documents are in a person's own space, in the trash too, and how many bytes with their earlier versions."""
    space = Space.objects.filter(owner=f"person:{person}").exclude(root=None).first()
    if space is None:
        return 0, 0
    count = Node.objects.filter(space=space).exclude(parent=None, trashed_at=None).count()
    return count, space.used + space.used_trash + space.used_versions


def remains(people: Collection[int]) -> dict[int, int]:
    """Return, of those of these people who were erased, how many documents their tasks have still to erase; none: left out."""
    gone = Space.objects.filter(owner__in=[f"person:{one}" for one in people], root=None)
    owners = {pk: int(owner.partition(":")[2]) for pk, owner in gone.values_list("pk", "owner")}
    left = Node.objects.filter(space__in=owners).order_by().values_list("space").annotate(Count("pk"))
    return {owners[space]: count for space, count in left}


@task
def erase_journal(space_id: int) -> None:
    """Erase what the journal says of a space that is erased: it names documents."""
    while rows := list(Change.objects.filter(space=space_id).order_by("seq").values_list("pk", flat=True)[:AT_ONCE]):
        Change.objects.filter(pk__in=rows).delete()
        progress(0)


def receivers(person: int) -> set[int]:
    """Return whom a person shares something of their own space with, by name or through a team; not all of a structure."""
    space = Space.objects.filter(owner=f"person:{person}").first()
    if space is None:
        return set()
    live = _given_in(space).exclude(expires_at__lte=clock.now())
    named = set(live.values_list("principal", flat=True))
    people = {int(one.partition(":")[2]) for one in named if one.startswith("person:")}
    return (people | teams.people_of(_numbers(named, "team"))) - {person}


@transaction.atomic
def inherit() -> None:
    """Let who directs a structure above manage the space of one that nobody directs, for as long as nobody does."""
    spaces = Space.objects.filter(owner__startswith="structure:").exclude(root=None)
    roots = {int(owner.partition(":")[2]): root for owner, root in spaces.values_list("owner", "root_id")}
    heirs = {
        (roots[place], f"head:{above}") for place, above in inheriting.nearest_headed(roots).items() if above != place
    }
    own = {(root, f"head:{place}") for place, root in roots.items()}
    held = Grant.objects.filter(node__in=roots.values(), principal__startswith="head:", given_by=None)
    known = {(root, principal): pk for pk, root, principal in held.values_list("pk", "node_id", "principal")}
    over = [pk for which, pk in known.items() if which not in own | heirs]
    Grant.objects.filter(pk__in=over).delete()
    new = sorted(heirs - known.keys())
    Grant.objects.bulk_create(Grant(node_id=root, principal=to, rights=Role.MANAGE) for root, to in new)


def _given_in(space: Space) -> QuerySet[Grant]:
    """Return what is given in a space, but for what makes it its owner's; of what is in the trash nothing opens anyway."""
    return Grant.objects.filter(node__space=space, node__trashed_at=None).exclude(principal=space.owner)


def _numbers(principals: Iterable[str], kind: str) -> list[int]:
    return [int(one.partition(":")[2]) for one in principals if one.startswith(f"{kind}:")]
