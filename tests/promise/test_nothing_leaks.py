"""Every actor × every node × every verb, against a model of rights written another way.

A verb passes, says Denied to who knows the node, and NotFound to who does not: the same as for a node that never was,
in as many queries.
"""

import importlib
import inspect
import pkgutil

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cartable import spaces
from cartable.identity import people, postings, structures, teams
from cartable.identity.actors import NOBODY
from cartable.kernel.errors import Denied, NotFound, Refusal
from cartable.spaces import (
    access,
    changes,
    content,
    homes,
    joining,
    listing,
    locks,
    mounts,
    paths,
    properties,
    quota,
    recalling,
    sharing,
    taking,
    trash,
    tree,
    versions,
)  # fmt: skip
from cartable.spaces.access import Right, Role
from cartable.spaces.models import Node
from tests.worlds import academies, actor, ada_world, blob, put, read

ABSENT = 2**40
V, R, W, M = Right.VIEW, Right.READ, Right.WRITE, Right.MANAGE
OUT = "write on it and on the folder it is in"
VERBS = {  # what each needs on the node it is called on; `own` is a folder where the actor may write
    "access.reach": (V, lambda a, n, own: access.reach(a, n, V)),
    "access.explain": (V, lambda a, n, own: access.explain(a, n)),
    "access.everyone_on": (M, lambda a, n, own: access.everyone_on(a, n)),
    "changes.enter": (W, lambda a, n, own: changes.enter(a, n, W)),
    "content.open_file": (R, lambda a, n, own: read(a, n)),
    "content.write": (W, lambda a, n, own: put(a, n, "neuf.txt")),
    "content.write (deposit)": (W, lambda a, n, own: content.write(a, n, "neuf.txt", blob(), deposit=True)),
    "content.write_over": (W, lambda a, n, own: content.write_over(a, n, blob())),
    "joining.join": (W, lambda a, n, own: joining.join(a, n, blob(), read=["0" * 16])),
    "content.date": (W, lambda a, n, own: content.date(a, n, 1)),
    "listing.children": (V, lambda a, n, own: listing.children(a, n)),
    "listing.star": (V, lambda a, n, own: listing.star(a, n, on=True)),
    "locks.take": (W, lambda a, n, own: locks.take(a, n)),
    "locks.refresh": (W, lambda a, n, own: locks.refresh(a, n)),
    "locks.end": (W, lambda a, n, own: locks.end(a, n)),
    "locks.release": (W, lambda a, n, own: locks.release(a, n, "x")),
    "properties.change": (W, lambda a, n, own: properties.change(a, n, {("x:", "y"): "<y/>"})),
    "properties.change (star)": (V, lambda a, n, own: properties.change(a, n, {}, starred=True)),
    "quota.room": (V, lambda a, n, own: quota.room(a, n)),
    "sharing.of": (M, lambda a, n, own: sharing.of(a, n)),
    "sharing.give": (M, lambda a, n, own: sharing.give(a, n, f"person:{a.person}", Role.READ)),
    "sharing.make_link": (M, lambda a, n, own: sharing.make_link(a, n)),
    "trash.discard": (OUT, lambda a, n, own: trash.discard(a, n)),
    "tree.close": (M, lambda a, n, own: tree.close(a, n, closed=True)),
    "tree.copy": (R, lambda a, n, own: tree.copy(a, n, into=own)),
    "tree.copy (into)": (W, lambda a, n, own: tree.copy(a, own, into=n)),
    "tree.make_folder": (W, lambda a, n, own: tree.make_folder(a, n, "neuf")),
    "tree.make_folders": (W, lambda a, n, own: tree.make_folders(a, n, ["neuf", "neuf"])),
    "tree.move": (OUT, lambda a, n, own: tree.move(a, n, into=own)),
    "taking.take": (OUT, lambda a, n, own: taking.take(a, n, into=own)),
    "tree.open_folder": (W, lambda a, n, own: tree.open_folder(a, n)),
    "versions.of": (R, lambda a, n, own: versions.of(a, n)),
    "versions.one": (R, lambda a, n, own: versions.one(a, n, ABSENT)),
    "versions.name": (W, lambda a, n, own: versions.name(a, n, ABSENT, "x")),
    "versions.remove": (W, lambda a, n, own: versions.remove(a, n, ABSENT)),
    "versions.restore": (W, lambda a, n, own: versions.restore(a, n, ABSENT)),
}
FOLDERS_ONLY = {"listing.children", "content.write", "content.write (deposit)", "tree.open_folder", "tree.copy (into)"}
FOLDERS_ONLY |= {"tree.make_folder", "tree.make_folders", "tree.close"}
FILES_ONLY = {"content.open_file", "content.write_over", *(verb for verb in VERBS if verb.startswith("versions."))}
OF_PEOPLE = {
    "listing.star",
    "properties.change (star)",
    "sharing.give",
    "tree.copy",
    "tree.copy (into)",
    "tree.move",
    "taking.take",
}
OF_NOTHING = {verb for verb in VERBS if verb.startswith("versions.") and verb != "versions.of"}  # the version is absent
THINGS = {  # what is called with the id of something else than a node one may see: of a hidden one, or of none
    "changes.since": ("space", lambda a, one: changes.since(a, one, 0)),
    "mounts.hide": ("node", lambda a, one: mounts.hide(a, one)),
    "mounts.rename": ("node", lambda a, one: mounts.rename(a, one, "x")),
    "mounts.show": ("node", lambda a, one: mounts.show(a, one)),
    "paths.path_of": ("node", lambda a, one: paths.path_of(a, one)),
    "recalling.recall": ("node", lambda a, one: recalling.recall(a, one)),
    "versions.clear": ("space", lambda a, one: versions.clear(a, one)),
    "sharing.change": ("share", lambda a, one: sharing.change(a, one, note="x")),
    "sharing.one": ("share", lambda a, one: sharing.one(a, one)),
    "sharing.revoke": ("share", lambda a, one: sharing.revoke(a, one)),
    "trash.empty": ("space", lambda a, one: trash.empty(a, one)),
    "trash.purge": ("trashed", lambda a, one: trash.purge(a, one)),
    "trash.restore": ("trashed", lambda a, one: trash.restore(a, one)),
}
ASKED_BEFORE = "works on what a verb has reached"
SHOWS = "lists, of all there is, what the actor may see"
EXCEPTIONS = {
    **dict.fromkeys(("access.admit", "access.given", "access.sum_along", "access.sum_by_node"), "is the door itself"),
    **dict.fromkeys(
        ("access.respect_closed", "access.barred", "locks.respect", "locks.may_end", "changes.note"), ASKED_BEFORE
    ),
    **dict.fromkeys(
        ("copying.at_once", "copying.depart", "crossing.at_once", "crossing.depart", "kinds.belongings_of"),
        ASKED_BEFORE,
    ),
    **dict.fromkeys(
        ("tree.folder_left", "tree.insert", "tree.take_out", "listing.below", "listing.all_below"), ASKED_BEFORE
    ),
    **dict.fromkeys(("access.seen", "access.seen_above", "access.visible_above", "finding.by_name"), SHOWS),
    **dict.fromkeys(("listing.recent", "listing.favorites", "listing.found", "trash.contents"), SHOWS),
    **dict.fromkeys(
        ("mounts.of", "mounts.aside", "recalling.ways", "mounts.named", "mounts.root_etag", "paths.spelled"), SHOWS
    ),
    **dict.fromkeys(("sharing.given_by", "sharing.received", "sharing.links_of"), SHOWS),
    **dict.fromkeys(
        ("homes.home_of", "homes.homes_of", "finding.spaces_of", "listing.starred", "listing.all_starred"),
        "is about oneself",
    ),
    **dict.fromkeys(
        ("allotting.allot", "allotting.room_of", "allotting.rooms_at"),
        "is about a room: tests/portal/test_access_verbs.py",
    ),
    "media.dated": "gives ids alone, and says that its caller asks who may see each",
    "trash.is_emptied": "is asked of the spaces one belongs to; it says whether a task runs",
    **dict.fromkeys(
        ("paths.find", "paths.needing", "paths.locate", "paths.locate_in"),
        "follows names: test_every_door.py",
    ),
}


