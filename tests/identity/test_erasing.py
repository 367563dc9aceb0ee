"""The end of an account: what goes, what stays by "ancien agent", and that who kills it finds the same end."""

import re
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client

from cartable.identity import (
    absences,
    appointing,
    credentials,
    departing,
    departures,
    directory,
    erasing,
    people,
    postings,
    quarantine,
    structures,
    teams,
)
from cartable.identity.feeds import merging, turns
from cartable.identity.feeds.models import Civil, MatchCase, PersonKey
from cartable.identity.models import Address, Membership, Person, Posting
from cartable.identity.oidc.models import Subject
from cartable.identity.oidc.subjects import subject
from cartable.kernel import clock, notices
from cartable.kernel.errors import BadInput, Conflict, Denied, NameTaken, NotFound
from cartable.kernel.models import Act
from cartable.kernel.tasks import run_pending
from cartable.pads.extracts.models import Mention
from cartable.spaces import checking, homes, listing, sharing, trash
from cartable.spaces import erasing as tree_erasing
from cartable.spaces.access import Role
from cartable.spaces.models import Change, Favorite, Link, Node, Space, Version
from tests.drive.wire import Device
from tests.identity.oidc.relying import registered
from tests.offices import WHO
from tests.standing import stands
from tests.worlds import academies, ada_world, person, put, read

DIJON = "ada@ac-dijon.example"


@stands
def world():
    """What Ada has is as in `ada_world`, and something of each other kind."""
    world = ada_world()
    dijon, _lyon = academies()
    ada = Person.objects.get(pk=world.ada.person)
    postings.begin(ada, dijon)
    put(world.ada, world.archives, "note.txt", b"seconde")
    trash.discard(world.ada, put(world.ada, world.root, "jetée.txt").id)
    sharing.make_link(world.ada, world.note)
    listing.star(world.ada, world.note, on=True)
    sharing.give(world.bob, homes.home_of(world.bob).root, f"person:{ada.pk}", Role.WRITE)
    credentials.new_app_password(ada.pk, "portable")
    flow, _poll = credentials.start_device_login("client")
    credentials.allow_device(ada.pk, flow)
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "x"})
    SocialAccount.objects.create(user=ada, provider="dijon", uid="x")
    PersonKey.objects.create(person=ada, kind="aaf", scope="10", digest=b"0" * 16)
    Civil.objects.create(person=ada, usage_name="LOVELACE", birth_name="BYRON", first_name="ADA")
    MatchCase.objects.create(newcomer=ada, candidate_id=world.eve.person, rule="R3", score=1, evidence={}, source="")
    notices.tell([ada.pk], "mention", world.note, by=world.bob.person)
    notices.tell([world.bob.person], "mention", world.note, by=ada.pk)
    Mention.objects.create(node=world.note, person=ada.pk, name="Ada", by=ada.pk, at=clock.now(), told=True)
    return world


@pytest.fixture
def gone(world, later):
    """Ada left so long ago that she is to be erased."""
    postings.end(Posting.objects.get(person=world.ada.person))
    later(days=60 + 365)
    departing.see_off.func()
    run_pending()
    return Person.objects.get(pk=world.ada.person)


def row(actor):
    return Person.objects.get(pk=actor.person)


def left(actor):
    """Return how many rows of each table of ours still mean a person, by their number or as a principal."""
    found = {}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if (isinstance(field, models.ForeignKey) and field.related_model is Person) or (
                isinstance(field, models.BigIntegerField) and field.name in NUMBERS
            ):
                found[f"{model._meta.label}.{field.name}"] = model.objects.filter(**{field.name: actor.person}).count()
            elif isinstance(field, models.CharField) and field.name in {"principal", "owner", "holder"}:
                value = f"person:{actor.person}"
                found[f"{model._meta.label}.{field.name}"] = model.objects.filter(**{field.name: value}).count()
    return {name: count for name, count in found.items() if count}


