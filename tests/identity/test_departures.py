"""Who leaves: what is open to them and to others, day by day; what they are told; and that a return gives everything back."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from fido2.utils import websafe_encode

from cartable.identity import (
    absences,
    departing,
    departures,
    directory,
    finding,
    people,
    postings,
    roles,
    structures,
    tasks,
    teams,
)
from cartable.identity.feeds import merging
from cartable.identity.models import Farewell, Membership, Person, Posting, Team
from cartable.kernel import clock, retentions
from cartable.kernel.errors import BadInput, Denied, Expired, NotFound, ReadOnly
from cartable.kernel.models import Act
from cartable.kernel.tasks import run_pending
from cartable.spaces import homes, listing, mounts, sharing, trash, tree
from cartable.spaces.access import Right, Role, reach
from cartable.spaces.models import Grant
from cartable.web.refusals import PAGES
from tests.drive.wire import Device
from tests.identity import passkeys
from tests.identity.oidc.relying import registered, who
from tests.identity.test_pages import PASSWORD, page
from tests.options import having
from tests.standing import stands
from tests.worlds import academies, ada_world, person, put, read

DIJON = "ada@ac-dijon.example"


@stands
def world():
    """Ada and Bob are posted in Dijon, Eve nowhere; what Ada shares is as in `ada_world`."""
    world = ada_world()
    academies()
    for who_ in (world.ada, world.bob):
        postings.begin(Person.objects.get(pk=who_.person), structures.academy("DIJON"))
    ada = Person.objects.get(pk=world.ada.person)
    ada.set_password(PASSWORD)
    ada.save(update_fields=["password"])
    return world


@pytest.fixture
def leave(world, later):
    """Return what makes Ada leave, and some days pass since."""

    def go(days):
        postings.end(Posting.objects.get(person=world.ada.person, start__lte=clock.today()))
        later(days=days)

    return go


def again(actor):
    """Return the same person, as they are now."""
    return people.actor_of(actor.person)


def row(actor):
    return Person.objects.get(pk=actor.person)


def back(actor, **more):
    postings.begin(row(actor), structures.academy("LYON"), **more)


def signed_in():
    browser = Client()
    answer = browser.post("/login", {"login": DIJON, "password": PASSWORD})
    return browser if answer.status_code == 302 and answer.headers["Location"] == "/" else None


# The state is computed


@pytest.mark.parametrize(
    ("days", "state"), [(0, "grace"), (59, "grace"), (60, "archived"), (61, "archived"), (500, "archived")]
)
def test_where_somebody_who_left_stands_day_by_day(world, leave, days, state):
    assert departures.of(row(world.ada)) == "active"
    leave(days)
    assert departures.of(row(world.ada)) == state
    assert departures.of(row(world.eve)) == "active"  # she never had a posting


def test_who_goes_elsewhere_has_not_left(world, later):
    postings.move(row(world.ada), structures.academy("LYON"))
    later(days=400)
    assert departures.of(row(world.ada)) == "active"


def test_who_is_announced_elsewhere_has_not_left(world, leave):
    back(world.ada, on=clock.today() + timedelta(days=100))
    leave(90)
    assert departures.of(row(world.ada)) == "active"
    put(again(world.ada), world.root, "pendant.txt")


def test_a_cancelled_announcement_lets_one_leave(world, leave):
    back(world.ada, on=clock.today() + timedelta(days=100))
    leave(90)
    coming = Posting.objects.get(person=world.ada.person, end=None)
    postings.end(coming, on=coming.start)
    assert departures.of(row(world.ada)) == "archived"


@pytest.mark.parametrize("kind", absences.Kind)
def test_who_is_away_has_not_left(world, leave, later, kind):
    absences.begin(row(world.ada), kind, until=clock.today() + timedelta(days=400))
    leave(399)
    assert departures.of(row(world.ada)) == "active"
    put(again(world.ada), world.root, "de loin.txt")
    later(days=1)
    assert departures.of(row(world.ada)) == "grace"


def test_an_absence_ends_when_one_says_so(world, leave):
    absences.begin(row(world.ada), absences.Kind.SECONDMENT)
    leave(100)
    absences.end(row(world.ada))
    assert departures.of(row(world.ada)) == "grace"
    with pytest.raises(NotFound):
        absences.end(row(world.ada))
    with pytest.raises(BadInput):
        absences.begin(row(world.ada), absences.Kind.SICK, until=clock.today())


def test_an_absence_that_had_not_begun_never_was(world):
    absences.begin(row(world.ada), absences.Kind.PARENTAL, on=clock.today() + timedelta(days=9))
    absences.end(row(world.ada))
    assert absences.of(world.ada.person) == []


# For sixty days one reads


def refuses(act, *args, **more):
    with pytest.raises(ReadOnly):
        act(*args, **more)


def test_who_left_reads_and_changes_nothing(world, leave):
    leave(30)
    ada = again(world.ada)
    assert read(ada, world.devoir) == b"d" * 1000
    assert [one.entry.name for one in listing.children(ada, world.root)] == ["Archives", "Cours"]
    refuses(put, ada, world.root, "après.txt")
    refuses(tree.make_folder, ada, world.root, "Après")
    refuses(tree.move, ada, world.devoir, into=world.maths, name="autre.pdf")
    refuses(trash.discard, ada, world.devoir)
    refuses(sharing.give, ada, world.devoir, f"person:{world.eve.person}", Role.READ)
    refuses(sharing.make_link, ada, world.devoir)
    refuses(teams.form, ada, "Équipe")
    assert Act.objects.filter(verb="team.form").count() == 0


def test_who_led_a_team_leads_no_more(world, leave):
    team = teams.form(world.ada, "SVT", [row(world.bob)])
    shared = put(again(world.ada), homes.home(f"team:{team.pk}").root, "note.txt", b"t")
    leave(1)
    ada = again(world.ada)
    assert read(ada, shared.id) == b"t"
    assert [hit.name for hit, _ in teams.members(ada, team.pk)] == ["Ada Lovelace", "Bob Dupont"]
    refuses(put, ada, homes.home(f"team:{team.pk}").root, "autre.txt")
    refuses(teams.add, ada, team.pk, row(world.eve))
    refuses(teams.remove, ada, team.pk, row(world.ada))


def test_no_etag_of_theirs_moves(world, leave, later):
    sharing.give(world.bob, homes.home_of(world.bob).root, f"person:{world.ada.person}", Role.READ)

    def etag():
        ada = again(world.ada)
        return mounts.root_etag(ada, reach(ada, world.root, Right.VIEW).entry, mounts.of(ada))

    before = etag()
    leave(30)
    assert etag() == before
    later(days=60)
    departing.see_off.func()
    back(world.ada)
    assert etag() == before


def test_reaching_costs_no_query_more(world, leave, django_assert_num_queries):
    leave(30)
    ada = again(world.ada)
    with django_assert_num_queries(2):
        reach(ada, world.devoir, Right.READ)
    with django_assert_num_queries(2), pytest.raises(ReadOnly):
        reach(ada, world.devoir, Right.WRITE)


def test_each_door_says_why(world, leave):
    device = Device(world.ada)
    leave(1)
    for method, path in (("PUT", "/après.txt"), ("MKCOL", "/Après"), ("DELETE", "/Cours"), ("PROPPATCH", "/Cours")):
        reply = device.on(method, path, b"x" if method == "PUT" else b"")
        if method != "PROPPATCH":
            assert (reply.status, reply.message) == (403, str(PAGES[ReadOnly][1])), method
    assert device.on("GET", "/Archives/note.txt").body == b"bonjour"
    fields = b"path=/Cours&shareType=3"
    reply = device.ask("POST", "/ocs/v2.php/apps/files_sharing/api/v1/shares", fields, OCS_APIRequest="true")
    assert reply.status == 403
    assert "se lit, sans se modifier" in reply.body.decode()
    browser = signed_in()
    answer = browser.post(f"/f/{world.root}/new", {"name": "Après"})
    assert (answer.status_code, "se lit, sans se modifier" in answer.content.decode()) == (403, True)


def test_each_page_says_until_when_with_the_way_to_take_everything_away(world, leave):
    browser = signed_in()
    assert "Emporter mes données" not in page(browser.get("/"))
    leave(1)
    for address in ("/", "/recent", "/me"):
        shown = page(browser.get(address))
        assert "sera archivé" in shown
        assert 'href="/me/export"' in shown


# Then nobody gets in, and nothing is lost


def test_an_archived_account_opens_by_no_means(world, leave):
    browser, device, notes = signed_in(), Device(world.ada), registered()
    told = notes.tokens(browser)
    leave(60)
    assert browser.get("/me").headers["Location"].startswith("/login")  # a session that was open
    assert signed_in() is None
    assert "archivé depuis le" in page(Client().post("/login", {"login": DIJON, "password": PASSWORD}, follow=True))
    assert device.on("PROPFIND", "/").status == 401
    assert who(told["access_token"])[0] == 401
    assert notes.refresh(told["refresh_token"])[0] == 400
    with pytest.raises(AssertionError):
        registered().asked(browser)
    run_pending()
    mail.outbox.clear()
    people_before = Person.objects.count()
    Client().post("/forgotten", {"mail": DIJON})
    run_pending()
    assert (mail.outbox, Person.objects.count()) == ([], people_before)


def test_a_passkey_of_an_archived_account_is_answered_as_one_that_nobody_has(world, leave):
    known, lost, stranger = passkeys.add(signed_in()), passkeys.Passkey(), passkeys.Passkey()
    lost.owner = known.owner  # of the same person, and it was never added
    stranger.owner = websafe_encode(b"999999")
    browser = Client()
    assert page(passkeys.sign_in(browser, known)).count("Ada")
    assert browser.get("/me").status_code == 200
    leave(60)
    answers = []
    for one in (known, lost, stranger):
        browser = Client()
        answer = passkeys.sign_in(browser, one)
        answers.append((answer.redirect_chain, [str(said) for said in answer.context["messages"]]))
        assert browser.get("/me").status_code == 302
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == [("/login", 302)]
    assert "n’ouvre aucun compte" in answers[0][1][0]
    assert [one.verb for one in Act.objects.filter(verb="sign-in.archived", object=world.ada.person)]
    back(world.ada)
    browser = Client()
    passkeys.sign_in(browser, known)
    assert browser.get("/me").status_code == 200, "a return gives it back"


def test_a_wrong_password_does_not_tell_that_an_account_is_archived(world, leave):
    leave(60)
    shown = page(Client().post("/login", {"login": DIJON, "password": "un autre mot de passe"}))
    assert "ne vont pas ensemble" in shown
    assert "archivé" not in shown


def test_an_archived_person_is_not_found_and_keeps_their_name(world, leave):
    assert [hit.name for hit in directory.find(again(world.bob), "lovelace")] == ["Ada Lovelace"]
    leave(60)
    assert directory.find(again(world.bob), "lovelace") == []
    assert finding.at([], DIJON) == []
    assert directory.name_of(f"person:{world.ada.person}") == "Ada Lovelace"


@pytest.mark.parametrize("days", [59, 61, 200, 900])
@pytest.mark.parametrize("announced", [0, 20])
def test_15_a_return_gives_everything_back_at_once(world, leave, days, announced):
    sharing.give(world.ada, world.devoir, f"person:{world.eve.person}", Role.READ)
    token = sharing.make_link(world.ada, world.note).link
    team = teams.form(world.ada, "SVT", [row(world.bob)])
    device, sub = Device(world.ada), row(world.ada).sub
    leave(days)
    departing.see_off.func()
    run_pending()
    back(world.ada, on=clock.today() + timedelta(days=announced))
    ada = again(world.ada)
    assert departures.of(row(world.ada)) == "active"
    assert (row(world.ada).sub, signed_in() is not None) == (sub, True)
    assert device.on("GET", "/Archives/note.txt").body == b"bonjour"
    assert device.on("PUT", "/retour.txt", b"x").status == 201
    assert read(again(world.eve), world.devoir) == read(ada, world.devoir)
    assert read(sharing.follow(token)[0], world.note) == b"bonjour"
    assert f"lead:{team.pk}" in ada.principals
    assert not Grant.objects.filter(asleep=True).exists()


# What they shared


def test_43_what_was_shared_closes_at_archive_and_those_it_was_shared_with_are_told(world, leave, later):
    hour = clock.now() + timedelta(days=500)
    token = sharing.make_link(world.ada, world.note, expires_at=hour).link
    over = sharing.make_link(world.ada, world.note, expires_at=clock.now() + timedelta(days=2)).link
    leave(30)
    departing.see_off.func()
    run_pending()
    told = [message for message in mail.outbox if message.to == ["bob@ac-dijon.example"]]
    assert [message.subject for message in told] == ["Ce que partage avec vous Ada Lovelace se ferme bientôt"]
    assert read(again(world.bob), world.devoir)
    later(days=30)
    departing.see_off.func()
    with pytest.raises(NotFound):
        read(again(world.bob), world.devoir)
    assert mounts.of(again(world.bob)) == []
    for one in (token, over):
        with pytest.raises(Expired):
            sharing.follow(one)
    back(world.ada)
    assert read(again(world.bob), world.devoir)
    assert sharing.follow(token)[1].expires_at == hour
    with pytest.raises(Expired):
        sharing.follow(over)  # it would have ended anyway
    assert len([one for one in mail.outbox if one.to == ["bob@ac-dijon.example"]]) == 1


def test_43_what_belongs_to_a_team_stays_open(world, leave):
    team = teams.form(world.ada, "SVT", [row(world.bob)])
    note = put(again(world.ada), homes.home(f"team:{team.pk}").root, "note.txt", b"t")
    token = sharing.make_link(again(world.ada), note.id).link
    leave(60)
    departing.see_off.func()
    assert read(again(world.bob), note.id) == b"t"
    assert read(sharing.follow(token)[0], note.id) == b"t"


def test_what_sleeps_wakes_when_two_accounts_become_one(world, leave):
    """Who came back under another name: the old account, archived, is merged into the new one."""
    leave(60)
    departing.see_off.func()
    new = person("Ada King", "ada@ac-lyon.example")
    postings.begin(new, structures.academy("LYON"))
    merging.merge(new, row(world.ada))
    assert read(again(world.bob), world.devoir) == b"d" * 1000
    assert not Grant.objects.filter(asleep=True).exists()


def test_those_of_a_team_something_is_shared_with_are_told_too(world, leave):
    team = teams.form(world.bob, "SVT", [row(world.ada), row(world.eve)])
    sharing.give(again(world.ada), world.devoir, f"team:{team.pk}", Role.READ)
    leave(30)
    departing.see_off.func()
    run_pending()
    assert {one.to[0] for one in mail.outbox if "se ferme bientôt" in one.subject} == {
        "bob@ac-dijon.example",
        "eve@ac-dijon.example",
    }


# What they are told


def told_ada():
    run_pending()
    found = [message for message in mail.outbox if message.to == [DIJON]]
    mail.outbox.clear()
    return [message.subject for message in found]


def test_who_leaves_is_told_three_times_each_once(world, leave, later):
    leave(0)
    expected = {0: "se lit, sans se modifier", 30: "dans un mois", 53: "dans une semaine"}
    for day in range(70):
        departing.see_off.func()
        departing.see_off.func()
        said = told_ada()
        assert [bool(re.search(expected[day], one)) for one in said] == ([True] if day in expected else []), (day, said)
        later(days=1)


def test_a_night_that_was_missed_is_made_up_for_by_the_last_letter(world, leave):
    leave(55)
    departing.see_off.func()
    assert told_ada() == ["Votre compte sera archivé dans une semaine"]
    assert set(Farewell.objects.values_list("said", flat=True)) == {"left", "month", "week"}


def test_who_left_long_ago_is_put_away_without_a_word(world, leave):
    leave(300)
    departing.see_off.func()
    assert told_ada() == []
    assert Act.objects.filter(verb="person.archive", object=world.ada.person).count() == 1


def test_where_the_grace_is_short_those_shared_with_are_told_at_once(world, leave, monkeypatch):
    monkeypatch.setattr(retentions, "options", having(grace_days=10))
    leave(0)
    departing.see_off.func()
    assert told_ada() == ["Votre compte se lit, sans se modifier"]
    assert list(departing.steps(row(world.ada).left_on)) == ["left", "week", "closed"]
    assert Farewell.objects.count() == 1


def test_a_letter_is_not_sent_to_who_is_back(world, leave):
    leave(0)
    departing.see_off.func()
    back(world.ada)
    assert told_ada() == []


def test_a_second_departure_is_told_as_the_first_was(world, leave, later):
    leave(0)
    departing.see_off.func()
    back(world.ada)
    later(days=10)
    told_ada()
    postings.end(Posting.objects.get(person=world.ada.person, end=None))
    departing.see_off.func()
    assert told_ada() == ["Votre compte se lit, sans se modifier"]


# Whom they led


def test_42_a_team_goes_to_who_directs_the_structure_of_its_last_leader(world, leave):
    team = teams.form(world.ada, "SVT", [row(world.eve)])
    postings.begin(row(world.bob), structures.academy("DIJON"), function="DIR")
    leave(1)
    departing.see_off.func()
    departing.see_off.func()
    leads = Membership.objects.filter(team=team, leads=True).values_list("person_id", flat=True)
    assert set(leads) == {world.ada.person, world.bob.person}
    teams.add(again(world.bob), team.pk, row(world.eve), leads=True)
    run_pending()
    assert [m.subject for m in mail.outbox if m.to == ["bob@ac-dijon.example"]] == ["Une équipe vous revient"]


def test_42_nobody_left_there_so_it_goes_above(world, later):
    school = structures.open_school("0210015C", "Lycée Carnot", structures.academy("DIJON"))
    team = teams.form(world.ada, "SVT")
    postings.move(row(world.ada), school)
    postings.begin(row(world.bob), structures.academy("DIJON"), function="DIR")
    later(days=1)
    postings.end(Posting.objects.get(person=world.ada.person, end=None))
    departing.see_off.func()
    assert f"lead:{team.pk}" in again(world.bob).principals


def test_42_where_nobody_directs_who_administers_leads(world, leave):
    team, dijon = teams.form(world.ada, "SVT", [row(world.eve)]), structures.academy("DIJON")
    postings.begin(row(world.bob), dijon)
    roles.give(None, row(world.bob), "admin", dijon)
    roles.give(None, row(world.bob), "support", dijon)
    leave(1)
    departing.see_off.func()
    assert f"lead:{team.pk}" in again(world.bob).principals
    assert f"lead:{team.pk}" not in again(world.eve).principals


@pytest.fixture
def schools(db):
    """Carnot, which Bob directs and Ada taught in for years; Buffon, where she works since September; a team of Carnot that she leads."""
    dijon, _ = academies()
    carnot, buffon = (
        structures.open_school(f"021001{n}{letter}", name, dijon)
        for n, letter, name in ((5, "C", "Carnot"), (7, "E", "Buffon"))
    )
    ada, bob = person("Ada Lovelace", DIJON), person("Bob Dupont", "bob@ac-dijon.example")
    postings.begin(bob, carnot, function="DIR")
    postings.begin(ada, carnot, on=clock.today() - timedelta(days=900))
    team = teams.form_for(people.actor(bob), "Conseil pédagogique", carnot, ada)
    return ada, bob, carnot, buffon, team


def leaders(team):
    return sorted(Membership.objects.filter(team=team, leads=True).values_list("person__name", flat=True))


def test_a_team_of_a_structure_goes_to_its_head_too_once_who_leads_it_works_elsewhere(schools, later):
    ada, bob, _carnot, buffon, team = schools
    postings.move(ada, buffon)
    departing.see_off.func()
    assert leaders(team) == ["Ada Lovelace"], "in the grace she hands it over herself"
    later(days=61)
    departing.see_off.func()
    assert leaders(team) == ["Ada Lovelace", "Bob Dupont"]
    run_pending()
    [letter] = [one for one in mail.outbox if one.to == ["bob@ac-dijon.example"]]
    assert letter.subject == "Une équipe vous revient"
    assert "travaille ailleurs désormais" in letter.body
    teams.remove(people.actor(Person.objects.get(pk=bob.pk)), team.pk, ada)
    departing.see_off.func()
    assert leaders(team) == ["Bob Dupont"]


@pytest.mark.parametrize("why", ["both", "role", "above", "invited", "below", "another leads", "closed"])
def test_a_team_of_a_structure_stays_as_it_is_while_somebody_answers_for_it(schools, later, why):
    ada, bob, carnot, buffon, team = schools
    dijon = structures.academy("DIJON")
    if why == "both":
        postings.begin(ada, buffon)
    elif why == "above":
        postings.move(ada, dijon)
    elif why == "below":
        Team.objects.filter(pk=team.pk).update(structure=dijon)
        postings.move(ada, buffon)
    elif why == "invited":
        Membership.objects.filter(team=team).delete()
        Membership.objects.create(team=team, person=person("Eve Petit", "eve@ac-dijon.example"), leads=True)
    else:
        postings.move(ada, buffon)
    if why == "another leads":
        other = person("Zoé Roux", "zoe@ac-dijon.example")
        postings.begin(other, carnot)
        Membership.objects.create(team=team, person=other, leads=True)
    elif why == "role":
        roles.give(None, ada, "support", dijon, until=clock.today() + timedelta(days=300))
    elif why == "closed":
        teams.close(people.actor(bob), team.pk, closed=True)
    before = leaders(team)
    later(days=61)
    departing.see_off.func()
    assert leaders(team) == before


def test_42_where_nobody_directs_anything_a_member_leads(world, leave):
    team = teams.form(world.ada, "SVT", [row(world.eve)])
    leave(1)
    departing.see_off.func()
    assert f"lead:{team.pk}" in again(world.eve).principals


def test_42_the_space_of_a_structure_that_nobody_directs_is_managed_from_above(world, later):
    dijon = structures.academy("DIJON")
    school = structures.open_school("0210015C", "Lycée Carnot", dijon)
    postings.begin(row(world.eve), school, function="DIR")
    postings.begin(row(world.bob), dijon, function="DIR")
    root = homes.home(f"structure:{school.pk}").root
    departing.see_off.func()
    with pytest.raises(NotFound):
        reach(again(world.bob), root, Right.MANAGE)
    postings.end(Posting.objects.get(person=world.eve.person))
    later(days=1)
    for _ in range(2):
        departing.see_off.func()
        assert reach(again(world.bob), root, Right.MANAGE)
    postings.begin(row(world.eve), school, function="DIR")
    departing.see_off.func()
    assert reach(again(world.eve), root, Right.MANAGE)
    with pytest.raises((NotFound, Denied)):
        reach(again(world.bob), root, Right.MANAGE)


# It is derived, and can be derived again


def test_what_was_written_behind_our_back_is_mended(world):
    ended = {"start": clock.today() - timedelta(days=9), "end": clock.today() - timedelta(days=3)}
    Posting.objects.filter(person=world.ada.person).update(**ended)
    Person.objects.filter(pk=world.bob.person).update(left_on=clock.today())
    Person.objects.filter(pk=world.eve.person).update(left_on=clock.today())
    assert departures.of(row(world.ada)) == "active"
    assert set(departures.amiss()) == {world.ada.person, world.bob.person, world.eve.person}
    tasks.mend_departures.func()
    assert [departures.of(row(one)) for one in (world.ada, world.bob, world.eve)] == ["grace", "active", "active"]
    assert departures.amiss() == []


@pytest.mark.parametrize(("academy", "hour"), [("41", 10), ("40", -11)])
def test_14_overseas_nobody_leaves_before_their_own_midnight(world, monkeypatch, academy, hour):
    """Papeete is eleven or twelve hours behind Paris, Nouméa ten ahead: the last day is worked to its end there."""
    last = date(2027, 3, 1)
    place = structures.academy(academy)
    Posting.objects.filter(person=world.ada.person).update(structure=place, end=last)
    people.changed([world.ada.person])
    midnight = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
    monkeypatch.setattr(clock, "now", lambda: midnight - timedelta(minutes=1))
    assert not again(world.ada).leaving
    monkeypatch.setattr(clock, "now", lambda: max(midnight, datetime(2027, 2, 28, 23, tzinfo=UTC)))
    assert again(world.ada).leaving
