"""Two accounts of one person: merged by a human or by themselves, undone for thirty days, a "no" is remembered."""

import io
import json
import re
from datetime import UTC, date, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import encrypt
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from cartable.identity import (
    absences,
    credentials,
    demands,
    directory,
    guesses,
    people,
    postings,
    resets,
    structures,
    teams,
)
from cartable.identity.feeds import cases, merging, undoing
from cartable.identity.feeds.models import Civil, Feed, MatchCase, MergeLog, PersonKey
from cartable.identity.feeds.tasks import settle_merges
from cartable.identity.models import Absence, Address, AppPassword, Membership, Person, Posting, Structure
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Conflict, Denied, Expired, NotFound, TooMany
from cartable.kernel.models import Act
from cartable.kernel.tasks import run_pending
from cartable.spaces import allotting, checking, content, homes, listing, sharing, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.models import Favorite, Grant, Node, Space
from tests.drive.wire import Device
from tests.identity.feeds.written import ALICE, BOB, complete, table
from tests.identity.test_factors import code_of
from tests.worlds import blob, put, read

LYON = ALICE.but(key="88", mail="alice.martin@ac-lyon.fr", duties=(("3", "ENS"),))
OLD, NEW = ALICE.mail, LYON.mail
SECRET = "quatre mots sans rapport"


@pytest.fixture
def two(take, tmp_path):
    """Alice as Dijon knew her, and as Lyon knows her."""
    take(complete(tmp_path, ALICE, BOB, day="20260801"))
    take(complete(tmp_path, BOB, day="20260831"))
    take(complete(tmp_path, LYON, day="20260901"), "LYON")
    return people.find(OLD), people.find(NEW)


def names(actor, folder):
    return {one.entry.name: one.entry.id for one in listing.children(actor, folder)}


def files(person):
    actor = people.actor(Person.objects.get(pk=person.pk))
    return actor, names(actor, homes.home_of(actor).root)


