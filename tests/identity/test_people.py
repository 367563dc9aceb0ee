from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.identity import directory, people, postings, principals, structures, teams
from cartable.identity.actors import EVERYONE
from cartable.identity.models import Address, Domain, Membership, Person, Structure
from cartable.identity.names import fold
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Denied, NameTaken, NotFound, WeakPassword
from tests.worlds import academies, actor


@pytest.fixture
def places(db):
    return academies()


@pytest.fixture
def alice(db):
    return people.arrive("Alice Martin", "Alice@ac-dijon.example")


# Names


@given(st.text())
def test_folding_is_done_once(name):
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Élodie Lœwenstein", "ELODIE LOEWENSTEIN"),
        ("Jean-Baptiste", "jean baptiste"),
        ("N’Guyen", "N'Guyen"),
        ("  A  B ", "a b"),
    ],
)
def test_the_directory_does_not_mind_how_it_is_typed(one, other):
    assert fold(one) == fold(other)


# Addresses


def test_a_structure_is_named_by_its_code_or_an_academy_by_its_name(db):
    dijon, _lyon = academies()
    carnot = structures.open_school("0210015C", "Lycée Carnot", dijon)
    zone = Structure.objects.create(kind="school", code="1004001V", name="Z.REMP", parent=dijon)  # its letter is wrong
    for text, place in (("0210015c ", carnot), ("1004001V", zone), ("dijon", dijon), ("07", dijon), ("7", dijon)):
        assert structures.named(text) == place
    assert structures.named("MEN").kind == "ministry"
    assert structures.named(dijon.parent.code) == dijon.parent
    for text in ("0210015X", "ATLANTIS", "", "\0"):
        with pytest.raises(NotFound):
            structures.named(text)


def test_an_address_is_found_in_any_case_and_for_ever(alice):
    people.give_address(alice, "alice@ac-lyon.example")
    for mail in ("ALICE@AC-DIJON.EXAMPLE", "alice@ac-lyon.example", alice.sub):
        assert people.find(mail) == alice
    assert people.primary_mail(alice.pk) == "alice@ac-lyon.example"
    assert Address.objects.filter(person=alice, primary=True).count() == 1


def test_an_address_comes_back_to_who_held_it(alice):
    people.give_address(alice, "alice@ac-lyon.example")
    people.give_address(alice, "alice@ac-dijon.example")
    assert people.primary_mail(alice.pk) == "alice@ac-dijon.example"
    assert Address.objects.filter(person=alice).count() == 2


def test_an_address_that_comes_with_a_move_begins_that_day_and_the_former_ends(places):
    dijon, lyon = places
    september = clock.morning(clock.today() - timedelta(days=80))
    alice = people.arrive("Alice Martin", "alice@ac-dijon.example", since=september)
    postings.begin(alice, dijon, on=clock.today() - timedelta(days=80))
    day = clock.today() - timedelta(days=20)
    postings.move(alice, lyon, on=day, mail="alice@ac-lyon.example")
    dates = alice.addresses.order_by("since").values_list("since", "until")
    assert list(dates) == [(september, clock.morning(day)), (clock.morning(day), None)]


def test_no_address_ends_before_it_began_nor_begins_in_the_future(alice, places):
    postings.begin(alice, places[0], on=clock.today() - timedelta(days=80))
    postings.move(alice, places[1], on=clock.today() - timedelta(days=20), mail="alice@ac-lyon.example")
    former = alice.addresses.get(primary=False)
    assert former.until == former.since
    postings.move(alice, places[0], on=clock.today() + timedelta(days=20), mail="alice@ac-besancon.example")
    assert alice.addresses.get(primary=True).since <= clock.now()


