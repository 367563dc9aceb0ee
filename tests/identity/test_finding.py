"""Finding colleagues: the closest first, and nobody who wants not to be found."""

from datetime import date, timedelta

import pytest
from django.db.models import F
from django.utils import translation

from cartable.identity import directory, finding, people, postings, structures, tasks, teams
from cartable.identity.models import Person, Posting, Structure
from cartable.kernel import clock
from tests.worlds import academies

pytestmark = pytest.mark.django_db


@pytest.fixture
def nation():
    """Alice teaches at Carnot, in Dijon; one Zoé Martin stands nearer to her than the next: mate, school, academy, far, barely."""
    dijon, lyon = academies()
    carnot = structures.open_school("0212015B", "Lycée Carnot", dijon)
    other = structures.open_school("0210013A", "Lycée Montchapet", dijon)
    alice = people.arrive("Alice Noir", "alice@x.example")
    postings.begin(alice, carnot)
    zoes = {}
    for where, place, name in (
        ("barely", lyon, "Zoé Martinez"),
        ("far", lyon, "Zoé Martin"),
        ("academy", other, "Zoé Martin"),
        ("school", carnot, "Zoé Martin"),
        ("mate", lyon, "Zoé Martin"),
    ):
        zoes[where] = people.arrive(name, f"{where}@x.example")
        postings.begin(zoes[where], place, function="DIR" if where == "school" else "ENS")
    teams.form(people.actor(alice), "Projet", [zoes["mate"]])
    return alice, zoes


def found(person, text, limit=20):
    """Return the words for whom somebody finds, in order."""
    person.refresh_from_db()
    return [hit.sub for hit in directory.find(people.actor(person), text, limit) if hit.sub]


def test_the_closest_come_first(nation):
    alice, zoes = nation
    order = [zoes[one].sub for one in ("mate", "school", "academy", "far", "barely")]
    assert found(alice, "zoe martin") == order
    assert found(alice, "mart z") == order
    for limit in range(1, 5):
        assert found(alice, "zoe martin", limit) == order[:limit]


def test_who_changed_academy_is_told_by_the_former_one_too_for_a_year(nation):
    """Departure matrix: those who share with them, or lead a team they are in, see that they moved."""
    _alice, zoes = nation
    moved, today = zoes["school"], clock.today()
    lyon = structures.academy("LYON")
    Posting.objects.filter(person=moved).update(start=today - timedelta(days=800))
    postings.move(moved, lyon, on=today)

    def place():
        return directory.names_of([f"person:{moved.pk}"])[f"person:{moved.pk}"].place

    assert place() == "Lyon · Direction · avant\u00a0: Dijon"
    Posting.objects.filter(person=moved, end=today).update(
        start=today - timedelta(days=800), end=today - timedelta(days=366)
    )
    assert place() == "Lyon · Direction"
    postings.begin(moved, structures.academy("DIJON"), on=today)  # in both: they did not move
    assert "avant" not in place()


def test_who_is_posted_from_a_day_on_is_told_by_where_they_will_be(nation):
    _alice, zoes = nation
    coming, lyon = zoes["school"], structures.academy("LYON")
    one = Posting.objects.get(person=coming)
    Posting.objects.filter(pk=one.pk).update(start=date(2127, 9, 1))
    later = Posting.objects.create(person=coming, structure=lyon, function="INS", start=date(2127, 10, 2))

    def place():
        return directory.names_of([f"person:{coming.pk}"])[f"person:{coming.pk}"].place

    assert place() == "à partir du 1er septembre 2127\u00a0: Lycée Carnot, Dijon · Direction"
    with translation.override("en"):
        assert place() == "from 1 September 2127: Lycée Carnot, Dijon · Head"
    Posting.objects.filter(pk=one.pk).update(end=date(2127, 9, 1), cancelled=True)
    assert place() == "à partir du 2 octobre 2127\u00a0: Lyon · Services académiques"
    before = clock.today() - timedelta(days=30)
    Posting.objects.filter(pk=one.pk).update(start=before - timedelta(days=30), end=before, cancelled=False)
    assert place() == "à partir du 2 octobre 2127\u00a0: Lyon · Services académiques · avant\u00a0: Dijon"
    Posting.objects.filter(pk=one.pk).update(end=None)  # what is done now is told first
    assert place() == "Lycée Carnot, Dijon · Direction"
    Posting.objects.filter(pk__in=[one.pk, later.pk]).update(end=F("start"), cancelled=True)
    assert place() == ""


def test_homonyms_are_told_apart_by_place_and_function(nation):
    alice, zoes = nation
    places = {hit.sub: hit.place for hit in directory.find(people.actor(alice), "zoe martin")}
    assert places[zoes["school"].sub] == "Lycée Carnot, Dijon · Direction"
    assert places[zoes["academy"].sub] == "Lycée Montchapet, Dijon · Enseignement"


def test_the_order_follows_a_move_a_team_and_a_marriage(nation, later):
    alice, zoes = nation
    postings.move(zoes["far"], structures.school("0212015B"))
    assert found(alice, "zoe martin")[1:3] == sorted([zoes["far"].sub, zoes["school"].sub], key=_pk)
    alice.refresh_from_db()
    (team,) = teams.of(alice.pk)
    teams.remove(people.actor(alice), team.id, zoes["mate"])
    assert found(alice, "zoe martin")[-2] == zoes["mate"].sub
    people.rename(zoes["mate"], "Zoé D’Estrées")
    assert found(alice, "estr") == [zoes["mate"].sub] == found(alice, "d estrees")
    assert zoes["mate"].sub not in found(alice, "martin")