NUMBERS = {"person", "author", "trashed_by", "given_by", "by"}
STAYS = {  # and why
    "kernel.Retention.person": "who set how long things are kept, by a number that means nothing by itself",
    "kernel.Act.person": "the audit trail is kept for its time, by a number that means nothing by itself",
    "spaces.Space.owner": "so that the space is never opened again; it has no root, and no title",
    "spaces.Node.author": "what they wrote in the spaces of teams and structures stays there",
    "spaces.Node.trashed_by": "the same",
    "spaces.Version.author": "the same",
    "spaces.Change.person": "the journal of the spaces of others",
    "spaces.Grant.given_by": "what they gave there stays given",
    "oidc.Subject.person": "an id that an application knows is nobody else's, ever",
    "oidc.Provisioned.person": "the application has to be told that there is nobody any more",
    "oidc.Authorization.person": "ended; the application has to hear of it, and the row goes within two weeks",
    "identity.Person.merged_into": "who was merged into them is blank as well",
    "identity.Delegation.given_by": "the role of another",
    "feeds.MatchCase.by": "the answer about others stays",
    "feeds.MergeLog.by": "the same",
}


@pytest.mark.django_db(databases="__all__")  # that of pads too, where it is another
def test_no_table_that_knows_people_is_left_out(world, gone):
    """Each table of ours, and of our libraries, that has a key of a person is empty of them, or says why it stays."""
    assert len(left(world.ada)) > 12
    erasing.erase(gone)
    run_pending()
    assert set(left(world.ada)) - set(STAYS) == set()


def test_what_is_known_of_a_person_goes(world, gone):
    note, sub = world.note, gone.sub
    erasing.erase(gone)
    run_pending()
    blank = row(world.ada)
    assert (blank.name, blank.folded, blank.sub, departures.of(blank)) == ("Ancien agent", "", sub, "erased")
    assert not blank.has_usable_password()
    assert not Node.objects.filter(space=world.space).exists()
    for model in (Version, Link, Favorite):
        assert not model.objects.exists()
    assert not Change.objects.filter(space=world.space).exists()
    with pytest.raises(NotFound):
        read(world.bob, note)
    with pytest.raises(NotFound):
        homes.home(f"person:{gone.pk}")
    space = Space.objects.get(pk=world.space)
    assert (space.used, space.used_trash, space.used_versions) == (0, 0, 0)
    assert list(checking.faults()) == []
    assert people.find(sub) == blank
    with pytest.raises(NotFound):
        directory.by_sub(sub)
    assert directory.names_of([f"person:{gone.pk}"]) == {}


def arrive_as_head(place):
    head = person("Rectrice Martin", "rectrice@ac-dijon.example")
    postings.begin(head, place, function="DIR")
    return people.actor(Person.objects.get(pk=head.pk))


def test_a_team_that_only_they_led_gets_another_leader(world):
    ada, dijon = row(world.ada), structures.academy("DIJON")
    head = arrive_as_head(dijon)
    alone = teams.form(people.actor(ada), "SVT", [row(world.eve)])
    shared = teams.form(people.actor(ada), "PRF", [row(world.bob)])
    empty = teams.form_for(head, "Seule", dijon, ada)
    teams.add(people.actor(row(world.ada)), shared.pk, row(world.bob), leads=True)
    erasing.erase(ada, reason="demande")
    leads = set(Membership.objects.filter(leads=True).values_list("team_id", "person_id"))
    assert leads == {(alone.pk, head.person), (shared.pk, world.bob.person), (empty.pk, head.person)}


def test_a_team_goes_to_where_its_leader_works_and_not_to_where_they_worked_once(world, later):
    ada, dijon = row(world.ada), structures.academy("DIJON")
    team, head = teams.form(people.actor(ada), "SVT"), arrive_as_head(dijon)
    lyon = postings.begin(ada, structures.academy("LYON"))
    postings.begin(row(world.bob), structures.academy("LYON"), function="DIR")
    later(days=1)
    postings.end(lyon)
    erasing.erase(ada, reason="demande")
    assert Membership.objects.get(team=team).person_id == head.person