def test_an_address_is_never_given_to_somebody_else(alice):
    with pytest.raises(NameTaken):
        people.arrive("Alice Martin", "alice@ac-dijon.example")
    other = people.arrive("Alice Martin", "alice2@ac-dijon.example")
    people.give_address(alice, "alice@ac-lyon.example")
    with pytest.raises(NameTaken):
        people.give_address(other, "alice@ac-dijon.example")
    assert Person.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "mail"), [("", "a@b.example"), ("  ", "a@b.example"), ("A", ""), ("A", "a"), ("A", "a@b@c.fr")]
)
@pytest.mark.django_db
def test_one_arrives_with_a_name_and_an_address(name, mail):
    with pytest.raises(BadInput):
        people.arrive(name, mail)
    assert not Person.objects.exists()


@pytest.mark.parametrize("password", ["", "123", "onze lettre", "qwertyqwerty", "314159265358", "alicemartin21"])
@pytest.mark.django_db
def test_one_arrives_with_a_password_that_is_hard_to_guess_or_none(password):
    with pytest.raises(WeakPassword):
        people.arrive("Alice Martin", "alice@ac-dijon.example", password)
    assert not Person.objects.exists()
    assert not people.arrive("Alice Martin", "alice@ac-dijon.example").has_usable_password()


def test_an_id_says_nothing_and_stays(alice):
    before = alice.sub
    people.rename(alice, "Alice Legrand")
    again = people.find(before)
    assert (again.name, again.folded, again.sub) == ("Alice Legrand", "alice legrand", before)
    with pytest.raises(NotFound):
        people.find("nobody")


def test_who_moves_to_where_they_were_until_soon_stays_there(alice, places):
    dijon, lyon = places
    today = clock.today()
    postings.begin(alice, dijon)
    soon = postings.begin(alice, lyon)
    postings.end(soon, on=today + timedelta(days=5))
    assert not postings.move(alice, lyon)  # none begins
    assert [(one.structure, one.last_day) for one in postings.of(alice) if one.current] == [("Lyon", None)]
    assert not postings.move(alice, lyon)
    assert len(postings.of(alice)) == 2


def test_who_moves_earlier_than_announced_is_there_without_a_gap(alice, places):
    dijon, lyon = places
    first = clock.today() + timedelta(days=30)
    postings.begin(alice, dijon)
    postings.begin(alice, lyon, on=first)
    assert postings.move(alice, lyon)
    assert [(one.structure, one.first_day, one.last_day) for one in postings.of(alice)][:2] == [
        ("Lyon", first, None),
        ("Lyon", clock.today(), first - timedelta(days=1)),
    ]


# Structures


def test_the_academies_are_all_there(places):
    kinds = dict(Structure.objects.filter(kind="academy", closed=None).values_list("code", "name"))
    assert len(kinds) == 34  # thirty, and four overseas services
    assert structures.academy("AIX-MARSEILLE").name == structures.academy("2").name == "Aix-Marseille"
    assert structures.academy("clermont ferrand") == Domain.objects.get(name="ac-clermont.fr").structure
    assert structures.academy("CAEN").successor == structures.academy("NORMANDIE")
    for wrong in ("NOWHERE", "99", "", "ac-dijon.fr"):
        with pytest.raises(NotFound):
            structures.academy(wrong)


