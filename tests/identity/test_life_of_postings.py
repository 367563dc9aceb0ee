"""The life of a posting: announced, early, held, grace, cancelled, by the day of its academy; teams that follow by rule."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import override

from cartable.identity import directory, functions, inheriting, people, postings, principals, roles, structures, teams
from cartable.identity import tasks as identity_tasks
from cartable.identity.actors import EVERYONE
from cartable.identity.models import Membership, Person, Posting, Structure
from cartable.identity.oidc import claims
from cartable.kernel import clock, tasks
from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.kernel.models import Task
from tests.worlds import academies

SCHOOL = "0210015C"


@pytest.fixture
def alice(db):
    academies()
    return people.arrive("Alice Martin", "alice@ac-dijon.example")


@pytest.fixture
def at(monkeypatch):
    """Stop the clock: `at(2026, 9, 1, 12)`, in UTC."""
    return lambda *moment: monkeypatch.setattr(clock, "now", lambda: datetime(*moment, tzinfo=UTC))


def me(person):
    return people.actor(Person.objects.get(pk=person.pk))


def opens(person, principal):
    """Return whether a person acts as a principal: fully, by reading only, or not at all."""
    actor = me(person)
    return "fully" if principal in actor.principals else "reads" if principal in actor.fading else "no"


def state(person):
    return [one.state for one in postings.of(person)]


# 14: the day of an academy is its own


MIDNIGHTS = pytest.mark.parametrize(
    ("academy", "last_minute", "first_minute"),
    [
        ("41", (2026, 9, 1, 9, 59), (2026, 9, 1, 10, 0)),  # Papeete: UTC-10
        ("40", (2026, 8, 31, 12, 59), (2026, 8, 31, 13, 0)),  # Nouméa: UTC+11
        ("28", (2026, 8, 31, 19, 59), (2026, 8, 31, 20, 0)),  # La Réunion: UTC+4
        ("43", (2026, 8, 31, 20, 59), (2026, 8, 31, 21, 0)),  # Mayotte: UTC+3
        ("07", (2026, 8, 31, 21, 59), (2026, 8, 31, 22, 0)),  # Paris in summer: UTC+2
        ("", (2026, 8, 31, 21, 59), (2026, 8, 31, 22, 0)),  # and in the ministry
    ],
)


@MIDNIGHTS
def test_14_the_last_day_ends_and_the_first_begins_at_midnight_there(alice, at, academy, last_minute, first_minute):
    place = structures.academy(academy) if academy else structures.named("MEN")
    old = Posting.objects.create(
        person=alice, structure=place, function="ENS", start=date(2020, 9, 1), end=date(2026, 9, 1)
    )
    new = Posting.objects.create(person=alice, structure=place, function="DIR", start=date(2026, 9, 1))
    at(*last_minute)
    assert opens(alice, f"head:{place.pk}") == "no"
    assert opens(alice, f"structure:{place.pk}") == "fully"
    assert state(alice) == ["announced", "current"]
    at(*first_minute)
    assert opens(alice, f"head:{place.pk}") == "fully"
    assert state(alice) == ["current", "ended"]
    assert {old.pk, new.pk} == set(Posting.objects.values_list("pk", flat=True))


def below(place, level):
    """Return a structure some levels below another: a department, a school of it."""
    for depth, kind in enumerate(("department", "school")[:level]):
        place = Structure.objects.create(kind=kind, code=f"D{depth}", name=kind, parent=place)
    return place


@pytest.mark.parametrize("level", [0, 1, 2])
@MIDNIGHTS
def test_14_who_is_where_is_told_by_the_day_there_whoever_asks(alice, at, academy, last_minute, first_minute, level):
    place = below(structures.academy(academy) if academy else structures.named("MEN"), level)
    admin = people.arrive("Nationale Martin", "national@ac-dijon.example")
    postings.begin(admin, structures.named("MEN"), on=date(2020, 1, 1))
    roles.give(None, admin, "admin", structures.named("MEN"), start=date(2020, 1, 1))
    posted = {"person": alice, "structure": place}
    Posting.objects.create(**posted, function="ENS", start=date(2020, 9, 1), end=date(2026, 9, 1))
    Posting.objects.create(**posted, function="DIR", start=date(2026, 9, 1))
    by_function = {code: teams.form_by_rule(None, code, place, function=code) for code in ("ENS", "DIR")}

    def told():
        """Return what applications, the directory, the lists of heads and the teams by rule say that she does."""
        head = inheriting.head_of(place.pk)
        return [
            {one["function"] for one in claims.postings_of(alice)},
            {
                code
                for code in ("ENS", "DIR")
                if functions.title_of(code) in directory.names_of([f"person:{alice.pk}"]).popitem()[1].place
            },
            {"DIR" if head == alice and place.pk not in inheriting.nearest_headed([place.pk]) else "ENS"},
            {"DIR" if roles.heads(me(admin)) else "ENS"},
            {code for code, team in by_function.items() if alice.pk in teams._by_rule(team.pk)},
        ]

    at(*last_minute)
    assert told() == [{"ENS"}] * 5
    at(*first_minute)
    assert told() == [{"DIR"}] * 5


def test_14_the_29th_of_february_is_worked(alice, at):
    place = structures.academy("DIJON")
    Posting.objects.create(person=alice, structure=place, start=date(2028, 2, 1), end=date(2028, 3, 1))
    at(2028, 2, 29, 22, 59)
    assert opens(alice, f"structure:{place.pk}") == "fully"
    assert postings.of(alice)[0].last_day == date(2028, 2, 29)
    at(2028, 2, 29, 23, 0)
    assert opens(alice, f"structure:{place.pk}") == "reads"


# 41: early access and grace


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 6, 30), "no"),
        (date(2026, 7, 1), "reads"),
        (date(2026, 8, 31), "reads"),
        (date(2026, 9, 1), "fully"),
        (date(2026, 12, 31), "fully"),
        (date(2027, 1, 1), "reads"),
        (date(2027, 3, 1), "reads"),
        (date(2027, 3, 2), "no"),
    ],
)
def test_41_what_a_posting_opens_day_by_day(alice, at, day, expected):
    place = structures.academy("DIJON")
    Posting.objects.create(person=alice, structure=place, start=date(2026, 9, 1), end=date(2027, 1, 1))
    team = teams.form_by_rule(None, "Dijon", place)
    at(day.year, day.month, day.day, 11)
    assert opens(alice, f"structure:{place.pk}") == expected
    assert opens(alice, f"team:{team.pk}") == expected
    assert opens(alice, EVERYONE) == ("fully" if expected == "fully" else "no")
    assert [one.name for one in teams.of(alice.pk)] == ([] if expected == "no" else ["Dijon"])


def test_13_a_cancelled_posting_opens_nothing_before_nor_after(alice, later):
    place = structures.academy("LYON")
    announced = postings.begin(alice, place, on=clock.today() + timedelta(days=20))
    assert opens(alice, f"structure:{place.pk}") == "reads"
    postings.end(announced, on=announced.start)
    for days in (0, 20, 10, 60):
        later(days=days)
        assert opens(alice, f"structure:{place.pk}") == "no"
        assert state(alice) == ["cancelled"]


def test_13_a_back_dated_posting_opens_at_once(alice):
    place = structures.academy("LYON")
    postings.begin(alice, place, on=clock.today() - timedelta(days=300))
    assert opens(alice, f"structure:{place.pk}") == "fully"


# Teams by rule


@pytest.fixture
def school(alice):
    return structures.open_school(SCHOOL, "Lycée Carnot", structures.academy("DIJON"))


@pytest.mark.parametrize(
    ("at_", "function", "discipline", "expected"),
    [
        ("DIJON", "", "", "fully"),
        (SCHOOL, "", "", "fully"),
        ("MEN", "", "", "fully"),
        ("LYON", "", "", "no"),
        ("DIJON", "ENS", "", "fully"),
        ("DIJON", "DOC", "", "no"),
        ("MEN", "ENS", "L10", "fully"),
        ("MEN", "", "L02", "no"),
    ],
)
def test_a_rule_says_who_is_in_a_team(alice, school, at_, function, discipline, expected):
    Posting.objects.create(person=alice, structure=school, function="ENS", discipline="L1000", start=clock.today())
    team = teams.form_by_rule(None, "Équipe", structures.named(at_), function=function, discipline=discipline)
    assert opens(alice, f"team:{team.pk}") == expected
    if expected == "fully":
        assert [hit.name for hit, _ in teams.members(me(alice), team.pk)] == ["Alice Martin"]
    else:
        with pytest.raises(NotFound):
            teams.members(me(alice), team.pk)


def test_one_posting_must_fit_the_whole_rule(alice, school):
    Posting.objects.create(person=alice, structure=school, function="DOC", start=clock.today())
    Posting.objects.create(person=alice, structure=structures.academy("LYON"), function="ENS", start=clock.today())
    team = teams.form_by_rule(None, "Enseignants de Carnot", school, function="ENS")
    assert opens(alice, f"team:{team.pk}") == "no"


def test_who_directs_a_structure_forms_teams_of_it_and_nobody_else(alice, school):
    postings.begin(alice, school, function="DIR")
    assert teams.form_by_rule(me(alice), "Carnot", school).pk
    with pytest.raises(Denied):
        teams.form_by_rule(me(alice), "Dijon", structures.academy("DIJON"))
    with pytest.raises(BadInput):
        teams.form_by_rule(None, " ", school)
    with pytest.raises(BadInput):
        teams.form_by_rule(None, "Équipe", school, function="XYZ")


def test_who_wants_not_to_be_found_is_read_in_a_team_by_rule_by_who_administers_them_only(alice, school):
    bob, eve, head = (people.arrive(f"{one} Martin", f"{one}@ac-dijon.example") for one in ("Bob", "Eve", "Head"))
    for one, function in ((alice, "ENS"), (bob, "ENS"), (eve, "ENS"), (head, "DIR")):
        postings.begin(one, school, function=function)
    whole = teams.form_by_rule(None, "Carnot", school)
    of_dijon = teams.form_by_rule(None, "Dijon", structures.academy("DIJON"))
    people.list_in_directory(bob, listed=False)

    def read(who, team=whole):
        return {hit.name.split()[0] for hit, _leads in teams.members(me(who), team.pk)}

    for team in (whole, of_dijon):
        assert read(alice, team) == read(eve, team) == {"Alice", "Eve", "Head"}
        assert read(head, team) == read(bob, team) == {"Alice", "Bob", "Eve", "Head"}
    browser = Client()
    browser.force_login(alice)
    shown = browser.get(f"/teams/{whole.pk}").content.decode()
    assert "3 personnes" in shown
    assert "Bob" not in shown
    assert "Carnot" not in browser.get(f"/people/{bob.sub}").content.decode(), "nor is it on their own page"
    assert "Carnot" in browser.get(f"/people/{eve.sub}").content.decode()
    Membership.objects.create(team=whole, person=bob)
    people.changed([bob.pk])
    assert read(alice) == {"Alice", "Bob", "Eve", "Head"}
    assert read(alice, of_dijon) == {"Alice", "Eve", "Head"}
    assert [one.name for one in teams.common(me(alice), people.find(bob.sub))] == ["Carnot"]


def test_the_most_that_a_page_names_does_not_tell_that_somebody_is_left_out(alice, school, monkeypatch):
    monkeypatch.setattr(teams, "SHOWN", 2)
    for name in "BCD":
        one = people.arrive(f"{name} Martin", f"{name}@ac-dijon.example")
        postings.begin(one, school)
        people.list_in_directory(one, listed=name == "D")
    postings.begin(alice, school)
    team = teams.form_by_rule(None, "Carnot", school)
    assert {hit.name for hit, _leads in teams.members(me(alice), team.pk)} == {"Alice Martin", "D Martin"}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["ENS – enseignement", "FCA – intitulé non publié", "Enseignement", "Fonction XYZ", ""]),
        ("en", ["ENS – teaching", "FCA – no published title", "Teaching", "Function XYZ", ""]),
    ],
)
def test_a_code_without_a_title_says_so_in_the_language_of_who_reads(language, said):
    with override(language):
        assert [*map(functions.named, ("ENS", "FCA")), *map(functions.title_of, ("FCA", "XYZ", ""))] == said


def test_45_processes_learn_of_a_new_team_by_batches(alice, school, django_assert_max_num_queries):
    postings.begin(alice, school)
    before = Person.objects.get(pk=alice.pk).version
    teams.form_by_rule(None, "Carnot", structures.academy("DIJON"))
    assert Person.objects.get(pk=alice.pk).version == before
    tasks.run_pending()
    assert Person.objects.get(pk=alice.pk).version != before


@pytest.mark.django_db(transaction=True)
def test_45_no_statement_about_a_team_by_rule_locks_more_than_100_people_nor_keeps_them_locked():
    """Formed, closed or opened again, however many belong: the act itself writes to nobody, and each batch is a transaction of its
    own, which runs outside of any: what it locks is free as it ends."""
    structures.load()
    dijon = structures.academy("DIJON")
    crowd = Person.objects.bulk_create(
        Person(name=f"Agent {number}", folded=f"agent {number}") for number in range(241)
    )
    Posting.objects.bulk_create(Posting(person=one, structure=dijon, start=date(2020, 9, 1)) for one in crowd)
    head = people.arrive("Ministère", "ministere@education.example")
    postings.begin(head, Structure.objects.get(kind="ministry"), function="DIR")
    tasks.run_pending()
    told = []

    def watch(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith('UPDATE "identity_person"'):
            told.append((context["cursor"].rowcount, context["connection"].in_atomic_block))
        return done

    team = teams.form_by_rule(None, "Dijon", dijon)
    tasks.run_pending()
    for act in (
        lambda: teams.form_by_rule(None, "Enseignants de Dijon", dijon, function="ENS"),
        lambda: teams.close(people.actor_of(head.pk), team.pk, closed=True),
        lambda: teams.close(people.actor_of(head.pk), team.pk, closed=False),
    ):
        before = dict(Person.objects.filter(postings__structure=dijon).values_list("pk", "version"))
        with connection.execute_wrapper(watch):
            act()
            assert told == [], "the act itself"
            identity_tasks.tell_those_posted.call(dijon.pk)
        assert told == [(100, False), (100, False), (41, False)]
        told.clear()
        after = Person.objects.filter(pk__in=before).values_list("pk", "version")
        assert all(version != before[pk] for pk, version in after)
        assert Task.objects.filter(function__endswith="tell_those_posted", state="ready").count() == 1
        tasks.run_pending()


def test_principals_cost_a_fixed_number_of_queries(alice, school, django_assert_num_queries):
    for number in range(5):
        postings.begin(
            alice,
            structures.open_school(
                f"021001{number}" + "ABCDEFGHJKLMNPRSTUVWXYZ"[int(f"021001{number}") % 23],
                "x",
                structures.academy("DIJON"),
            )
            if number != 5
            else school,
        )
        teams.form_by_rule(None, f"{number}", school)
    version = Person.objects.get(pk=alice.pk).version
    with django_assert_num_queries(4):
        principals.actor_of(alice.pk, version)