def test_all_goes_over_and_the_old_address_signs_the_survivor_in(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    secret = credentials.new_app_password(new.pk, "Téléphone")
    merging.merge(old, new)
    assert people.find(OLD) == people.find(NEW) == people.find(new.sub) == old
    assert directory.by_sub(new.sub) == old
    assert people.primary_mail(old.pk) == NEW, "where she works now"
    assert {one.current for one in postings.of(old)} == {True, False}
    assert PersonKey.objects.filter(person=old).count() == 2
    assert credentials.by_app_password(new.sub, secret).person is None
    assert Client().login(email=NEW, password=SECRET)
    assert not Person.objects.get(pk=new.pk).is_active
    assert MatchCase.objects.get().answer == "same"


def test_feeds_go_on_with_the_survivor(two, take, tmp_path):
    merging.merge(*two)
    assert take(complete(tmp_path, LYON, day="20260902"), "LYON") == {}
    take(complete(tmp_path, LYON.but(duties=(("1", "DOC"),)), day="20260903"), "LYON")
    take(complete(tmp_path, ALICE, BOB, day="20260904"))
    held = {(one.source, one.function) for one in Posting.objects.filter(person=two[0], end=None)}
    assert held == {("LYON aaf-2d", "DOC"), ("DIJON aaf-2d", "ENS")}


def test_28_files_of_the_same_names_stay_apart(two):
    old, new = two
    postings.begin(old, structures.academy("PARIS"))  # else they have left, and write no more
    mine, theirs = people.actor_of(old.pk), people.actor(new)
    first = put(mine, homes.home_of(mine).root, "cours.txt", b"first").id
    folder = tree.make_folder(theirs, homes.home_of(theirs).root, "Cours").id
    second = put(theirs, homes.home_of(theirs).root, "cours.txt", b"second").id
    third = put(theirs, folder, "devoir.txt", b"third").id
    link = sharing.make_link(theirs, second, Role.READ)
    room = sum(one.quota for one in Space.objects.all())
    merging.merge(old, new)
    actor, there = files(old)
    (former,) = there.keys() - {"cours.txt"}
    assert former.startswith("Ancien compte (20")
    assert names(actor, there[former]) == {"Cours": folder, "cours.txt": second}
    assert [read(actor, one) for one in (first, second, third)] == [b"first", b"second", b"third"]
    assert sharing.follow(link.link)[1].node == second
    assert Space.objects.get(owner=f"person:{old.pk}").quota == room


def thrown(person):
    actor = people.actor_of(person.pk)
    return {one.entry.name: one.entry.id for one in trash.contents(actor, homes.home_of(actor).space)}


def books(person):
    space = Space.objects.get(owner=f"person:{person.pk}")
    return space.used, space.used_trash, space.used_versions


def test_what_is_in_the_trash_goes_over_for_as_long_as_it_had_left_and_comes_back(two, later):
    old, new = two
    theirs = people.actor(new)
    root = homes.home_of(theirs).root
    folder = tree.make_folder(theirs, root, "Cours").id
    inner, kept = put(theirs, folder, "devoir.txt", b"third").id, put(theirs, root, "cours.txt", b"x" * 5).id
    content.write(theirs, folder, "devoir.txt", blob(b"again"))
    loose = put(theirs, root, "note.txt", b"12").id
    for one in (folder, loose):
        trash.discard(theirs, one)
    before = books(new)
    later(days=20)
    merging.merge(old, new)
    assert thrown(old) == {"Cours": folder, "note.txt": loose}
    assert (books(new), books(old)) == ((0, 0, 0), before)
    postings.begin(old, structures.academy("PARIS"))
    actor = people.actor_of(old.pk)
    assert trash.restore(actor, loose).parent == Node.objects.get(pk=kept).parent_id, (
        "beside what was never thrown away"
    )
    trash.discard(actor, kept)
    merging.unmerge(merging.last_of(old).pk)
    assert (thrown(new), list(files(new)[1])) == ({"Cours": folder, "cours.txt": kept}, ["note.txt"])
    assert trash.restore(people.actor_of(new.pk), folder).id == folder
    assert read(people.actor_of(new.pk), inner) == b"again"
    assert list(checking.faults()) == []
    later(days=11)
    assert trash.overdue(10) == []


def test_30_undone_after_the_folder_of_the_former_account_was_thrown_away(two):
    old, new = two
    theirs = people.actor(new)
    kept = put(theirs, homes.home_of(theirs).root, "a.txt", b"a").id
    postings.begin(old, structures.academy("PARIS"))
    merging.merge(old, new)
    actor, there = files(old)
    trash.discard(actor, *there.values())
    merging.unmerge(merging.last_of(old).pk)
    assert (files(new)[1], files(old)[1]) == ({"a.txt": kept}, {})


# How long it lends its room


def room_of(person):
    return Space.objects.get(owner=f"person:{person.pk}").quota


@pytest.fixture
def lent(two):
    """Two accounts, of 100 and 60 bytes, made one."""
    postings.begin(two[0], structures.academy("PARIS"))  # else they have left, and write no more
    for one, quota in zip(two, (100, 60), strict=True):
        actor = people.actor_of(one.pk)
        put(actor, homes.home_of(actor).root, "a.txt", b"a")
        Space.objects.filter(owner=f"person:{one.pk}").update(quota=quota)
    merging.merge(*two)
    assert room_of(two[0]) == 160
    return two[0]


def test_the_room_of_both_is_lent_for_ninety_days_then_that_of_the_larger_stays_and_they_are_told(lent, later):
    later(days=89)
    settle_merges.call()
    assert room_of(lent) == 160
    later(days=2)
    for _night in range(2):
        settle_merges.call()
    run_pending()
    assert room_of(lent) == 100
    assert [one.subject for one in mail.outbox].count("La place de votre espace change") == 1
    assert Act.objects.get(verb="quota.settle").detail["before"] == 160


@pytest.mark.parametrize(
    ("merges", "rooms", "whole", "stays"),
    [
        ([(1, 0), (2, 1)], (100, 100, 100), 300, 100),  # into the second, which goes over to the third
        ([(2, 0), (2, 1)], (100, 60, 50), 210, 100),
        ([(1, 0), (2, 1)], (100, 60, 50), 210, 100),
    ],
)
def test_of_a_chain_of_merges_the_room_of_the_larger_stays(two, later, merges, rooms, whole, stays):
    three = [*two, people.arrive("Ada Byron", "ada.byron@ac-paris.fr")]
    for one, quota in zip(three, rooms, strict=True):
        postings.begin(one, structures.academy("PARIS"))  # else they have left, and write no more
        actor = people.actor_of(one.pk)
        put(actor, homes.home_of(actor).root, "a.txt", b"a")
        Space.objects.filter(owner=f"person:{one.pk}").update(quota=quota)
    for survivor, loser in merges:
        merging.merge(three[survivor], three[loser])
    assert room_of(three[2]) == whole
    later(days=91)
    for _night in range(2):
        settle_merges.call()
    assert room_of(three[2]) == stays


@pytest.mark.parametrize("thrown", [True, False])
def test_what_is_in_the_trash_alone_lends_room_too_and_nothing_does_not(two, thrown):
    for one in two:
        homes.home(f"person:{one.pk}")
    own, actor = room_of(two[0]), people.actor_of(two[1].pk)
    if thrown:
        trash.discard(actor, put(actor, homes.home_of(actor).root, "a.txt", b"a").id)
    log = merging.merge(*two)
    assert room_of(two[0]) == (own + room_of(two[1]) if thrown else own)
    merging.unmerge(log.pk)
    assert room_of(two[0]) == own


def test_room_that_is_used_is_not_taken_back(lent, later):
    Space.objects.filter(owner=f"person:{lent.pk}").update(used=130)
    later(days=91)
    settle_merges.call()
    assert room_of(lent) == 130


def test_room_that_somebody_gave_since_stays(lent, later):
    later(days=10)
    ministry = people.arrive("Ministère", "ministere@education.gouv.fr")
    postings.begin(ministry, Structure.objects.get(kind="ministry"), function="DIR")
    allotting.allot(people.actor(ministry), f"person:{lent.sub}", 150)
    later(days=91)
    settle_merges.call()
    assert room_of(lent) == 150
    assert not Act.objects.filter(verb="quota.settle").exists()


def test_a_merge_that_was_undone_lends_nothing(lent, later):
    merging.unmerge(merging.last_of(lent).pk)
    assert room_of(lent) == 100
    later(days=91)
    settle_merges.call()
    assert room_of(lent) == 100


def test_29_both_in_a_team_with_different_roles(two):
    old, new = two
    shared = teams.form(people.actor(new), "SVT", [old])
    alone = teams.form(people.actor(new), "Seule")
    merging.merge(old, new)
    assert [(one.name, one.leads) for one in teams.of(old.pk)] == [("Seule", True), ("SVT", True)]
    assert Membership.objects.count() == 2
    merging.unmerge(merging.last_of(old).pk)
    assert [(one.id, one.leads) for one in teams.of(old.pk)] == [(shared.pk, False)]
    assert {(one.id, one.leads) for one in teams.of(new.pk)} == {(shared.pk, True), (alone.pk, True)}


def test_what_both_were_given_is_given_with_the_rights_of_both(two):
    old, new = two
    bob = people.actor(people.find(BOB.mail))
    root = homes.home_of(bob).root
    both, theirs = (tree.make_folder(bob, root, name).id for name in ("Les deux", "La sienne"))
    Grant.objects.create(node_id=both, principal=f"person:{old.pk}", rights=Role.READ)  # before they were archived
    sharing.give(bob, both, f"person:{new.pk}", Role.WRITE)
    sharing.give(bob, theirs, f"person:{new.pk}", Role.READ)
    before = sorted(Grant.objects.values_list("node", "principal", "rights"))
    merging.merge(old, new)
    given = dict(
        Grant.objects.filter(principal=f"person:{old.pk}", node__in=[both, theirs]).values_list("node", "rights")
    )
    assert given == {both: Role.WRITE | Role.READ, theirs: Role.READ}
    assert not Grant.objects.filter(principal=f"person:{new.pk}").exists()
    merging.unmerge(merging.last_of(new).pk)
    assert sorted(Grant.objects.values_list("node", "principal", "rights")) == before


def seen(person):
    return (
        sorted(Address.objects.filter(person=person).values_list("mail", "primary")),
        sorted(Posting.objects.filter(person=person).values_list("pk", "source")),
        sorted(PersonKey.objects.filter(person=person).values_list("pk", flat=True)),
        files(person)[1],
    )


def test_30_undone_after_new_files_were_added(two, take, tmp_path):
    old, new = two
    theirs = people.actor(new)
    put(theirs, homes.home_of(theirs).root, "a.txt", b"a")
    before = [seen(one) for one in two]
    merging.merge(old, new)
    actor, there = files(old)
    (folder,) = there.values()
    put(actor, folder, "since.txt", b"since")
    merging.unmerge(merging.last_of(old).pk)
    assert seen(new) == before[1]
    assert seen(old)[:3] == before[0][:3]
    assert list(names(actor, folder)) == ["since.txt"]
    assert Person.objects.get(pk=new.pk).is_active
    assert people.find(NEW) == new
    assert take(complete(tmp_path, LYON, day="20260902"), "LYON") == {"written": 1}, "looked at again"
    assert take(complete(tmp_path, LYON, day="20260902"), "LYON") == {}


def test_30_an_empty_folder_does_not_stay_after_it_is_undone(two):
    old, new = two
    theirs = people.actor(new)
    put(theirs, homes.home_of(theirs).root, "a.txt", b"a")
    merging.merge(old, new)
    merging.unmerge(merging.last_of(old).pk)
    assert files(old)[1] == {}
    assert list(files(new)[1]) == ["a.txt"]


def starred(person):
    return set(Favorite.objects.filter(person=person.pk).values_list("node", flat=True))


def test_absences_and_stars_go_over_and_come_back(two):
    old, new = two
    postings.begin(old, structures.academy("PARIS"))  # who has left is given nothing
    bob = people.actor(people.find(BOB.mail))
    both, theirs = (tree.make_folder(bob, homes.home_of(bob).root, name).id for name in ("Les deux", "La sienne"))
    for one, nodes in ((old, [both]), (new, [both, theirs])):
        for node in nodes:
            sharing.give(bob, node, f"person:{one.pk}", Role.READ)
            listing.star(people.actor_of(one.pk), node, on=True)
    absences.begin(new, Absence.Kind.SECONDMENT)
    away = new.absences.get()
    merging.merge(old, new)
    assert (starred(old), starred(new)) == ({both, theirs}, set())
    assert list(old.absences.all()) == [away]
    merging.unmerge(merging.last_of(old).pk)
    assert (starred(old), starred(new)) == ({both}, {both, theirs})
    assert list(new.absences.all()) == [away]


def test_a_survivor_whom_no_feed_knew_is_then_known_by_what_the_other_was(two):
    third = people.arrive("Alice Martin", "alice@ac-paris.fr")
    merging.merge(third, two[1])
    assert Civil.objects.get(person=third).born == Civil.objects.get(person=two[1]).born
    merging.unmerge(merging.last_of(third).pk)
    assert not Civil.objects.filter(person=third).exists()
    assert Civil.objects.filter(person=two[1]).exists()


def told():
    run_pending()
    return sorted((one.to[0], one.subject) for one in mail.outbox)


def test_both_are_told_that_they_are_one_and_that_they_are_two_again(two, rector):
    old, new = two
    (case,) = cases.waiting(rector)
    cases.answer(rector, case.id, same=True)
    assert told() == [(OLD, "Votre compte a été réuni à un autre"), (NEW, "Votre compte a été réuni à un autre")]
    for one in two:
        (act,) = Act.objects.filter(kind="account", object=one.pk, verb="person.merge")
        assert (act.person, act.detail["office"], act.detail["at"]) == (
            rector.person,
            "admin",
            structures.academy("LYON").pk,
        )
        assert (act.detail["survivor"], act.detail["loser"]) == (old.pk, new.pk)
    mail.outbox.clear()
    merging.unmerge(MergeLog.objects.get().pk)
    assert [to for to, _ in told()] == [OLD, NEW]
    assert Act.objects.filter(verb="person.unmerge", kind="account", object__in=[old.pk, new.pk]).count() == 2


def test_that_they_are_two_is_in_the_trail_of_each_with_who_said_so(two, rector):
    (case,) = cases.waiting(rector)
    cases.answer(rector, case.id, same=False)
    acts = Act.objects.filter(verb="case.different", kind="account", person=rector.person)
    assert {one.object for one in acts} == {one.pk for one in two}
    assert {one.detail["office"] for one in acts} == {"admin"}


HEADER = "key,last_name,first_name,birth_date,mail,national_id,uai,structure,function"
DIJON_SAYS = "1,Martin,Alice,1967-08-07,alice.martin@ac-dijon.fr,,0210015C,Lycée Carnot,ENS"
LYON_SAYS = "1,{},1967-08-07,{}@ac-lyon.fr,{},0690023A,Lycée Ampère,ENS"


def stated_names(person):
    kept = Civil.objects.get(person=person)
    return Person.objects.get(pk=person.pk).name, kept.usage_name, kept.first_name, people.primary_mail(person.pk)


def test_30_what_the_others_records_stated_since_goes_back_to_the_other(take, tmp_path, later):
    """A new address opens no account but its bearer's, an identifier means its bearer; who was found by it is theirs too."""
    take(table(tmp_path, HEADER, DIJON_SAYS, day="20260801"))
    take(table(tmp_path, HEADER, LYON_SAYS.format("Martin,Alice", "alice.martin", ""), day="20260901"), "LYON")
    (case,) = cases.waiting(None)
    dijon, lyon = (Person.objects.get(sub=side.sub) for side in (case.candidate, case.newcomer))
    merging.merge(dijon, lyon)
    since = LYON_SAYS.format("Durand,Alicia", "alicia.durand", "07E9501234ABC")
    paris = "9,Durand,Alicia,1967-08-07,alicia.durand@ac-paris.fr,07E9501234ABC,,,ENS"
    take(table(tmp_path, HEADER, since, day="20260902"), "LYON")
    take(table(tmp_path, HEADER, paris, day="20260903"), "PARIS")
    later(days=1)
    assert stated_names(dijon)[0] == "Alicia Durand"
    assert Posting.objects.filter(person=dijon, end=None).count() == 3
    mail.outbox.clear()
    merging.unmerge(merging.last_of(dijon).pk)
    assert [to for to, subject in told() if "annulée" in subject] == [OLD, "alicia.durand@ac-paris.fr"]
    assert stated_names(dijon) == ("Alice Martin", "MARTIN", "ALICE", OLD)
    assert stated_names(lyon) == ("Alicia Durand", "DURAND", "ALICIA", "alicia.durand@ac-paris.fr")
    assert {one.mail for one in people.addresses_of(dijon.pk)} == {OLD}
    mail.outbox.clear()
    resets.ask("alicia.durand@ac-lyon.fr", "192.0.2.1")
    run_pending()
    assert [one.to for one in mail.outbox] == [["alicia.durand@ac-lyon.fr"], ["alicia.durand@ac-paris.fr"]]
    assert {resets.whose(one.body.split("/reset/")[1].split()[0]) for one in mail.outbox} == {lyon}
    scopes = {name: structures.academy(name).code for name in ("DIJON", "LYON", "PARIS")}
    assert set(PersonKey.objects.values_list("person", "kind", "scope")) == {
        (dijon.pk, "table", scopes["DIJON"]),
        (lyon.pk, "national", ""),
        (lyon.pk, "table", scopes["LYON"]),
        (lyon.pk, "table", scopes["PARIS"]),
    }
    sources = Posting.objects.filter(end=None).order_by("source").values_list("person", "source")
    assert list(sources) == [(dijon.pk, "DIJON csv"), (lyon.pk, "LYON csv"), (lyon.pk, "PARIS csv")]
    assert take(table(tmp_path, HEADER, since, day="20260904"), "LYON") == {"written": 1}
    assert take(table(tmp_path, HEADER, DIJON_SAYS, day="20260904")) == {"written": 1}


def test_30_the_names_of_each_come_back_though_the_survivor_bore_the_others(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB, day="20260801"))
    take(complete(tmp_path, LYON, day="20260901"), "LYON")
    old, new = people.find(OLD), people.find(NEW)
    before = stated_names(old)
    merging.merge(old, new)
    renamed = LYON.but(last="DURAND", first="ALICIA", mail="alicia.durand@ac-lyon.fr")
    take(complete(tmp_path, renamed, day="20260902"), "LYON")
    merging.unmerge(merging.last_of(old).pk)
    for _night in range(2):
        assert stated_names(old) == before
        assert stated_names(new) == ("Alicia Durand", "DURAND", "ALICIA", "alicia.durand@ac-lyon.fr")
        take(complete(tmp_path, renamed, day="20260903"), "LYON")
        take(complete(tmp_path, ALICE, BOB, day="20260903"))


