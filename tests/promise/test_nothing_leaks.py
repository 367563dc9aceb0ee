"""Every actor × every node × every verb, against a model of rights written another way.

A verb passes, says Denied to who knows the node, and NotFound to who does not: the same as for a node that never was,
in as many queries.
"""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cartable.identity import people, postings, structures, teams
from cartable.identity.actors import NOBODY
from cartable.kernel.errors import Denied, NotFound, Refusal
from cartable.spaces import access, content, homes, listing, locks, quota, sharing, trash, tree, versions
from cartable.spaces.access import Right, Role
from cartable.spaces.models import Node
from tests.worlds import academies, actor, ada_world, blob, put, read

ABSENT = 2**40
V, R, W, M = Right.VIEW, Right.READ, Right.WRITE, Right.MANAGE
VERBS = {  # what each needs on the node it is called on; `own` is a folder where the actor may write
    "see": (V, lambda a, n, own: access.reach(a, n, V)),
    "explain": (V, lambda a, n, own: access.explain(a, n)),
    "room": (V, lambda a, n, own: quota.room(a, n)),
    "star": (V, lambda a, n, own: listing.star(a, n, on=True)),
    "read": (R, lambda a, n, own: read(a, n)),
    "versions": (R, lambda a, n, own: versions.of(a, n)),
    "copy": (R, lambda a, n, own: tree.copy(a, n, into=own)),
    "date": (W, lambda a, n, own: content.date(a, n, 1)),
    "write over": (W, lambda a, n, own: content.write_over(a, n, blob())),
    "lock": (W, lambda a, n, own: locks.take(a, n)),
    "list": (V, lambda a, n, own: listing.children(a, n)),
    "make": (W, lambda a, n, own: tree.make_folder(a, n, "neuf")),
    "put": (W, lambda a, n, own: put(a, n, "neuf.txt")),
    "shares": (M, lambda a, n, own: sharing.of(a, n)),
    "who": (M, lambda a, n, own: access.everyone_on(a, n)),
    "share": (M, lambda a, n, own: sharing.give(a, n, f"person:{a.person}", Role.READ)),
    "link": (M, lambda a, n, own: sharing.make_link(a, n)),
    "close": (M, lambda a, n, own: tree.close(a, n, closed=True)),
}
FOLDERS_ONLY = {"list", "make", "put", "close"}
FILES_ONLY = {"read", "write over", "versions"}


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
            if (node != ABSENT and (verb in FOLDERS_ONLY) > (node in folders)) or (verb in FILES_ONLY) > (
                node not in folders
            ):
                continue
            if one.person is None and verb in {"star", "copy", "share"} and has:
                continue  # these are about a person
            raised, queries = outcome(act, one, node, own)
            if not has:
                assert raised is NotFound, (name, node)
                unknown = unknown or queries
                assert queries == unknown, (name, node)
            elif need not in has:
                assert raised is Denied, (name, node)
            else:
                assert raised is not NotFound, (name, node)
                assert raised is not Denied or verb in {"copy"}, (name, node)


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