def test_a_team_that_nobody_could_take_over_gets_a_leader_once_there_is_somebody(world):
    team = teams.form(world.ada, "SVT")
    erasing.erase(row(world.ada), reason="demande")
    assert not Membership.objects.filter(team=team).exists()
    Membership.objects.create(team=team, person=row(world.eve))
    departing.see_off.func()
    assert Membership.objects.get(team=team).leads


def test_an_address_that_was_somebodys_is_given_to_nobody_and_can_no_longer_be_read(world, gone):
    erasing.erase(gone)
    assert not Address.objects.filter(person=gone).exists()
    with pytest.raises(NotFound):
        people.find(DIJON)
    with pytest.raises(NameTaken):
        person("Ada Martin", DIJON.upper())
    with pytest.raises(NameTaken):
        people.give_address(row(world.eve), DIJON)
    assert quarantine.held([DIJON, "autre@ac-dijon.example"]) == {DIJON}
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest FROM identity_formeraddress")
        assert b"ada" not in bytes(cursor.fetchone()[0])


def test_46_what_they_wrote_for_a_team_stays_and_reads(world, later):
    team = teams.form(world.bob, "SVT", [row(world.ada)])
    root = homes.home(f"team:{team.pk}").root
    note = put(people.actor_of(world.ada.person), root, "compte rendu.txt", b"t")
    postings.end(Posting.objects.get(person=world.ada.person))
    later(days=500)
    departing.see_off.func()
    erasing.erase(row(world.ada))
    run_pending()
    bob = people.actor_of(world.bob.person)
    assert read(bob, note.id) == b"t"
    browser = Client()
    browser.force_login(row(world.bob), "cartable.identity.credentials.ByAddress")
    for address in (
        f"/f/{root}",
        f"/f/{note.id}/about",
        f"/f/{note.id}/versions",
        f"/teams/{team.pk}",
        "/recent",
        "/shared",
    ):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "Lovelace" not in answer.content.decode()
    assert browser.get(f"/people/{row(world.ada).sub}").status_code == 404
    assert Device(bob).on("PROPFIND", "/SVT", Depth="1").status == 207


def test_nobody_is_erased_before_the_period_is_over(world, later):
    with pytest.raises(Conflict):
        erasing.erase(row(world.ada))
    postings.end(Posting.objects.get(person=world.ada.person))
    later(days=60 + 364)
    with pytest.raises(Conflict):
        erasing.erase(row(world.ada))
    assert list(erasing.due()) == []
    later(days=1)
    assert list(erasing.due()) == [world.ada.person]
    assert people.find(DIJON).name == "Ada Lovelace"


def test_the_task_erases_whose_period_is_over_and_nobody_else(world, gone):
    erasing.erase_due.func()
    assert departures.of(row(world.ada)) == "erased"
    assert [departures.of(row(one)) for one in (world.bob, world.eve)] == ["active", "active"]
    assert list(erasing.due()) == []
    erasing.erase_due.func()


def test_who_cannot_be_erased_tonight_keeps_nobody_else(world, gone):
    """A large folder leaves Ada's space: she is erased the next night, Bob at once."""
    bob = row(world.bob)
    Person.objects.filter(pk=bob.pk).update(left_on=gone.left_on)
    Space.objects.filter(pk=world.space).update(transits=1)
    erasing.erase_due.func()
    assert [departures.of(row(one)) for one in (world.ada, world.bob)] == ["archived", "erased"]
    Space.objects.filter(pk=world.space).update(transits=0)
    erasing.erase_due.func()
    assert departures.of(row(world.ada)) == "erased"


def test_with_a_reason_the_law_may_have_it_done_now(world):
    erasing.erase(row(world.ada), reason="décision du 3 mars")
    assert departures.of(row(world.ada)) == "erased"
    act = Act.objects.get(verb="person.erase")
    assert (act.object, act.detail["reason"]) == (world.ada.person, "décision du 3 mars")