def world_of_all():
    """Return the actors, and the nodes with the rights each actor should have there, written by hand."""
    w = ada_world()
    dijon, _ = academies()
    college = structures.open_school("0210001M", "Collège", dijon)
    postings.begin(people.find("eve@ac-dijon.example"), college)
    team = teams.form(w.bob, "Équipe", [people.find("eve@ac-dijon.example")])
    private = tree.make_folder(w.ada, w.cours, "Privé").id
    secret = put(w.ada, private, "secret.txt").id
    tree.close(w.ada, private, closed=True)
    inner = put(w.ada, w.maths, "vu.txt").id
    school, academy = (homes.home(f"structure:{one.pk}").root for one in (college, dijon))
    sharing.give(w.ada, inner, f"structure:{dijon.pk}", Role.VIEW)
    shared = homes.home(f"team:{team.pk}").root
    link = sharing.follow(sharing.make_link(w.ada, w.maths).link)[0]
    drop = sharing.follow(sharing.make_link(w.ada, w.archives, Role.DEPOSIT).link)[0]
    actors = {
        "ada": w.ada,
        "bob": actor("bob@ac-dijon.example"),
        "eve": actor("eve@ac-dijon.example"),
        "link": link,
        "drop": drop,
        "nobody": NOBODY,
    }
    none, view, reads, writes, manages = (
        Right.NONE,
        Right(Role.VIEW),
        Right(Role.READ),
        Right(Role.WRITE),
        Right(Role.MANAGE),
    )
    rights = {  #             ada      bob      eve     link   drop  nobody
        w.root: (manages, none, none, none, none, none),
        w.cours: (manages, reads, none, none, none, none),
        w.maths: (manages, reads, none, reads, none, none),
        w.devoir: (manages, reads, none, reads, none, none),
        inner: (manages, reads, view, reads, none, none),
        private: (manages, none, none, none, none, none),
        secret: (manages, none, none, none, none, none),
        w.archives: (manages, writes, none, none, none, none),
        w.note: (manages, writes, none, none, none, none),
        shared: (none, manages, writes, none, none, none),
        school: (none, none, writes, none, none, none),
        academy: (none, none, reads, none, none, none),
        ABSENT: (none,) * 6,
    }
    return actors, {node: dict(zip(actors, row, strict=True)) for node, row in rights.items()}


