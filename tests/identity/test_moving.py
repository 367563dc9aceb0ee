"""Who leads a team is told, once, who of it has changed academy; who moved stays in it."""

from datetime import timedelta

import pytest
from django.core import mail

from cartable.identity import moving, people, postings, structures, teams
from cartable.identity.models import Membership, Person, Posting, Team
from cartable.kernel import clock
from cartable.kernel.tasks import run_pending
from tests.worlds import academies, person

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def ada():
    academies()
    return posted("Ada", "ada@ac-dijon.example")


@pytest.fixture
def team(ada):
    """Ada leads it, Bob is in it; both work in Dijon."""
    return teams.form(people.actor_of(ada.pk), "Projet", [posted("Bob", "bob@ac-dijon.example")])


def posted(name, address, academy="DIJON"):
    someone = person(name, address)
    postings.begin(someone, structures.academy(academy))
    return someone


def moves(name, *, to="LYON", on=None):
    """Let somebody work elsewhere, from a day on."""
    someone, day = Person.objects.get(name=name), on or clock.today()
    Posting.objects.filter(person=someone, end=None).update(end=day)
    postings.begin(someone, structures.academy(to), on=day)


def night():
    """Return whom the letters of a night are for, and all their texts."""
    mail.outbox = []
    moving.tell_leaders.call()
    run_pending()
    return [one.to[0] for one in mail.outbox], "\n".join(one.body for one in mail.outbox)


def test_who_leads_the_team_is_told_once(team, later):
    later(days=7)
    assert night() == ([], "")
    moves("Bob")
    to, text = night()
    assert to == ["ada@ac-dijon.example"]
    assert "Bob (avant\u00a0: Dijon\u202f; maintenant\u00a0: Lyon)" in text
    assert f"/teams/{team.pk}" in text
    assert team.memberships.filter(person__name="Bob").exists()
    later(days=1)
    assert night() == ([], "")


def test_a_move_that_is_told_late_and_a_night_that_was_missed_are_made_up_for(team, later):
    later(days=60)
    moves("Bob", on=clock.today() - timedelta(days=40))
    later(days=3)
    assert night()[0] == ["ada@ac-dijon.example"]


def test_what_is_announced_is_told_as_it_begins(team, later):
    later(days=1)
    moves("Bob", on=clock.today() + WEEK)
    assert night() == ([], "")
    later(days=7)
    assert night()[0] == ["ada@ac-dijon.example"]


def test_a_second_school_of_the_same_academy_or_one_more_academy_is_no_move(team, later):
    later(days=7)
    bob = Person.objects.get(name="Bob")
    postings.begin(bob, structures.academy("DIJON"), function="DOC")
    postings.begin(bob, structures.academy("LYON"))
    assert night() == ([], "")


def test_who_came_after_the_move_is_known_as_they_are(team, later):
    later(days=7)
    zoe = posted("Zoé", "zoe@ac-nantes.example", "NANTES")
    later(days=7)
    moves("Zoé")
    teams.add(people.actor_of(Person.objects.get(name="Ada").pk), team.pk, zoe)
    assert night() == ([], "")


def test_nobody_is_told_of_themselves_and_each_other_leader_is(team, later):
    Membership.objects.filter(team=team).update(leads=True)
    later(days=7)
    moves("Ada")
    assert night()[0] == ["bob@ac-dijon.example"]


@pytest.mark.parametrize(
    "change",
    [
        lambda team: Person.objects.filter(name="Bob").update(listed=False),
        lambda team: Team.objects.filter(pk=team.pk).update(closed_at=clock.now()),
        lambda team: Team.objects.filter(pk=team.pk).update(source="DIJON scim"),
        lambda team: Posting.objects.filter(person__name="Bob", end=None).update(cancelled=True, end=clock.today()),
    ],
    ids=["who wishes not to be found", "a team that is closed", "a team of a directory", "a posting taken back"],
)
def test_nothing_is_said_of(team, later, change):
    later(days=7)
    moves("Bob")
    change(team)
    assert night() == ([], "")


def test_who_is_no_longer_there_as_the_letter_leaves_is_not_named(team, later):
    later(days=7)
    moves("Bob")
    mail.outbox = []
    moving.tell_leaders.call()
    Membership.objects.filter(person__name="Bob").delete()
    run_pending()
    assert mail.outbox == []


def test_a_night_without_moves_looks_at_no_team(team, later, django_assert_num_queries):
    later(days=7)
    with django_assert_num_queries(1):
        moving.tell_leaders.call()