def test_who_returns_the_day_before_keeps_everything(world, later):
    postings.end(Posting.objects.get(person=world.ada.person))
    later(days=60 + 366)
    postings.begin(row(world.ada), structures.academy("LYON"))
    erasing.erase_due.func()
    assert read(people.actor_of(world.ada.person), world.note) == b"seconde"


@pytest.mark.django_db(databases="__all__")  # that of pads too, where it is another
def test_killed_anywhere_it_comes_to_the_same_end(world, gone, monkeypatch):
    """Each step that may be the last one: what was begun is undone, or goes on by its task; then it is run again."""

    class Killed(BaseException):
        pass

    erases = [f"{module}.{name}" for module, name in STEPS]
    for module, name in STEPS:
        with monkeypatch.context() as broken:
            broken.setattr(f"{module}.{name}", lambda *_a, **_k: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed), transaction.atomic():
                erasing.erase(row(world.ada))
        assert departures.of(row(world.ada)) == "archived", (module, name, erases)
        assert Address.objects.filter(person=gone).exists()
    erasing.erase(row(world.ada))
    erasing.erase(row(world.ada))  # again, before its tasks ran
    run_pending()
    erasing.erase(row(world.ada))
    run_pending()
    assert set(left(world.ada)) - set(STAYS) == set()
    assert not Node.objects.filter(space=world.space).exists()


def test_documents_that_were_half_erased_go_on_being(world, gone, monkeypatch):
    monkeypatch.setattr("cartable.spaces.erasing.BATCH", 2)
    real, turns = tree_erasing._erase_some, iter(range(3))

    def cut_short(space_id):
        if next(turns, None) is None:
            raise OSError("killed")
        return real(space_id)

    erasing.erase(gone)
    with monkeypatch.context() as broken:
        broken.setattr("cartable.spaces.erasing._erase_some", cut_short)
        with pytest.raises(OSError, match="killed"):
            tree_erasing.erase_cut.func(world.space)
    assert Node.objects.filter(space=world.space).exists()
    run_pending()
    assert not Node.objects.filter(space=world.space).exists()
    assert list(checking.faults()) == []


STEPS = (
    ("cartable.identity.sessions", "end_others"),
    ("cartable.spaces.erasing", "cut_off"),
    ("cartable.identity.feeds.leaving", "_cases"),
    ("cartable.identity.quarantine", "keep"),
    ("cartable.identity.people", "changed"),
    ("cartable.kernel.audit", "record"),
)


def test_the_ids_that_applications_know_stay_and_are_nobody_elses(world, gone):
    application = registered(sector="notes.example")
    del application
    known = subject(gone, "notes.example")
    erasing.erase(gone)
    assert Subject.objects.get(sub=known).person_id == gone.pk


def test_who_was_merged_into_them_is_erased_with_them(world, gone):
    twin = person("Ada Byron", "byron@ac-lyon.example")
    merging.merge(gone, twin)
    gone.refresh_from_db()
    with pytest.raises(Conflict):
        erasing.erase(Person.objects.get(pk=twin.pk))
    erasing.erase(gone)
    assert Person.objects.get(pk=twin.pk).name == "Ancien agent"
    with pytest.raises(NameTaken):
        person("X", "byron@ac-lyon.example")


# Who may