def test_who_moved_and_married_has_the_name_and_the_address_of_where_they_work(take, tmp_path):
    """As one found by a national identifier does; and as before once they are two again."""
    take(complete(tmp_path, ALICE, BOB, day="20260801"))
    take(complete(tmp_path, BOB, day="20260831"))
    married = LYON.but(last="DURAND", birth="MARTIN", mail="alice.durand@ac-lyon.fr")
    take(complete(tmp_path, married, day="20260901"), "LYON")
    (case,) = cases.waiting(None)
    stays = cases.answer(None, case.id, same=True)
    assert stays == people.find(OLD)
    assert stated_names(stays) == ("Alice Durand", "DURAND", "ALICE", "alice.durand@ac-lyon.fr")
    assert [hit.sub for hit in directory.find(people.actor(people.find(BOB.mail)), "durand") if hit.sub] == [stays.sub]
    (former,) = (one for one in people.addresses_of(stays.pk) if one.mail == OLD)
    assert former.until is not None
    assert take(complete(tmp_path, married, day="20260902"), "LYON") == {}
    merging.unmerge(merging.last_of(stays).pk)
    assert stated_names(stays) == ("Alice Martin", "MARTIN", "ALICE", OLD)
    assert [one.until for one in people.addresses_of(stays.pk)] == [None]