def test_loading_again_writes_nothing_new(places):
    before = list(Structure.objects.order_by("pk").values())
    structures.load()
    assert list(Structure.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("uai", ["0212015B", "0590121L", "0750655E"])
def test_codes_of_schools(uai):
    assert structures.uai_is_valid(uai)
    assert not structures.uai_is_valid(uai[:7] + "I")


def test_a_school_has_one_code(places):
    made = structures.open_school("0212015b", "Lycée Carnot", places[0])
    assert structures.school(" 0212015B") == made
    with pytest.raises(NameTaken):
        structures.open_school("0212015B", "Autre", places[0])
    with pytest.raises(BadInput):
        structures.open_school("0212015C", "Faux", places[0])
    with pytest.raises(NotFound):
        structures.school("0590121L")


# Postings, and what they let one act as


def acts_as(mail="alice@ac-dijon.example"):
    return actor(mail).principals


def test_a_posting_reaches_up_to_the_ministry(alice, places):
    dijon, _ = places
    postings.begin(alice, structures.open_school("0212015B", "Lycée Carnot", dijon))
    kinds = [Structure.objects.get(pk=one.partition(":")[2]).kind for one in acts_as() if one.startswith("structure:")]
    assert sorted(kinds) == ["academy", "ministry", "region", "school"]
    assert {EVERYONE, f"person:{alice.pk}"} <= acts_as()


def test_a_posting_to_come_opens_nothing_yet(alice, places, later):
    postings.begin(alice, places[0], on=clock.today() + timedelta(days=3))
    assert acts_as() == {f"person:{alice.pk}"}
    later(days=3)
    assert f"structure:{places[0].pk}" in acts_as()


def test_a_move_ends_one_posting_and_begins_another_on_the_day(alice, places, later):
    dijon, lyon = places
    postings.begin(alice, dijon)
    later(days=100)
    first_day = clock.today() + timedelta(days=10)
    postings.move(alice, lyon, on=first_day, mail="alice@ac-lyon.example")
    assert f"structure:{dijon.pk}" in acts_as()
    later(days=10)
    assert f"structure:{lyon.pk}" in acts_as()
    faded = actor("alice@ac-dijon.example").fading
    assert f"structure:{dijon.pk}" in faded
    now, past = postings.of(alice)
    assert (now.structure, now.current, now.last_day) == ("Lyon", True, None)
    assert (past.structure, past.current, past.last_day) == ("Dijon", False, first_day - timedelta(days=1))
    later(days=60)
    assert f"structure:{dijon.pk}" not in actor("alice@ac-dijon.example").all_principals


def test_moving_again_to_where_one_is_changes_nothing(alice, places):
    postings.begin(alice, places[0])
    postings.move(alice, places[0])
    assert [one.current for one in postings.of(alice)] == [True]


@pytest.mark.parametrize("at", [0, 1])
def test_what_was_taken_back_neither_stops_nor_ends_a_move(alice, places, at):
    postings.begin(alice, places[0])
    never = postings.begin(alice, places[at], on=clock.today() + timedelta(days=30), function="DOC")
    postings.end(never, on=never.start)
    assert postings.move(alice, places[1])
    assert [(one.structure, one.last_day) for one in postings.of(alice) if one.current] == [("Lyon", None)]
    assert postings.of(alice)[0].state == "cancelled"


def test_two_postings_at_once(alice, places):
    for place in places:
        postings.begin(alice, place)
    assert {f"structure:{place.pk}" for place in places} <= acts_as()


def test_a_posting_cannot_end_before_it_begins(alice, places):
    posting = postings.begin(alice, places[0])
    with pytest.raises(BadInput):
        postings.end(posting, on=clock.today() - timedelta(days=1))
    with pytest.raises(BadInput):
        postings.move(alice, places[1], on=clock.today() - timedelta(days=1))
    assert [one.current for one in postings.of(alice)] == [True]


def test_who_directs_a_structure_heads_it(alice, places):
    postings.begin(alice, places[0], function="DIR")
    assert f"head:{places[0].pk}" in acts_as()
    postings.move(alice, places[1])
    assert f"head:{places[0].pk}" not in actor("alice@ac-dijon.example").all_principals


def test_principals_cost_nothing_the_second_time(alice, places, django_assert_num_queries):
    postings.begin(alice, places[0])
    version = Person.objects.get(pk=alice.pk).version
    principals.actor_of(alice.pk, version)
    with django_assert_num_queries(0):
        principals.actor_of(alice.pk, version)


def test_principals_of_nobody(db):
    with pytest.raises(NotFound):
        principals.actor_of(2**40, 1)


# Teams


def test_nobody_joins_a_team_who_cannot_be_found_there(alice, db):
    """The *liste rouge*: neither their name nor their address is told by adding them."""
    hidden, gone = people.arrive("Hervé Rouge", "herve@x.example"), people.arrive("Paul Parti", "paul@x.example")
    people.list_in_directory(hidden, listed=False)
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    team = teams.form(people.actor(alice), "Équipe SVT")
    lead = actor("alice@ac-dijon.example")
    for one in (hidden, gone):
        with pytest.raises(NotFound):
            teams.add(lead, team.pk, one)
    other = teams.form(people.actor(hidden), "Chorale", [alice])
    lead = actor("alice@ac-dijon.example")
    teams.add(lead, team.pk, hidden)  # they are mates in another: they know each other
    teams.add(lead, team.pk, hidden, leads=True)
    assert {row.person_id for row in Membership.objects.filter(team=team, leads=True)} == {alice.pk, hidden.pk}
    teams.remove(actor("herve@x.example"), other.pk, alice)
    teams.add(actor("alice@ac-dijon.example"), team.pk, hidden)  # who is there already is known there


def test_who_leads_a_team_says_who_is_in_it(alice, db):
    bob, eve = (people.arrive(name, f"{name}@x.example") for name in ("Bob", "Eve"))
    team = teams.form(people.actor(alice), " Équipe  SVT ", [bob, alice])
    assert team.name == "Équipe SVT"
    lead, member, stranger = actor("alice@ac-dijon.example"), actor("bob@x.example"), actor("eve@x.example")
    assert {f"team:{team.pk}", f"lead:{team.pk}"} <= lead.principals
    assert f"lead:{team.pk}" not in member.principals
    with pytest.raises(Denied):
        teams.add(member, team.pk, eve)
    with pytest.raises(NotFound):
        teams.add(stranger, team.pk, eve)
    with pytest.raises(Denied):
        teams.remove(member, team.pk, alice)
    teams.add(lead, team.pk, alice)
    assert Membership.objects.get(team=team, person=alice).leads  # to be brought in again takes nothing away
    teams.add(lead, team.pk, eve, leads=True)
    teams.remove(actor("eve@x.example"), team.pk, eve)  # one leaves when one likes
    with pytest.raises(BadInput):
        teams.remove(lead, team.pk, alice)  # somebody leads it
    with pytest.raises(BadInput):
        teams.form(lead, "  ")
    assert Membership.objects.filter(team=team).count() == 2


# The directory


def test_a_colleague_is_found_by_the_beginning_of_each_word(alice, places):
    postings.begin(alice, structures.open_school("0212015B", "Lycée Carnot", places[0]))
    homonym = people.arrive("Alice Martin", "alice@ac-lyon.example")
    postings.begin(homonym, places[1])
    me = people.actor(alice)
    for typed in ("ali mar", "MARTIN", "mart ali", "alice"):
        assert {hit.principal for hit in directory.find(me, typed) if hit.sub} == {
            f"person:{alice.pk}",
            f"person:{homonym.pk}",
        }
    assert {hit.place for hit in directory.find(me, "alice martin")} == {
        "Lycée Carnot, Dijon · Enseignement",
        "Lyon · Enseignement",
    }
    assert [hit.principal for hit in directory.find(me, "alice@ac-lyon.example")] == [f"person:{homonym.pk}"]
    assert [hit.name for hit in directory.find(me, "carnot")] == ["Lycée Carnot"]
    for nothing in ("a", "", "lice", "%", "alice@nowhere.example"):
        assert directory.find(me, nothing) == []


def test_only_teams_one_is_in_are_found(alice, db):
    bob = people.arrive("Bob", "bob@x.example")
    teams.form(people.actor(bob), "Équipe secrète")
    assert directory.find(people.actor(alice), "secrete") == []
    assert [hit.name for hit in directory.find(actor("bob@x.example"), "secrète")] == ["Équipe secrète"]


def test_principals_have_names(alice, places):
    names = directory.names_of(
        [f"person:{alice.pk}", f"structure:{places[0].pk}", f"head:{places[0].pk}", EVERYONE, "link:3", "person:9"]
    )
    assert {one: hit.name for one, hit in names.items() if hit.name} == {
        f"person:{alice.pk}": "Alice Martin",
        f"structure:{places[0].pk}": "Académie de Dijon",
        f"head:{places[0].pk}": "Académie de Dijon",
    }
    with pytest.raises(NotFound):
        directory.name_of("team:9")
    assert directory.by_sub(alice.sub) == alice