@pytest.mark.parametrize("name", WHO)
def test_a_data_protection_officer_erases_below_their_structure_and_nobody_else_does(offices, name):
    carnot, _dijon, lyon = WHO[name]
    for somebody, acts in ((offices.inside, carnot), (offices.outside, lyon)):
        postings.end(somebody.postings.get())
        if "retention" not in acts:
            with pytest.raises((Denied, NotFound)):
                erasing.as_officer(offices.actor(name), somebody.sub, "demande")
            assert Person.objects.get(pk=somebody.pk).erased_at is None
            continue
        with pytest.raises(BadInput):
            erasing.as_officer(offices.actor(name), somebody.sub, "  ")
        erasing.as_officer(offices.actor(name), somebody.sub, "demande")
        assert Person.objects.get(pk=somebody.pk).erased_at is not None
        assert Act.objects.get(verb="person.erase", object=somebody.pk).person == offices.person(name).pk
    with pytest.raises((Denied, NotFound)):
        erasing.as_officer(offices.actor(name), offices.person(name).sub, "moi-même")


@pytest.mark.parametrize("name", WHO)
def test_the_page_erases_for_whom_the_verb_does(offices, name):
    browser, form = offices.browse(name), {"reason": "demande du 3 mars", "read": "yes"}
    carnot, _dijon, lyon = WHO[name]
    for somebody, acts in ((offices.inside, carnot), (offices.outside, lyon)):
        postings.end(somebody.postings.get())
        answer = browser.post(f"/admin/people/{somebody.sub}/erasure", form)
        erased = Person.objects.get(pk=somebody.pk).erased_at is not None
        assert erased == ("retention" in acts)
        assert answer.status_code == (303 if erased else 404 if "retention" in carnot | lyon else 403)


def test_nobody_is_erased_whom_a_posting_or_an_absence_holds(offices):
    dpo, somebody = offices.actor("nation-dpo"), offices.inside
    with pytest.raises(erasing.StillHere):
        erasing.as_officer(dpo, somebody.sub, "demande")
    absences.begin(somebody, absences.Kind.PARENTAL)
    postings.end(somebody.postings.get())
    with pytest.raises(erasing.StillHere):
        erasing.as_officer(dpo, somebody.sub, "demande")
    absences.end(somebody)
    erasing.as_officer(dpo, somebody.sub, "demande")
    guest = person("Guest", "guest@ac-dijon.example")  # nothing ever held them
    erasing.as_officer(dpo, guest.sub, "compte créé par erreur")
    assert Act.objects.filter(verb="person.erase").count() == 2


def test_an_absence_holds_who_never_was_posted_until_it_is_over(offices):
    dpo, guest = offices.actor("nation-dpo"), person("Guest", "guest@ac-dijon.example")
    day = timedelta(days=1)
    absences.begin(guest, absences.Kind.SICK, on=clock.today() - day)
    with pytest.raises(erasing.StillHere):
        erasing.as_officer(dpo, guest.sub, "demande")
    absences.end(guest)
    absences.begin(guest, absences.Kind.SICK, on=clock.today() + day, until=clock.today() + 2 * day)
    with pytest.raises(erasing.StillHere):
        erasing.as_officer(dpo, guest.sub, "demande")
    absences.end(guest)
    erasing.as_officer(dpo, guest.sub, "demande")
    assert Person.objects.get(pk=guest.pk).erased_at is not None


@pytest.mark.parametrize(("place", "refusal"), [("carnot", erasing.StillHere), ("ampere", NotFound)])
def test_who_is_posted_while_an_officer_waits_for_their_turn_is_not_erased(offices, monkeypatch, place, refusal):
    somebody, dpo = offices.inside, offices.actor("dpo")
    postings.end(somebody.postings.get())

    def wait():
        postings.begin(somebody, getattr(offices, place))  # by the feed that was first

    monkeypatch.setattr(turns, "take", wait)
    with pytest.raises(refusal):
        erasing.as_officer(dpo, somebody.sub, "demande")
    assert Person.objects.get(pk=somebody.pk).erased_at is None


def test_a_posting_by_hand_brings_nobody_under_another_officer(offices):
    posted = appointing.give(offices.actor("admin"), offices.outside, offices.carnot, "DOC", first_day=clock.today())
    postings.end(offices.outside.postings.exclude(pk=posted.pk).get(), on=clock.today() - timedelta(days=3))
    with pytest.raises(NotFound):
        erasing.reach(offices.actor("dpo"), offices.outside.sub)
    assert erasing.reach(offices.actor("nation-dpo"), offices.outside.sub) == offices.outside