def test_who_works_still_where_they_were_keeps_their_name_and_address(two):
    old, new = two
    Posting.objects.filter(person=new).update(end=clock.today())
    Posting.objects.filter(person=old).update(end=None)
    merging.merge(old, new)
    assert people.primary_mail(old.pk) == OLD
    merging.unmerge(merging.last_of(old).pk)
    assert (people.primary_mail(old.pk), people.primary_mail(new.pk)) == (OLD, NEW)


def test_a_merge_is_undone_for_thirty_days_and_once(two, later):
    log = merging.merge(*two)
    later(days=29)
    merging.unmerge(log.pk)
    with pytest.raises(merging.Undone):
        merging.unmerge(log.pk)
    log = merging.merge(*two)
    later(days=31)
    with pytest.raises(Expired):
        merging.unmerge(log.pk)


def test_30_each_of_several_accounts_keeps_its_own_postings_whichever_merges_were_undone_between(take, tmp_path):
    """Records of one feed that mean one person are numbered: no number is given twice, whatever an undoing left free."""
    four = [ALICE.but(key=str(key), first=name, mail=f"{name.lower()}@ac-dijon.fr", duties=(("1", function),))
            for key, (name, function) in enumerate((("ALICE", "ENS"), ("BOB", "DOC"), ("CHLOE", "EDU"), ("DAN", "ADF")))]  # fmt: skip
    take(complete(tmp_path, *four, day="20260901"))
    alice, bob, chloe, dan = (people.find(one.mail) for one in four)
    merging.merge(alice, bob)
    merging.merge(alice, chloe)
    merging.unmerge(merging.last_of(bob).pk)
    merging.merge(alice, dan)

    def current():
        rows = Posting.objects.filter(end=None).order_by("person", "function")
        return [(one.person, one.function) for one in rows.select_related("person")]

    four[2] = four[2].but(duties=(("1", "DIR"),))
    take(complete(tmp_path, *four, day="20260902"))
    assert current() == [(alice, "ADF"), (alice, "DIR"), (alice, "ENS"), (bob, "DOC")]
    merging.merge(alice, bob)
    four[1] = four[1].but(duties=(("1", "CPD"),))
    take(complete(tmp_path, *four, day="20260903"))
    assert current() == [(alice, one) for one in ("ADF", "CPD", "DIR", "ENS")]
    for one in (bob, dan, chloe):
        merging.unmerge(merging.last_of(one).pk)
    assert current() == [(alice, "ENS"), (bob, "CPD"), (chloe, "DIR"), (dan, "ADF")]
    assert take(complete(tmp_path, *four, day="20260904")) == {"written": 4}, "looked at again"
    assert take(complete(tmp_path, *four, day="20260904")) == {}


def test_30_an_address_bears_the_number_of_the_record_that_gave_it(take, tmp_path):
    two = [ALICE, ALICE.but(key="1009", mail="alice@ac-dijon.fr")]
    take(complete(tmp_path, *two))
    alice, again = (people.find(one.mail) for one in two)

    def sources():
        return [Address.objects.get(mail=one.mail).source for one in two]

    assert sources() == ["DIJON aaf-2d", "DIJON aaf-2d"]
    log = merging.merge(alice, again)
    assert sources() == ["DIJON aaf-2d", "DIJON aaf-2d #1"]
    merging.unmerge(log.pk)
    assert sources() == ["DIJON aaf-2d", "DIJON aaf-2d"]