def outcome(verb, *args):
    """Run a verb and undo it; return what it raised, its text, and the queries it took before refusing."""
    with CaptureQueriesContext(connection) as taken, transaction.atomic():
        try:
            verb(*args)
        except Refusal as refusal:
            result = (type(refusal), len(taken))
        else:
            result = (None, 0)
        transaction.set_rollback(True)
    return result


@pytest.mark.django_db
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_opens_to_whom_it_should_and_to_nobody_else(verb):
    actors, rights = world_of_all()
    need, act = VERBS[verb]
    folders = set(Node.objects.filter(kind=1).values_list("pk", flat=True))
    for name, one in actors.items():
        own = homes.home_of(one).root if one.person else ABSENT
        unknown = None
        for node in sorted(rights, reverse=True):  # the absent one first
            has = rights[node][name]
            above = rights.get(Node.objects.filter(pk=node).values_list("parent", flat=True).first(), {}).get(
                name, Right.NONE
            )
            if (node != ABSENT and (verb in FOLDERS_ONLY) > (node in folders)) or (verb in FILES_ONLY) > (
                node not in folders
            ):
                continue
            if one.person is None and verb in OF_PEOPLE and has:
                continue  # these are about a person
            if verb == "content.write (deposit)" and name == "drop":
                continue  # it is what this link is for: test_content.py
            raised, queries = outcome(act, one, node, own)
            if not has:
                assert raised is NotFound, (name, node)
                unknown = unknown or queries
                assert queries == unknown, (name, node)
            elif (W not in has & above) if need == OUT else (need not in has):
                assert raised is Denied, (name, node)
            else:
                assert raised is not NotFound or verb in OF_NOTHING, (name, node)
                assert raised is not Denied, (name, node)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", THINGS)
