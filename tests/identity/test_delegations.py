"""Roles in a structure and all below it: who has them, until when, and who gives them. Numbers: edge cases."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from cartable.identity import delegations, people, postings, roles, structures
from cartable.identity.delegations import Act, Role
from cartable.identity.feeds import merging
from cartable.identity.models import Delegation, Person, Posting
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past
from tests.offices import DAY, WHO


def opens(offices, name, place):
    return {act.value for act in Act if delegations.may(offices.actor(name), act, place.pk)}


@pytest.mark.parametrize("name", WHO)
def test_each_role_opens_its_acts_below_its_structure_and_nowhere_else(offices, name):
    carnot, dijon, lyon = WHO[name]
    assert opens(offices, name, offices.carnot) == carnot
    assert opens(offices, name, offices.buffon) == dijon
    assert opens(offices, name, offices.dijon) == dijon
    assert opens(offices, name, offices.ampere) == lyon
    assert opens(offices, name, offices.lyon) == lyon
    for act in Act:
        shown = set(delegations.whom_may(offices.actor(name), act).values_list("pk", flat=True))
        assert (offices.inside.pk in shown) is (act in carnot), act
        assert (offices.outside.pk in shown) is (act in lyon), act
        assert offices.person(name).pk not in shown


@pytest.mark.parametrize("name", WHO)
def test_where_one_may_lists_what_one_may(offices, name):
    for act in Act:
        listed = set(delegations.where_may(offices.actor(name), act).values_list("pk", flat=True))
        for place in (offices.carnot, offices.buffon, offices.ampere, offices.dijon, offices.lyon, offices.ministry):
            assert (place.pk in listed) is delegations.may(offices.actor(name), act, place.pk)


def test_no_role_is_about_documents():
    assert {act.value for act in Act} == {
        "people", "postings", "absences", "reset", "teams", "quotas", "delegations", "demands", "cases", "applications", "audit", "retention",
    }  # fmt: skip


def test_who_has_no_role_costs_no_query(offices, django_assert_num_queries):
    teacher = offices.actor("teacher")
    delegations.offices(teacher)
    with django_assert_num_queries(0):
        assert delegations.offices(teacher) == []


def test_what_one_acts_as_over_somebody_is_the_widest_role(offices):
    roles.give(None, offices.person("admin"), Role.ADMIN, offices.carnot)
    first = Delegation.objects.filter(person=offices.person("admin")).order_by("pk").first()
    Delegation.objects.filter(pk=first.pk).update(structure=offices.carnot)
    Delegation.objects.filter(person=offices.person("admin")).exclude(pk=first.pk).update(structure=offices.dijon)
    by = delegations.office_over(offices.actor("admin"), Act.RESET, offices.inside)
    assert by.structure == offices.dijon.pk


def test_what_is_kept_may_be_emptied_while_it_is_read(offices, monkeypatch):
    """Another thread empties it between two looks."""

    class Emptied(dict):
        def __contains__(self, key):
            found = super().__contains__(key)
            self.clear()
            return found

        def get(self, key, default=None):
            found = super().get(key, default)
            self.clear()
            return found

    monkeypatch.setattr(delegations, "_KEPT", Emptied())
    for _ in range(2):
        assert delegations.worth_something([offices.person(one).pk for one in ("deputy", "school-desk")])


def test_44_a_role_that_expired_gives_nothing_though_it_is_still_listed(offices):
    listed = {one.holder.split()[0]: one.state for one in roles.listed(offices.actor("head"))}
    assert listed == {
        "Deputy": "current", "School-desk": "current", "Future": "announced", "Ended": "ended", "Expired": "ended", "Orphan": "idle",
    }  # fmt: skip
    for name in ("Expired", "Ended", "Future", "Orphan"):
        assert delegations.offices(offices.actor(name.lower())) == []


def test_44_the_last_day_is_that_of_the_academy(offices, monkeypatch):
    papeete = structures.academy("Polynésie française")
    teahupoo = offices.arrive("teahupoo", papeete)
    roles.give(None, teahupoo, Role.SUPPORT, papeete, until=date(2027, 3, 2))
    for moment, runs in ("2027-03-02T09:59:00+00:00", True), ("2027-03-02T10:01:00+00:00", False):  # UTC-10
        monkeypatch.setattr(clock, "now", lambda moment=moment: clock.datetime.fromisoformat(moment))
        assert bool(delegations.offices(offices.actor("teahupoo"))) is runs


def test_a_role_ends_with_the_posting_of_who_gave_it_and_of_who_has_it(offices):
    assert opens(offices, "deputy", offices.carnot)
    postings.end(offices.person("head").postings.get())
    assert not opens(offices, "deputy", offices.carnot)
    assert opens(offices, "admin", offices.carnot)
    postings.move(offices.person("admin"), offices.lyon)
    assert not opens(offices, "admin", offices.carnot)


def test_a_head_who_comes_to_direct_another_school_takes_no_role_along(offices):
    postings.move(offices.person("head"), offices.buffon)
    assert opens(offices, "head", offices.buffon)
    assert not opens(offices, "deputy", offices.carnot)
    assert not opens(offices, "deputy", offices.buffon)


def test_a_role_ends_with_the_account_of_who_gave_it(offices):
    Person.objects.filter(pk=offices.person("head").pk).update(is_active=False)
    assert not opens(offices, "deputy", offices.carnot)


def test_two_who_gave_each_other_a_role_do_not_hold_one_another_up(offices):
    admin, friend = offices.actor("admin"), offices.arrive("friend", offices.dijon, "ADM")
    until = clock.today() + 30 * DAY
    roles.give(admin, friend, Role.ADMIN, offices.dijon, until=until)
    first = Delegation.objects.get(person_id=admin.person)
    roles.give(offices.actor("friend"), offices.person("admin"), Role.ADMIN, offices.carnot, until=until)
    assert opens(offices, "friend", offices.dijon)
    roles.end(None, first.pk)
    assert not opens(offices, "friend", offices.dijon)
    assert not opens(offices, "admin", offices.carnot)


@pytest.mark.parametrize(
    ("giver", "role", "place"),
    [
        ("teacher", Role.SUPPORT, "carnot"),
        ("head", Role.SUPPORT, "buffon"),
        ("head", Role.ADMIN, "dijon"),
        ("head", Role.AUDITOR, "carnot"),
        ("admin", Role.DPO, "dijon"),
        ("admin", Role.AUDITOR, "carnot"),
        ("admin", Role.ADMIN, "ministry"),
        ("support", Role.SUPPORT, "carnot"),
        ("dpo", Role.AUDITOR, "dijon"),
        ("auditor", Role.AUDITOR, "dijon"),
        ("expired", Role.SUPPORT, "carnot"),
        ("orphan", Role.SUPPORT, "carnot"),
    ],
)
def test_nobody_gives_more_than_they_have(offices, giver, role, place):
    with pytest.raises(Denied):
        roles.give(offices.actor(giver), offices.inside, role, getattr(offices, place), until=clock.today() + DAY)


@pytest.mark.parametrize("giver", ["head", "admin", "national", "deputy"])
def test_nobody_gives_themselves_a_role(offices, giver):
    with pytest.raises(Denied):
        roles.give(offices.actor(giver), offices.person(giver), Role.SUPPORT, offices.carnot, until=clock.today() + DAY)


def test_what_a_person_gives_has_an_end_within_a_year_and_is_not_back_dated(offices):
    head, today = offices.actor("head"), clock.today()
    for days in ({"until": None}, {"until": today + 367 * DAY}, {"start": today - DAY, "until": today + DAY}):
        with pytest.raises(BadInput):
            roles.give(head, offices.inside, Role.ADMIN, offices.carnot, **days)
    for until in (today, today - DAY):
        with pytest.raises(Past):
            roles.give(head, offices.inside, Role.ADMIN, offices.carnot, until=until)
    with pytest.raises(BadInput):
        roles.give(head, offices.inside, "owner", offices.carnot, until=today + DAY)


def test_a_role_is_for_people_of_there(offices):
    with pytest.raises(roles.NotOfThere):
        roles.give(offices.actor("head"), offices.outside, Role.SUPPORT, offices.carnot, until=clock.today() + DAY)
    with pytest.raises(roles.NotOfThere):
        roles.give(None, offices.outside, Role.SUPPORT, offices.dijon)
    assert roles.give(None, offices.person("admin"), Role.SUPPORT, offices.carnot)  # of the academy, above
    with pytest.raises(Conflict):
        roles.give(None, offices.person("admin"), Role.SUPPORT, offices.carnot)


def test_a_role_is_ended_by_who_could_give_it_by_its_holder_and_by_nobody_else(offices):
    deputy = Delegation.objects.get(person=offices.person("deputy")).pk
    for name in ("teacher", "school-desk", "support", "elsewhere", "dpo", "auditor"):
        with pytest.raises(NotFound):
            roles.end(offices.actor(name), deputy)
    roles.end(offices.actor("deputy"), deputy)
    assert not opens(offices, "deputy", offices.carnot)
    with pytest.raises(Conflict):
        roles.end(offices.actor("rector"), deputy)
    desk = Delegation.objects.get(person=offices.person("school-desk")).pk
    roles.end(offices.actor("rector"), desk)
    watch = Delegation.objects.get(person=offices.person("auditor")).pk
    with pytest.raises(NotFound):
        roles.end(offices.actor("admin"), watch)  # who is watched does not dismiss who watches


def test_roles_go_over_with_who_is_merged_and_come_back(offices):
    other = offices.arrive("twin", offices.dijon)
    log = merging.merge(other, offices.person("admin"))
    assert opens(offices, "twin", offices.dijon)
    merging.unmerge(log.pk)
    assert not opens(offices, "twin", offices.dijon)
    assert opens(offices, "admin", offices.dijon)


def test_a_posting_that_was_cancelled_makes_nobody_a_head(offices):
    Posting.objects.filter(person=offices.person("head")).update(cancelled=True, end=clock.today())
    people.changed([offices.person("head").pk])
    assert not opens(offices, "head", offices.carnot)


# The operator


def said(capsys, *words):
    call_command("delegation", *words)
    return capsys.readouterr().out.strip()


def test_the_operator_gives_lists_and_ends(offices, capsys):
    number = said(
        capsys, "give", "inside@ac-dijon.example", "--role", "support", "--at", "0210015C", "--until", "2099-06-30"
    )
    assert number.isdigit()
    [line] = [one for one in said(capsys, "list", "--at", "DIJON").splitlines() if one.startswith(f"{number} ")]
    assert "support of Lycée Carnot: Inside Martin" in line
    assert "to 2099-06-30, current" in line
    rows = json.loads(said(capsys, "list", "--json"))
    assert {"id", "role", "structure", "holder", "sub", "giver", "first_day", "last_day", "state"} <= set(rows[0])
    assert "no longer support of Lycée Carnot" in said(capsys, "end", number)
    assert opens(offices, "inside", offices.carnot) == set()
    assert all("Lyon" not in one for one in said(capsys, "list", "--at", "0210015C").splitlines())


def test_who_protects_data_and_administers_too_is_warned_of_and_not_refused(offices, capsys):
    for name, role, warned in (
        ("nation-dpo", "support", False),
        ("nation-dpo", "admin", True),
        ("national", "auditor", False),
        ("national", "dpo", True),
    ):
        call_command("delegation", "give", f"{name}@ac-dijon.example", "--role", role, "--at", "MEN")
        told = capsys.readouterr()
        assert told.out.strip().isdigit()
        assert ("art. 38(6)" in told.err) is warned, (name, role)
    reader = offices.browse("nation-dpo")  # who administers now
    shown = {
        name: reader.get(f"/admin/people/{offices.person(name).sub}").content.decode()
        for name in ("national", "inside")
    }
    assert ["RGPD, article" in one for one in shown.values()] == [True, False]
    assert "Donner le rôle" in shown["national"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("give", "nobody@ac-dijon.example", "--role", "admin", "--at", "DIJON"), "Nobody here"),
        (("give", "inside@ac-dijon.example", "--role", "admin", "--at", "ATLANTIS"), "No structure is"),
        (("give", "inside@ac-dijon.example", "--role", "admin", "--at", "LYON"), "no posting at"),
        (("give", "admin@ac-dijon.example", "--role", "admin", "--at", "DIJON"), "already"),
        (
            ("give", "inside@ac-dijon.example", "--role", "admin", "--at", "DIJON", "--until", "2020-01-01"),
            "ended before",
        ),
        (("give", "inside@ac-dijon.example", "--role", "king", "--at", "DIJON"), "choose from 'admin', 'auditor', "),
        (("end", "999999"), "No delegation"),
        (("list", "--at", "ATLANTIS"), "No structure is"),
    ],
)
def test_what_the_operator_cannot_mean_is_refused_in_a_sentence(offices, words, why):
    with pytest.raises(CommandError, match=why):
        call_command("delegation", *words)