def test_30_a_record_that_comes_after_a_merge_was_undone_has_a_number_of_its_own(take, tmp_path):
    """As above, where the feed itself states one person once more, by their national identifier."""
    three = [
        f"{key},Martin,{name},1967-08-07,agent{key}@ac-dijon.fr,{number},{function}"
        for key, name, number, function in (
            (1, "Alice", "07E9501234ABC", "ENS"),
            (2, "Bob", "", "DOC"),
            (3, "Chloé", "", "EDU"),
        )
    ]
    header = "key,last_name,first_name,birth_date,mail,national_id,function"
    take(table(tmp_path, header, *three, day="20260901"))
    alice, bob, chloe = (people.find(f"agent{key}@ac-dijon.fr") for key in (1, 2, 3))
    merging.merge(alice, bob)
    merging.merge(alice, chloe)
    merging.unmerge(merging.last_of(bob).pk)
    again = "4,Martin,Alice,1967-08-07,,07E9501234ABC,{}"
    take(table(tmp_path, header, *three, again.format("DIR"), day="20260902"))
    take(table(tmp_path, header, *three, again.format("ADF"), day="20260903"))
    held = Posting.objects.filter(person=alice, end=None).values_list("function", flat=True)
    assert sorted(held) == ["ADF", "EDU", "ENS"]


def test_31_a_chain_of_merges_is_followed_and_undone_backwards(two):
    old, new = two
    third = people.arrive("Alice Martin", "alice@ac-paris.fr")
    first, second = merging.merge(old, new), merging.merge(third, old)
    assert people.find(new.sub) == people.find(old.sub) == people.find(NEW) == third
    with pytest.raises(Conflict):
        merging.unmerge(first.pk)
    merging.unmerge(second.pk)
    merging.unmerge(first.pk)
    assert people.find(NEW) == new
    assert people.find(OLD) == old


def test_31_a_device_that_knows_the_former_id_signs_in_with_a_password_of_who_stays(two):
    old, new = two
    actor, _ = files(new)
    device, stranger = Device(actor), people.arrive("Eve", "eve@ac-paris.fr")
    merging.merge(old, new)
    path = f"/remote.php/dav/files/{new.sub}/"
    assert device.ask("PROPFIND", path, Depth="0").status == 401, "its own password went with its account"
    for whose, status in ((old, 207), (stranger, 401)):
        device.secret = credentials.new_app_password(whose.pk, "portable")
        assert device.ask("PROPFIND", path, Depth="0").status == status


def test_32_what_is_being_sent_while_accounts_are_merged_is_refused_whole(two):
    old, new = two
    actor, _ = files(new)
    device = Device(actor)
    transfer = f"/remote.php/dav/uploads/{device.sub}/t"
    assert device.ask("MKCOL", transfer).status == 201
    assert device.ask("PUT", f"{transfer}/1", b"first half").status == 201

    sent = device.on("PUT", "/note.txt", b"x" * 300_000, meanwhile=lambda: merging.merge(old, new))

    assert sent.status == 404
    assert device.ask("MOVE", f"{transfer}/.file", Destination=device.to("/whole.txt")).status == 401
    _survivor, there = files(old)
    assert not [name for name in there if name.startswith("Ancien compte")]
    assert not Node.objects.filter(name__in=["note.txt", "whole.txt"]).exists()
    merging.unmerge(MergeLog.objects.get().pk)
    again = Device(people.actor(Person.objects.get(pk=new.pk)))
    assert again.on("PUT", "/note.txt", b"x").status == 201


def test_27_the_second_to_confirm_is_refused(two):
    merging.merge(*two)
    for pair in (two, two[::-1]):
        with pytest.raises(Conflict):
            merging.merge(*(Person.objects.get(pk=one.pk) for one in pair))
    with pytest.raises(Conflict):
        merging.merge(two[0], two[0])
    assert MergeLog.objects.count() == 1


def test_two_national_identifiers_ask_for_one_more_person(two):
    for number, one in enumerate(two):
        PersonKey.objects.create(person=one, kind="national", scope="", digest=bytes([number]) * 16)
    with pytest.raises(merging.TwoIdentifiers):
        merging.merge(*two)
    assert merging.merge(*two, agreed=True)


def test_who_came_without_a_feed_is_proposed_by_their_name_when_a_feed_states_their_address(take, tmp_path):
    by_hand = people.arrive("Alice Martin", OLD)
    people.arrive("Zoé Petit", BOB.mail)  # another, who holds the address of Bob: no case
    counts = take(complete(tmp_path, ALICE, BOB))
    assert (counts["arrived"], counts["proposed"]) == (1, 1)
    (case,) = cases.waiting(None)
    assert (case.rule, case.candidate.sub, case.evidence["mail"]) == ("R3", by_hand.sub, "agree")
    assert cases.answer(None, case.id, same=True) == by_hand
    assert [one.structure for one in postings.of(by_hand)] == ["LYCEE CARNOT"]
    take(complete(tmp_path, ALICE.but(duties=(("2", "DOC"),)), BOB, day="20261102"))
    assert [one.function for one in postings.of(by_hand) if one.last_day is None] == ["DOC"]


# Who judges


@pytest.fixture
def rector(two):
    """Who directs the academy that states the newcomer."""
    person = people.arrive("Rectrice de Lyon", "rectrice@ac-lyon.fr")
    postings.begin(person, structures.academy("LYON"), function="DIR")
    return people.actor(person)


def test_a_case_shows_both_and_what_agrees(two, rector):
    (case,) = cases.waiting(rector)
    assert (case.rule, case.evidence["born"]) == ("R2", "agree")
    assert case.newcomer.mails == (NEW,)
    assert [one.structure for one in case.candidate.postings] == ["LYCEE CARNOT"]
    assert cases.waiting(None) == [case]


def test_33_that_they_are_not_the_same_is_remembered(two, rector, take, tmp_path):
    (case,) = cases.waiting(rector)
    cases.answer(rector, case.id, same=False)
    assert cases.waiting(rector) == []
    take(complete(tmp_path, LYON.but(mail="autre@ac-lyon.fr"), day="20260902"), "LYON")
    assert cases.waiting(None) == []
    with pytest.raises(cases.Answered):
        cases.answer(rector, case.id, same=True)


def test_yes_merges(two, rector):
    (case,) = cases.waiting(rector)
    assert cases.answer(rector, case.id, same=True) == two[0]
    assert people.find(NEW) == two[0]
    assert MergeLog.objects.get().by_id == rector.person


@pytest.mark.parametrize("place", ["DIJON", "school", None])
def test_nobody_else_judges(two, rector, place):
    person = people.arrive("Eve", "eve@ac-dijon.fr")
    if place == "school":
        postings.begin(person, structures.school(ALICE and "0690023" + "A"), function="DIR")
    elif place:
        postings.begin(person, structures.academy(place), function="ENS")
    eve = people.actor(person)
    (case,) = cases.waiting(None)
    for act in (cases.waiting, lambda me: cases.one(me, case.id), lambda me: cases.answer(me, case.id, same=True)):
        with pytest.raises(Denied):
            act(eve)
    assert not MergeLog.objects.exists()