def test_the_page_says_what_goes_and_what_stays_then_how_far_it_has_come(offices):
    actor = people.actor(offices.inside)
    for n in range(3):
        put(actor, homes.home_of(actor).root, f"{n}.txt", b"x" * 100)
    postings.end(offices.inside.postings.get(), on=clock.today() - timedelta(days=61))
    browser, address = offices.browse("dpo"), f"/admin/people/{offices.inside.sub}/erasure"
    assert offices.inside.name in browser.get("/admin/erasures").content.decode()
    assert browser.get("/admin/erasures", {"who": "inside@ac-dijon.example"}).headers["Location"] == address
    shown = " ".join(re.sub(r"<[^>]+>|\u00a0|\u202f", " ", browser.get(address).content.decode()).split())
    for words in (
        "3 documents de son espace",
        "Compte archivé à partir du",
        "Ce qui reste",
        "Affectations et absences",
    ):
        assert words in shown
    for form, said in (
        ({"read": "yes"}, "Il faut une raison"),
        ({"reason": "demande"}, "Cochez"),
        ({"reason": f"demande de {offices.inside.name.upper()}", "read": "y"}, "Ni nom ni adresse"),
        ({"reason": "demande de une.autre@x.fr", "read": "y"}, "Ni nom ni adresse"),
        ({"reason": "x" * 201, "read": "y"}, "trop long"),
    ):
        answer = browser.post(address, form)
        assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert Person.objects.get(pk=offices.inside.pk).erased_at is None
    shown = browser.post(address, {"reason": "demande du 3 mars", "read": "yes"}, follow=True).content.decode()
    assert "encore à effacer" in shown
    assert "demande du 3 mars" in shown
    run_pending()
    shown = browser.get("/admin/erasures").content.decode()
    assert ("encore à effacer" in shown, "Terminé" in shown) == (False, True)
    assert offices.inside.name not in shown
    assert browser.get(address).status_code == 404


def test_the_page_waits_for_a_large_folder_and_asks_who_is_there(offices, later):
    actor, form = people.actor(offices.inside), {"reason": "demande", "read": "yes"}
    Space.objects.filter(pk=homes.home_of(actor).space).update(transits=1)
    postings.end(offices.inside.postings.get())
    browser, address = offices.browse("dpo"), f"/admin/people/{offices.inside.sub}/erasure"
    answer = browser.post(address, form)
    assert (answer.status_code, "Un grand dossier quitte" in answer.content.decode()) == (409, True)
    later(minutes=11)
    assert browser.post(address, form).headers["Location"].startswith("/me/confirm")
    assert Person.objects.get(pk=offices.inside.pk).erased_at is None


@pytest.mark.parametrize("who", ["nobody@ac-dijon.example", "outside@ac-dijon.example"])
def test_an_officer_is_told_on_the_page_that_a_person_is_unknown(offices, who):
    answer = offices.browse("dpo").get("/admin/erasures", {"who": who})
    assert (answer.status_code, "Personne inconnue." in answer.content.decode()) == (404, True)


def test_an_officer_erases_who_left_from_below_and_not_who_never_was_there(offices):
    dpo = next(name for name, (carnot, dijon, _) in WHO.items() if "retention" in carnot | dijon)
    gone, guest = offices.inside, person("Guest", "guest@ac-dijon.example")
    for one in Posting.objects.filter(person=gone, end=None):
        Posting.objects.filter(pk=one.pk).update(start=date(2020, 9, 1), end=date(2021, 9, 1))
    people.changed([gone.pk])
    with pytest.raises(NotFound):
        erasing.as_officer(offices.actor(dpo), guest.sub, "demande")
    erasing.as_officer(offices.actor(dpo), gone.sub, "demande")
    assert Person.objects.get(pk=gone.pk).erased_at is not None