def test_absent_and_hidden_things_cost_the_same_and_lock_nothing(verb):
    w = ada_world()
    gone = put(w.ada, w.maths, "vieux.txt").id
    trash.discard(w.ada, gone)
    hidden = {"space": w.space, "node": w.devoir, "trashed": gone, "share": sharing.make_link(w.ada, w.maths).id}
    what, act = THINGS[verb]
    homes.home_of(w.eve)
    for one in (w.eve, NOBODY):
        results = {outcome(act, one, thing) for thing in (ABSENT, hidden[what])}
        assert [raised for raised, _ in results] == [NotFound], results
    with CaptureQueriesContext(connection) as taken:
        outcome(act, w.eve, hidden[what])
    assert not [query for query in taken if "UPDATE" in query["sql"]]


def test_no_verb_is_left_out():
    """Every public function of the tree that takes an actor is tried above, or says why it need not be."""
    verbs = set()
    for module in pkgutil.iter_modules(spaces.__path__):
        if module.name in {"pages", "urls", "apps", "migrations"}:
            continue
        held = vars(importlib.import_module(f"cartable.spaces.{module.name}")).values()
        own = [one for one in held if inspect.isfunction(one) and one.__module__ == f"cartable.spaces.{module.name}"]
        takes = [one for one in own if "actor" in inspect.signature(one).parameters]
        verbs |= {f"{module.name}.{one.__name__}" for one in takes if not one.__name__.startswith("_")}
    assert verbs == {verb.split(" (")[0] for verb in VERBS} | {*THINGS} | {*EXCEPTIONS}


@pytest.mark.django_db
def test_absent_and_hidden_cost_the_same():
    actors, rights = world_of_all()
    hidden = [node for node, row in rights.items() if not row["eve"]]
    taken = {outcome(access.reach, actors["eve"], node, Right.VIEW) for node in hidden}
    assert {raised for raised, _ in taken} == {NotFound}
    assert len({queries for _, queries in taken}) == 1


@pytest.mark.django_db
def test_a_listing_shows_what_may_be_reached_and_only_that():
    actors, rights = world_of_all()
    folders = Node.objects.filter(kind=1, pk__in=rights).values_list("pk", flat=True)
    for name, one in actors.items():
        for folder in folders:
            if not rights[folder][name]:
                continue
            shown = {child.entry.id: child.rights for child in listing.children(one, folder)}
            inside = Node.objects.filter(parent=folder, pk__in=rights).values_list("pk", flat=True)
            assert shown == {pk: rights[pk][name] for pk in inside if rights[pk][name]}
            for node, has in shown.items():
                assert access.reach(one, node, Right.VIEW).rights == has


@pytest.mark.django_db
def test_the_trash_and_the_journal_are_no_back_door():
    actors, rights = world_of_all()
    ada = actors["ada"]
    [space] = {one.space for one in homes.homes_of(ada)}
    for name, one in actors.items():
        if name != "ada":
            assert trash.contents(one, space) == []
    secret = next(
        node for node, row in rights.items() if row["ada"] and not row["bob"] and node != homes.home_of(ada).root
    )
    trash.discard(ada, secret)
    for name, one in actors.items():
        if name != "ada":
            for act in (trash.restore, trash.purge):
                assert outcome(act, one, secret)[0] is NotFound
    assert structures.academy("DIJON")