def _pk(sub):
    return Person.objects.get(sub=sub).pk


def test_who_wants_not_to_be_found_is_found_by_mates_alone(nation):
    alice, zoes = nation
    for one in ("mate", "school"):
        people.list_in_directory(zoes[one], listed=False)
    assert found(alice, "zoe martin")[:2] == [zoes["mate"].sub, zoes["academy"].sub]
    assert found(alice, "mate@x.example") == [zoes["mate"].sub]
    assert found(alice, "school@x.example") == []
    assert found(zoes["far"], "mate@x.example") == []
    (hit,) = directory.find(people.actor(alice), "mate@x.example")
    assert hit.place == ""  # nor where they work
    people.list_in_directory(zoes["school"], listed=True)
    assert zoes["school"].sub in found(alice, "zoe martin")


def test_who_left_is_found_no_more(nation):
    alice, zoes = nation
    Person.objects.filter(pk=zoes["mate"].pk).update(is_active=False)
    assert zoes["mate"].sub not in found(alice, "zoe martin")
    finding.follow([zoes["mate"].pk])
    assert finding.PEOPLE.find(["zoe"]) == [one.pk for name, one in zoes.items() if name != "mate"]


def test_those_who_cannot_be_shown_hide_nobody(nation):
    alice, _zoes = nation
    crowd = [people.arrive("Zéphyrin Unique", f"zephyrin{n}@x.example") for n in range(60)]
    Person.objects.filter(pk__in=[one.pk for one in crowd[:-1]]).update(listed=False)
    assert found(alice, "zephyrin") == [crowd[-1].sub]


@pytest.mark.parametrize("typed", ["nguyen", "n'guyen", "N’Guy", "thierry nguyen", "guyen"])
def test_a_name_is_found_with_and_without_its_apostrophe(nation, typed):
    alice, _zoes = nation
    people.arrive("Thierry N’Guyen", "tng@x.example")
    assert [one.name for one in directory.find(people.actor(alice), typed)] == ["Thierry N’Guyen"]


def test_an_index_that_was_lost_is_filled_again(nation):
    alice, _zoes = nation
    before = found(alice, "zoe martin")
    finding.PEOPLE.drop(list(Person.objects.values_list("pk", flat=True)))
    assert found(alice, "zoe martin") == []
    after = 0
    while after := finding.fill(after):
        pass
    assert found(alice, "zoe martin") == before


def test_structures_that_the_index_lost_are_written_again(nation):
    alice, _zoes = nation
    finding.PLACES.drop(list(Structure.objects.values_list("pk", flat=True)))
    assert directory.find(people.actor(alice), "carnot") == []
    assert finding.is_lost()
    tasks.fill_index.call()
    assert [one.name for one in directory.find(people.actor(alice), "carnot")] == ["Lycée Carnot"]
    assert not finding.is_lost()


def test_homonyms_among_structures_have_their_code_beside_them_where_their_academy_is_the_same(nation):
    alice, _ = nation
    structures.open_school("0690023A", "Lycée Carnot", structures.academy("LYON"))
    assert placed(alice) == ["Académie de Dijon", "Académie de Lyon"]
    structures.open_school("0210017E", "Lycée Carnot", structures.academy("DIJON"))
    assert placed(alice) == ["0212015B · Académie de Dijon", "0210017E · Académie de Dijon", "Académie de Lyon"]


def placed(person):
    return [
        one.place for one in directory.find(people.actor(person), "carnot") if one.principal.startswith("structure:")
    ]


def test_structures_of_ones_own_academy_come_first(nation):
    alice, _zoes = nation
    for academy, number in (("LYON", "0690001"), ("DIJON", "0210020"), ("PARIS", "0750001")):
        letter = structures.UAI_LETTERS[int(number) % 23]
        structures.open_school(number + letter, f"Collège Hugo {academy.title()}", structures.academy(academy))

    def schools(text):
        return [
            one.name for one in directory.find(people.actor(alice), text, 2) if one.principal.startswith("structure:")
        ]

    assert schools("hugo") == ["Collège Hugo Dijon", "Collège Hugo Lyon"]
    assert schools("hugo par") == ["Collège Hugo Paris"]
    Structure.objects.filter(name="Collège Hugo Dijon").update(closed=clock.today())
    assert schools("hugo") == ["Collège Hugo Lyon", "Collège Hugo Paris"]


def test_a_search_costs_the_same_whoever_it_finds(nation, django_assert_max_num_queries):
    alice, _zoes = nation
    for n in range(30):
        people.arrive(f"Zoé {n}", f"z{n}@x.example")
    me = people.actor(alice)
    for text in ("zoe", "zoe martin", "nobody"):
        with django_assert_max_num_queries(11):
            directory.find(me, text)


def test_nobody_who_only_holds_a_link_finds_anybody(nation):
    _alice, zoes = nation
    assert directory.find(directory.Actor(frozenset({"link:3"})), "far@x.example") == []
    assert directory.find(people.actor(zoes["far"]), "z") == []


def test_principals_may_come_from_a_generator(db):
    leader = people.actor(people.arrive("Ada Lovelace", "ada@ac-dijon.example"))
    team = teams.form(leader, "Volcans")
    wanted = (f"team:{team.pk}", f"lead:{team.pk}", "everyone")
    assert set(directory.names_of(one for one in wanted)) == set(wanted)