def test_the_head_of_another_academy_does_not_see_it(two, rector):
    person = people.arrive("Recteur", "recteur@ac-dijon.fr")
    postings.begin(person, structures.academy("DIJON"), function="DIR")
    other = people.actor(person)
    assert cases.waiting(other) == []
    with pytest.raises(NotFound):
        cases.answer(other, cases.waiting(None)[0].id, same=True)


def test_nobody_judges_themselves(two):
    postings.begin(two[1], structures.academy("LYON"), function="DIR")
    me = people.actor(Person.objects.get(pk=two[1].pk))
    with pytest.raises(Denied):
        cases.answer(me, cases.waiting(me)[0].id, same=True)


# “I had an account already”


def test_who_proves_both_accounts_merges_them(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    assert cases.had_an_account(new, OLD, SECRET, "10.0.0.1") == old
    assert people.find(NEW) == old


def test_a_wrong_password_proves_nothing(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    for address, password in ((OLD, "autre"), ("nobody@x.fr", SECRET), (NEW, SECRET)):
        with pytest.raises(BadInput):
            cases.had_an_account(new, address, password, "10.0.0.1")
    assert not MergeLog.objects.exists()


def test_two_whose_names_differ_are_not_merged_by_themselves(two):
    bob = people.find(BOB.mail)
    bob.set_password(SECRET)
    bob.save()
    for _ in range(2):  # that they asked once is no proof
        with pytest.raises(cases.OtherNames):
            cases.had_an_account(two[1], BOB.mail, SECRET, "10.0.0.1")
    assert not MergeLog.objects.exists()
    assert {(one.newcomer, one.candidate) for one in MatchCase.objects.filter(rule=cases.OWN)} == {(two[1], bob)}
    assert [one.proved for one in cases.waiting(None)] == [False, True]
    assert AppPassword.objects.count() == 0


def test_whoever_asks_is_judged_where_they_work_now(two):
    """The oldest directory is that of an academy they left."""
    new, bob = two[1], people.find(BOB.mail)
    dijon, lyon = structures.academy("DIJON"), structures.academy("LYON")
    Posting.objects.filter(person=new).update(structure=lyon)
    Posting.objects.create(person=new, structure=dijon, start=date(2015, 9, 1), end=date(2019, 9, 1))
    bob.set_password(SECRET)
    bob.save()
    with pytest.raises(cases.OtherNames):
        cases.had_an_account(new, BOB.mail, SECRET, "10.0.0.1")
    assert Feed.objects.get(name=MatchCase.objects.get(rule=cases.OWN).source).academy == lyon


def protect(person, *codes):
    """Give a person an application of codes and these recovery codes; return the key of the application."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    data = {"migrated_codes": [encrypt(one) for one in codes]}
    Authenticator.objects.create(user=person, type=Authenticator.Type.RECOVERY_CODES, data=data)
    return secret


def test_a_password_alone_does_not_take_an_account_that_a_second_factor_protects(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    secret = protect(old, "12345678")
    for code in ("", "000000"):
        with pytest.raises(cases.WrongCode):
            cases.had_an_account(new, OLD, SECRET, "10.0.0.1", code)
    assert not MergeLog.objects.exists()
    with pytest.raises(BadInput):
        cases.had_an_account(new, OLD, "autre", "10.0.0.1", code_of(secret))
    cases.had_an_account(new, OLD, SECRET, "10.0.0.1", code_of(secret))
    assert people.find(NEW) == old


def test_a_recovery_code_proves_it_too_once(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    protect(old, "12345678")
    cases.had_an_account(new, OLD, SECRET, "10.0.0.1", "12345678")
    assert people.find(NEW) == old
    merging.unmerge(MergeLog.objects.get().pk)
    with pytest.raises(cases.WrongCode):
        cases.had_an_account(new, OLD, SECRET, "10.0.0.1", "12345678")


def test_the_codes_of_a_former_account_are_guessed_as_seldom_as_at_its_sign_in(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    protect(old)
    for _ in range(guesses.OF_ACCOUNT):
        with pytest.raises(cases.WrongCode):
            cases.had_an_account(new, OLD, SECRET, "10.0.0.1", "000000")
    with pytest.raises(TooMany):
        cases.had_an_account(new, OLD, SECRET, "10.0.0.1", "000000")


def test_an_account_of_which_a_second_factor_is_demanded_has_one_first(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    demands.require()
    with pytest.raises(cases.FactorDemanded):
        cases.had_an_account(new, OLD, SECRET, "10.0.0.1")
    assert not MergeLog.objects.exists()


def test_of_two_accounts_the_one_that_a_second_factor_protects_stays(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    protect(new)
    assert cases.had_an_account(new, OLD, SECRET, "10.0.0.1") == new
    assert people.find(OLD) == new


def test_each_of_two_who_have_a_national_identifier_are_judged_by_somebody(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    MatchCase.objects.all().delete()
    for number, one in enumerate(two):
        PersonKey.objects.create(person=one, kind="national", scope="", digest=bytes([number]) * 16)
    with pytest.raises(merging.TwoIdentifiers):
        cases.had_an_account(new, OLD, SECRET, "10.0.0.1")
    assert [(one.newcomer, one.candidate) for one in MatchCase.objects.filter(answer=None)] == [(new, old)]
    set_password(new)
    with pytest.raises(merging.TwoIdentifiers):
        cases.had_an_account(old, NEW, SECRET, "10.0.0.1")
    assert MatchCase.objects.count() == 1  # whichever of the two asks


def test_a_case_of_no_feed_waits_for_the_ministry(two, rector):
    _, new = two
    bob = people.find(BOB.mail)
    set_password(bob)
    Feed.objects.update(academy=None)
    with pytest.raises(cases.OtherNames):
        cases.had_an_account(new, BOB.mail, SECRET, "10.0.0.1")
    asked = MatchCase.objects.get(candidate=bob, source="")
    minister = people.arrive("Anne Martin", "anne@education.gouv.fr")
    postings.begin(minister, Structure.objects.get(kind="ministry"), function="DIR")
    assert asked.pk in [one.id for one in cases.waiting(people.actor(minister))]
    assert asked.pk not in [one.id for one in cases.waiting(rector)]


def set_password(person):
    person.set_password(SECRET)
    person.save()


# Pages and commands


def signed_in(actor):
    browser = Client()
    browser.force_login(Person.objects.get(pk=actor.person))
    return browser


def lately(person):
    """Return the browser of a person who has just signed in by their password."""
    set_password(person)
    browser = Client()
    browser.post("/login", {"login": people.primary_mail(person.pk), "password": SECRET})
    return browser


def test_the_page_of_cases_shows_the_evidence_and_takes_an_answer(two, rector):
    browser = lately(people.by_id(rector.person))
    listed = browser.get("/admin/cases").content.decode()
    (case,) = cases.waiting(rector)
    assert f'href="/admin/cases/{case.id}"' in listed
    shown = browser.get(f"/admin/cases/{case.id}").content.decode()
    for words in ("7 août 1967", OLD, NEW, "LYCEE CARNOT", "LYCEE AMPERE", "identique"):
        assert words in shown
    assert browser.post(f"/admin/cases/{case.id}", {"same": "perhaps"}).status_code == 400
    assert browser.post(f"/admin/cases/{case.id}", {"same": "yes"}, follow=True).redirect_chain == [
        ("/admin/cases", 303)
    ]
    assert people.find(NEW) == two[0]
    for answer in (browser.get, browser.post):  # a form that stayed open
        assert "a déjà sa réponse" in answer(f"/admin/cases/{case.id}", {"same": "no"}, follow=True).content.decode()
    assert browser.get("/admin/cases/999").status_code == 404


# Who undoes it


def test_a_merge_can_be_undone_until_the_last_day_of_here(two, rector):
    cases.answer(rector, cases.waiting(rector)[0].id, same=True)
    MergeLog.objects.update(at=datetime(2026, 11, 29, 23, 20, tzinfo=UTC))  # 0:20 on the 30th
    assert undoing.one(rector, MergeLog.objects.get().pk).last_day == date(2026, 12, 29)


def test_who_judged_undoes_it_by_a_page_and_reads_what_comes_back(two, rector):
    old, new = two
    browser = lately(people.by_id(rector.person))
    assert "Réunis depuis" not in browser.get("/admin/cases").content.decode()
    browser.post(f"/admin/cases/{cases.waiting(rector)[0].id}", {"same": "yes"})
    (merged,) = undoing.lately(rector)[0]
    assert (merged.name, merged.sub, merged.mails, merged.by) == ("Alice Martin", old.sub, (NEW,), "Rectrice de Lyon")
    listed = browser.get("/admin/cases").content.decode()
    assert f'href="/admin/cases/merges/{merged.id}"' in listed
    assert "par Rectrice de Lyon" in listed
    shown = browser.get(f"/admin/cases/merges/{merged.id}").content.decode()
    assert NEW in shown
    answer = browser.post(f"/admin/cases/merges/{merged.id}", follow=True)
    assert answer.redirect_chain == [(f"/admin/cases/merges/{merged.id}", 303)]
    assert (people.find(OLD), people.find(NEW)) == (old, new)
    parted = answer.content.decode()
    assert "chacun des deux en est prévenu" in parted
    stayed, other = (
        re.search(f'<section aria-labelledby="{one}">.*?</section>', parted, re.DOTALL)[0]
        for one in ("stayed", "other")
    )
    for here, whose, held, elsewhere in ((stayed, old, OLD, NEW), (other, new, NEW, OLD)):
        assert (f"/people/{whose.sub}" in here, held in here, elsewhere in here) == (True, True, False)
        assert Person.objects.get(pk=whose.pk).name in here
    assert "Réunis depuis" not in browser.get("/admin/cases").content.decode()
    again = browser.post(f"/admin/cases/merges/{merged.id}", follow=True)  # a form that stayed open
    assert "est déjà défaite" in again.content.decode()
    assert "De nouveau deux comptes" in again.content.decode()
    assert browser.post("/admin/cases/merges/999").status_code == 404
    assert Act.objects.get(verb="person.unmerge", object=old.pk).person == rector.person


def test_what_can_be_undone_is_read_page_by_page(two, monkeypatch):
    monkeypatch.setattr(undoing, "LEAF", 2)
    logs = [merging.merge(two[0], people.arrive("Alice Martin", f"a{number}@ac-lyon.fr")).pk for number in range(5)]
    ministry = people.arrive("Ministère", "ministere@education.gouv.fr")
    postings.begin(ministry, Structure.objects.get(kind="ministry"), function="DIR")
    browser, address, read = lately(ministry), "/admin/cases", []
    while address:
        shown = browser.get(address).content.decode()
        read += [int(one) for one in re.findall(r"/admin/cases/merges/(\d+)", shown)]
        further = re.search(r'href="(\?before=\d+)#merged"', shown)
        address = further and f"/admin/cases{further[1]}"
    assert read == logs[::-1]
    assert browser.get("/admin/cases?before=x").status_code == 400


def test_after_thirty_days_no_page_undoes_it_and_says_so(two, rector, later):
    cases.answer(rector, cases.waiting(rector)[0].id, same=True)
    number = MergeLog.objects.get().pk
    later(days=31)
    assert undoing.lately(rector) == ([], None)
    with pytest.raises(Expired):
        undoing.undo(rector, number)
    answer = lately(people.by_id(rector.person)).post(f"/admin/cases/merges/{number}", follow=True)
    assert "Plus de trente jours ont passé" in answer.content.decode()
    assert MergeLog.objects.get().undone_at is None


def test_of_a_chain_the_first_is_not_undone_before_the_second_and_the_page_says_so(two, rector):
    cases.answer(rector, cases.waiting(rector)[0].id, same=True)
    number = MergeLog.objects.get().pk
    merging.merge(people.find(BOB.mail), Person.objects.get(pk=two[0].pk))
    answer = lately(people.by_id(rector.person)).post(f"/admin/cases/merges/{number}")
    assert (answer.status_code, "défaites d’abord cette réunion-là" in answer.content.decode()) == (409, True)


def test_a_merge_of_no_case_is_undone_by_the_ministry_and_nobody_undoes_their_own(two, rector):
    number = merging.merge(two[0], people.find(BOB.mail)).pk
    with pytest.raises(NotFound):
        undoing.one(rector, number)
    ministry = people.arrive("Ministère", "ministere@education.gouv.fr")
    postings.begin(ministry, Structure.objects.get(kind="ministry"), function="DIR")
    assert undoing.one(people.actor(ministry), number).loser == people.by_id(MergeLog.objects.get().loser_id).name
    theirs = merging.merge(ministry, people.arrive("Encore lui", "encore@education.gouv.fr")).pk
    me = people.actor(people.by_id(ministry.pk))
    assert theirs not in [one.id for one in undoing.lately(me)[0]]
    with pytest.raises(Denied):
        undoing.undo(me, theirs)


def test_two_national_identifiers_are_told_at_the_case(two, rector):
    browser = lately(people.by_id(rector.person))
    address = f"/admin/cases/{cases.waiting(rector)[0].id}"
    assert "identifiant national" not in browser.get(address).content.decode()
    for number, one in enumerate(two):
        PersonKey.objects.create(person=one, kind="national", scope="", digest=bytes([number]) * 16)
    shown = browser.get(address).content.decode()
    assert "directory judge" in shown
    assert 'value="yes"' not in shown
    answer = browser.post(address, {"same": "yes"})  # a form that stayed open
    said = re.search(r'role="alert">.*?<p>(.*?)</p>', answer.content.decode(), re.S)[1]
    assert (answer.status_code, "propre identifiant national" in said) == (409, True)
    assert "LYCEE AMPERE" in answer.content.decode(), "the case is still there"
    assert browser.post(address, {"same": "no"}).status_code == 303


def test_who_judges_reads_that_somebody_proved_both_accounts(two, rector):
    bob = people.find(BOB.mail)
    set_password(bob)
    with pytest.raises(cases.OtherNames):
        cases.had_an_account(two[1], BOB.mail, SECRET, "10.0.0.1")
    asked = MatchCase.objects.get(candidate=bob)
    MatchCase.objects.filter(pk=asked.pk).update(source=MatchCase.objects.exclude(pk=asked.pk).get().source)
    browser = lately(people.by_id(rector.person))
    assert "mot de passe à l’appui" in browser.get("/admin/cases").content.decode()
    assert "Alice Martin dit avoir aussi l’autre compte" in browser.get(f"/admin/cases/{asked.pk}").content.decode()


def test_who_has_been_there_for_long_is_asked_again_before_two_become_one(two, rector):
    (case,) = cases.waiting(rector)
    answer = signed_in(rector).post(f"/admin/cases/{case.id}", {"same": "yes"})
    assert answer.status_code == 302
    assert "next=" in answer.headers["Location"]
    assert not MergeLog.objects.exists()


def test_the_pages_of_cases_are_closed_to_others(two):
    (case,) = cases.waiting(None)
    postings.begin(two[0], structures.academy("PARIS"))
    for address in ("/admin/cases", f"/admin/cases/{case.id}"):
        assert Client().get(address).status_code == 302
        assert signed_in(people.actor(two[0])).get(address).status_code == 403
        assert signed_in(people.actor(two[0])).post(address, {"same": "yes"}).status_code in {403, 405}
    assert not MergeLog.objects.exists()


def test_the_page_of_a_former_account(two):
    old, new = two
    old.set_password(SECRET)
    old.save()
    browser = lately(new)
    assert 'href="/me/former"' in browser.get("/me").content.decode()
    wrong = browser.post("/me/former", {"mail": OLD, "password": "autre"})
    assert (wrong.status_code, "ne vont pas ensemble" in wrong.content.decode()) == (400, True)
    secret = protect(old)
    asked = browser.post("/me/former", {"mail": OLD, "password": SECRET})
    assert (asked.status_code, "double authentification" in asked.content.decode()) == (400, True)
    shown = {"mail": OLD, "password": SECRET, "code": code_of(secret)}
    ended = browser.post("/me/former", shown, follow=True)
    assert ended.redirect_chain[-1][0].startswith("/login")
    assert browser.get("/me").status_code == 302
    assert people.find(NEW) == old


def test_a_browser_left_open_gives_no_account_away(two, later):
    browser = lately(two[1])
    later(minutes=11)
    for answer in (browser.get("/me/former"), browser.post("/me/former", {"mail": OLD, "password": SECRET})):
        assert answer.headers["Location"].startswith("/me/confirm")


@pytest.mark.parametrize("said", ["\0", "é²", "0" * 100_000, " "])
def test_whatever_is_typed_on_the_page_of_a_former_account_is_refused_in_a_sentence(two, said):
    old, new = two
    set_password(old)
    protect(old, "12345678")
    browser = lately(new)
    whole = {"mail": OLD, "password": SECRET, "code": "000000"}
    for field in whole:
        answer = browser.post("/me/former", whole | {field: said})
        assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (400, True)
    assert not MergeLog.objects.exists()


def test_each_refusal_of_the_page_of_a_former_account_has_its_own_sentence(two):
    old, new = two
    browser, bob = lately(new), people.find(BOB.mail)
    for one in (old, bob):
        set_password(one)

    def said(mail):
        answer = browser.post("/me/former", {"mail": mail, "password": SECRET})
        assert answer.status_code == 400
        return re.search(r"<p>(.*?)</p>", answer.content.decode())[1]

    assert "du compte que vous avez ici" in said(NEW)
    assert "ne portent pas le même nom" in said(BOB.mail)
    for number, one in enumerate(two):
        PersonKey.objects.create(person=one, kind="national", scope="", digest=bytes([number]) * 16)
    assert "identifiant national" in said(OLD)
    merging.remember(old.pk, new.pk, None)
    assert "déjà vérifié" in said(OLD)
    demands.require()
    protect(new)
    assert "connectez-vous d’abord avec lui" in said(OLD)


def directory_command(*words):
    out = io.StringIO()
    call_command("directory", *words, stdout=out)
    return out.getvalue().strip()


def test_operators_judge_merge_and_unmerge_by_commands(two):
    old, new = two
    (case,) = json.loads(directory_command("cases", "--json"))
    assert (case["rule"], case["newcomer"]["sub"]) == ("R2", new.sub)
    assert directory_command("cases").startswith(f"{case['id']}  R2 9/11  Alice Martin <{NEW}>  Alice Martin <{OLD}>")
    assert directory_command("judge", str(case["id"]), "same").startswith(
        f"One now: Alice Martin <{NEW}> {old.sub}  name and"
    )
    assert directory_command("unmerge", new.sub).endswith("are two again.")
    assert directory_command("cases") == ""
    with pytest.raises(CommandError, match="It was answered already: nothing was changed"):
        directory_command("judge", str(case["id"]), "same")  # they were told apart
    assert directory_command("merge", OLD, NEW).endswith(f"is Alice Martin ({old.sub}).")
    for words, sentence in (
        (("judge", "999", "same"), "Nothing is known here by 999."),
        (("merge", OLD, NEW), "One of the two was merged since: nothing was changed."),
        (("unmerge", BOB.mail), f"Nothing is known here by {people.find(BOB.mail).pk}."),
    ):
        with pytest.raises(CommandError, match=re.escape(sentence)):
            directory_command(*words)
