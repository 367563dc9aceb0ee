"""Spaces: whose they are, and how one opens. A space opens the first time its owner, or someone of theirs, asks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from cartable.identity import directory, structures
from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.bulk import among
from cartable.kernel.errors import NotFound
from cartable.options import options
from cartable.spaces.access import Role
from cartable.spaces.entries import FOLDER
from cartable.spaces.models import Grant, Node, Space

OWNER_ROLES = {  # what owning a space means, by kind of owner
    "person": {"person": Role.MANAGE},
    "team": {"team": Role.WRITE, "lead": Role.MANAGE},
    "structure": {"structure": Role.READ, "head": Role.MANAGE},  # all below it are of it: decision 12
    "school": {"structure": Role.WRITE, "head": Role.MANAGE},
}
QUOTAS = {"person": options.quota_person, "team": options.quota_team, "structure": options.quota_structure}


@dataclass(frozen=True, slots=True)
class Home:
    """A space one belongs to, and its root."""

    space: int
    root: int
    owner: str
    title: str


def home_of(actor: Actor) -> Home:
    """Return the actor's own space. Raises NotFound to who holds only a link."""
    if actor.person is None:
        raise NotFound
    return home(f"person:{actor.person}")


def homes_of(actor: Actor) -> list[Home]:
    """Return the spaces the actor belongs to: their own, then their teams', then their structures'. Opens none but theirs."""
    owners = [one for one in actor.all_principals if one.split(":")[0] in OWNER_ROLES]
    rows = Space.objects.filter(owner__in=owners).values_list("pk", "root_id", "owner", "title")
    found = [Home(space, root, owner, title) for space, root, owner, title in rows if root is not None]
    order = list(OWNER_ROLES)
    return sorted(found, key=lambda one: (order.index(one.owner.split(":")[0]), one.title))


def home(owner: str) -> Home:
    """Return the space of an owner (`person:12`, `team:4`, `structure:7`), opened if it was not yet. Raises NotFound."""
    found = Space.objects.filter(owner=owner).values_list("pk", "root_id", "title").first()
    if found is None:
        return _open(owner)
    space, root, title = found
    if root is None:
        raise NotFound(owner)
    return Home(space, root, owner, title)


def owners_of(space_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return the owner of each of these spaces, as a principal, and its title, in one query."""
    rows = Space.objects.filter(pk__in=set(space_ids)).values_list("pk", "owner", "title")
    return {pk: (owner, title) for pk, owner, title in rows}


def renamed(names: Mapping[str, str]) -> None:
    """Call the spaces of owners by their new names (`lifecycle.py`)."""
    spaces = list(Space.objects.filter(among("owner", names)))
    for one in spaces:
        one.title = names[one.owner]
    Space.objects.bulk_update(spaces, ["title"], batch_size=500)


def title_of(space_id: int) -> str:
    """Return the title of a space: its owner's name."""
    return Space.objects.values_list("title", flat=True).get(pk=space_id)


def _open(owner: str) -> Home:
    kind, _, number = owner.partition(":")
    title = directory.name_of(owner)
    try:
        with transaction.atomic():
            space = Space.objects.create(owner=owner, title=title, quota=QUOTAS[kind])
            now = int(clock.now().timestamp())
            root = Node.objects.create(space=space, name="", kind=FOLDER, mtime=now, created=now)
            Space.objects.filter(pk=space.pk).update(root=root)
            school = kind == "structure" and structures.is_school(int(number))
            roles = OWNER_ROLES["school" if school else kind].items()
            Grant.objects.bulk_create(Grant(node=root, principal=f"{to}:{number}", rights=role) for to, role in roles)
    except IntegrityError:  # someone else opened it at the same moment
        return home(owner)
    return Home(space.pk, root.pk, owner, title)
