"""Careers as feeds tell them: moves, holes, returns, several schools at once, structures that change. Numbers: edge cases."""

import json
import sys
from datetime import date, timedelta

import pytest

from cartable.identity import people, postings, structures
from cartable.identity.feeds import joining, keeping, naming, reading, scanning, tasks
from cartable.identity.feeds.models import Batch, Feed, MatchCase
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Address, Person, Posting, Structure
from cartable.kernel import clock
from tests.identity.feeds.written import (
    ALICE,
    AMPERE,
    BOB,
    BUFFON,
    CARNOT,
    EVE,
    SCHOOLS,
    changes,
    complete,
    person,
    request,
    table,
    uai,
)  # fmt: skip

HEADER = "key,last_name,birth_name,first_name,birth_date,mail,national_id,uai,structure,function,start,end"
NUMEN = "07E9501234ABC"


def line(key=1, last="Martin", mail="alice@ac-dijon.fr", place=CARNOT, dates=",", function="ENS"):
    return f"{key},{last},Durand,Alice,1967-08-07,{mail},{NUMEN},{place},Lycée {place},{function},{dates}"


BOB_LINE = f"2,Dupont,,Bob,1975-11-12,bob@ac-dijon.fr,,{CARNOT},Lycée {CARNOT},DIR,,"
THERE = line(9, mail="alice@ac-lyon.fr", place=AMPERE)
OTHER = f"2,Petit,,Zoé,1985-01-03,zoe@ac-lyon.fr,,{AMPERE},Lycée {AMPERE},DIR,,"


@pytest.fixture
def feed(take, tmp_path):
    """Import a table of a day: `feed("20260901", line(), source="LYON")`."""
    return lambda day, *lines, source="DIJON": take(table(tmp_path, HEADER, *lines, day=day), source)


def held(mail="alice@ac-dijon.fr"):
    """Return (structure, first day, last day), the oldest first."""
    rows = [(one.structure[-8:], one.first_day, one.last_day) for one in postings.of(people.find(mail))]
    return sorted(rows, key=str)


def is_one():
    assert people.find("alice@ac-dijon.fr") == people.find("alice@ac-lyon.fr")
    assert Person.objects.count() == 3
    assert not MatchCase.objects.exists()


def test_1_a_move_seen_first_where_one_arrives(feed):
    feed("20260801", line(), BOB_LINE)
    assert feed("20260901", THERE, OTHER, source="LYON")["moved"] == 1
    assert held() == [(CARNOT, date(2026, 8, 1), None), (AMPERE, date(2026, 9, 1), None)]
    assert feed("20260915", BOB_LINE)["ended"] == 1
    assert held() == [(CARNOT, date(2026, 8, 1), date(2026, 9, 14)), (AMPERE, date(2026, 9, 1), None)]
    is_one()


def test_2_a_departure_seen_first_and_six_weeks_of_nothing(feed):
    feed("20260701", line(), BOB_LINE)
    assert feed("20260720", BOB_LINE)["ended"] == 1
    assert feed("20260901", THERE, OTHER, source="LYON")["moved"] == 1
    assert held() == [(CARNOT, date(2026, 7, 1), date(2026, 7, 19)), (AMPERE, date(2026, 9, 1), None)]
    is_one()


@pytest.mark.parametrize("first", ["DIJON", "LYON"])
def test_3_both_academies_say_it_the_same_night(feed, first):
    feed("20260701", line(), BOB_LINE)
    for source in (first, {"DIJON": "LYON", "LYON": "DIJON"}[first]):
        feed("20260901", *((BOB_LINE,) if source == "DIJON" else (THERE, OTHER)), source=source)
    assert held() == [(CARNOT, date(2026, 7, 1), date(2026, 8, 31)), (AMPERE, date(2026, 9, 1), None)]
    is_one()


def test_4_a_move_and_a_marriage_at_once(feed):
    feed("20260701", line(), BOB_LINE)
    feed("20260901", line(9, last="Petit", mail="alice@ac-lyon.fr", place=AMPERE), OTHER, source="LYON")
    assert people.find("alice@ac-dijon.fr").name == "Alice Petit"
    is_one()


def test_5_a_return_three_years_later_under_the_same_number(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB, day="20230901"))
    sub = people.find(ALICE.mail).sub
    take(complete(tmp_path, BOB, day="20230902"))
    people.give_address(people.find(ALICE.mail), "alice@ac-lyon.fr")
    assert take(complete(tmp_path, ALICE, BOB, day="20260901"))["moved"] == 1
    assert people.find(ALICE.mail).sub == sub
    assert people.primary_mail(people.find(sub).pk) == ALICE.mail
    assert [(one.first_day, one.last_day) for one in postings.of(people.find(sub))] == [
        (date(2026, 9, 1), None), (date(2023, 9, 1), date(2023, 9, 1)),
    ]  # fmt: skip


def test_7_who_is_in_both_degrees_is_one_and_neither_feed_ends_the_other(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    primary = {"5": (uai(210500), "ECOLE JEAN MACE")}
    there = ALICE.but(duties=(("5", "ENS"),))
    assert take(complete(tmp_path, there, EVE.but(duties=()), schools=primary, first_degree=True))["moved"] == 1
    assert {one.name for one in Feed.objects.all()} == {"DIJON aaf-1d", "DIJON aaf-2d"}
    assert len(postings.of(people.find(ALICE.mail))) == 2
    take(complete(tmp_path, BOB, day="20261102"))
    assert [one.structure for one in postings.of(people.find(ALICE.mail)) if one.current] == ["ECOLE JEAN MACE"]


def test_8_twenty_five_postings_at_once(take, tmp_path):
    places = {str(n): (uai(210100 + n), f"COLLEGE {n}") for n in range(25)}
    busy = ALICE.but(duties=tuple((key, "ORI") for key in places))
    take(complete(tmp_path, busy, schools=places))
    assert Posting.objects.filter(end=None).count() == 25
    fewer = busy.but(duties=busy.duties[:24])
    assert take(complete(tmp_path, fewer, schools=places, day="20261102"))["ended"] == 1
    assert Posting.objects.filter(end=None).count() == 24


@pytest.mark.parametrize("given", [(), ("1$-$SANS OBJET$-$-",)], ids=["9-no-function", "10-without-object"])
def test_9_and_10_an_agent_without_function_is_of_the_academy(take, tmp_path, given):
    take(complete(tmp_path, ALICE.but(more={"ENTPersonFonctions": given})))
    assert [(one.structure.name, one.function) for one in Posting.objects.all()] == [("Dijon", "")]
    attached = {"ENTPersonFonctions": given, "ENTPersonStructRattach": ("2",)}
    take(complete(tmp_path, ALICE.but(more=attached), day="20261102"))
    assert Posting.objects.get(end=None).structure.code == BUFFON


@pytest.mark.parametrize(
    "given",
    [
        {"ENTPersonFonctions": (f"{CARNOT.lower()}$dir$CHEF$L1000$POSITION",)},
        {"ENTPersonFonctions": (), "ENTPersonStructRattach": (CARNOT.lower(),)},
    ],
)
def test_55_a_code_in_lower_case_is_the_same_in_aaf(take, tmp_path, given):
    schools = {CARNOT.lower(): (CARNOT.lower(), "LYCEE CARNOT")}
    take(complete(tmp_path, ALICE.but(more=given), schools=schools))
    assert take.lines == []
    function = "DIR" if given["ENTPersonFonctions"] else ""
    assert [(one.structure.code, one.function) for one in Posting.objects.all()] == [(CARNOT, function)]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_55_a_code_in_lower_case_is_the_same_in_a_table_and_in_scim(take, tmp_path, form):
    path = tmp_path / f"hr-20261101.{form}"
    if form == "csv":
        path.write_text(f"{HEADER}\n" + line(place=CARNOT).replace(CARNOT, CARNOT.lower()).replace("ENS", "ens"))
    else:
        posting = {"uai": CARNOT.lower(), "structure": "Lycée Carnot", "function": "ens"}
        user = {
            "externalId": "1",
            "name": {"familyName": "Martin", "givenName": "Alice"},
            SCHEMA: {"postings": [posting]},
        }
        path.write_text(json.dumps([user]))
    take(path)
    assert take.lines == []
    assert [(one.structure.code, one.function) for one in Posting.objects.all()] == [(CARNOT, "ENS")]


def test_11_two_academies_become_one(take, tmp_path):
    caen, rouen = ALICE.but(mail="alice@ac-caen.fr"), BOB.but(mail="bob@ac-rouen.fr")
    take(complete(tmp_path, caen, day="20191201"), "CAEN")
    take(complete(tmp_path, rouen.but(key=ALICE.key), day="20191201"), "ROUEN")  # the same number, somebody else
    both = [caen.but(mail="alice@ac-normandie.fr"), rouen.but(mail="bob@ac-normandie.fr")]
    assert take(complete(tmp_path, *both, day="20200102"), "NORMANDIE")["moved"] == 1
    assert people.find("alice@ac-caen.fr") == people.find("alice@ac-normandie.fr")
    assert MatchCase.objects.get().candidate == people.find("bob@ac-rouen.fr")  # whose number changed: a human says


def written_to(mail):
    return people.primary_mail(people.find(mail).pk)


def test_13_the_address_of_an_announced_posting_is_written_to_from_its_first_day_on(feed, later):
    dijon, lyon = "alice@ac-dijon.fr", "alice@ac-lyon.fr"
    ahead = clock.today() + timedelta(days=60)
    feed("20261101", line(), BOB_LINE)
    feed("20261102", line(9, mail=lyon, place=AMPERE, dates=f"{ahead},"), OTHER, source="LYON")
    assert people.find(lyon) == people.find(dijon), "it signs in at once"
    tasks.begin_addresses.func()
    assert written_to(lyon) == dijon
    later(days=61)
    tasks.begin_addresses.func()
    assert written_to(lyon) == lyon
    tasks.begin_addresses.func()
    assert written_to(lyon) == lyon


@pytest.mark.parametrize("known", [False, True], ids=["a newcomer", "somebody known without an address"])
def test_13_who_has_no_other_address_is_written_to_at_once_though_only_announced(feed, later, known):
    ahead = clock.today() + timedelta(days=60)
    if known:
        feed("20261101", line(mail=""), BOB_LINE)
    feed("20261102", line(9, mail="alice@ac-lyon.fr", place=AMPERE, dates=f"{ahead},"), OTHER, source="LYON")
    assert written_to("alice@ac-lyon.fr") == "alice@ac-lyon.fr"
    assert not Address.objects.exclude(begins=None).exists()
    later(days=61)
    tasks.begin_addresses.func()
    assert written_to("alice@ac-lyon.fr") == "alice@ac-lyon.fr"
    assert Address.objects.filter(person=people.find("alice@ac-lyon.fr")).count() == 1


def test_13_an_address_that_is_gone_since_it_was_listed_keeps_no_other(feed, later, monkeypatch):
    ahead = clock.today() + timedelta(days=60)
    feed("20261101", line(), BOB_LINE)
    feed("20261102", line(9, mail="alice@ac-lyon.fr", place=AMPERE, dates=f"{ahead},"), OTHER, source="LYON")
    later(days=61)
    (waiting,) = Address.objects.exclude(begins=None).values_list("pk", flat=True)
    monkeypatch.setattr(naming, "batches", lambda _rows: [[0, waiting, waiting]])
    tasks.begin_addresses.func()
    assert written_to("alice@ac-lyon.fr") == "alice@ac-lyon.fr"


def test_13_the_address_of_a_posting_that_was_taken_back_is_not_written_to(feed, later):
    ahead = clock.today() + timedelta(days=60)
    feed("20261101", line(), BOB_LINE)
    feed("20261102", line(9, mail="alice@ac-lyon.fr", place=AMPERE, dates=f"{ahead},"), OTHER, source="LYON")
    assert Posting.objects.filter(start=ahead).update(cancelled=True) == 1
    later(days=61)
    tasks.begin_addresses.func()
    assert written_to("alice@ac-lyon.fr") == "alice@ac-dijon.fr"
    assert not Address.objects.exclude(begins=None).exists()


def test_12_a_school_whose_code_changes_keeps_its_people(take, tmp_path):
    take(complete(tmp_path, ALICE))
    carnot = structures.school(CARNOT)
    new = uai(210999)
    assert set(take(complete(tmp_path, ALICE, schools={**SCHOOLS, "1": (new, "CITE CARNOT")}, day="20261102"))) == {
        "written"
    }
    assert structures.school(new) == carnot
    assert [one.name for one in Structure.objects.filter(pk=carnot.pk)] == ["CITE CARNOT"]
    assert Posting.objects.get().structure_id == carnot.pk


def test_12_a_school_has_no_other_ones_code_until_a_person_says_that_they_are_one(take, tmp_path):
    """Each night a line says so, and nothing changes; then the school is closed, and its people move."""
    take(complete(tmp_path, ALICE))
    joined = {"1": (BUFFON, "CITE"), "2": (BUFFON, "CITE")}
    for day in ("20261102", "20261103"):
        take(complete(tmp_path, ALICE, schools=joined, day=day))
        (line,) = take.lines
        assert f": UAI {BUFFON}: structure 1 is {CARNOT} LYCEE CARNOT, and that one " in line
        assert structures.school(CARNOT).closed is None
    joining.join(structures.school(CARNOT), structures.school(BUFFON))
    closed = structures.school(CARNOT)
    assert (closed.closed, closed.successor) == (clock.today(), structures.school(BUFFON))
    take(complete(tmp_path, ALICE, schools=joined, day="20261104"))
    assert take.lines == []
    assert Posting.objects.get(end=None).structure.code == BUFFON
    assert take(complete(tmp_path, ALICE, schools=joined, day="20261105")) == {}


NEW = uai(210999)


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"1": BUFFON, "2": CARNOT}, {"1": BUFFON, "2": CARNOT}),  # two swap theirs
        ({"1": BUFFON, "2": AMPERE, "3": CARNOT}, {"1": BUFFON, "2": AMPERE, "3": CARNOT}),  # three in a circle
        ({"1": BUFFON, "2": NEW}, {"1": BUFFON, "2": NEW}),  # one takes what the other gives up
        ({"2": NEW, "1": BUFFON}, {"1": BUFFON, "2": NEW}),
    ],
)
def test_12_schools_that_take_one_another_s_code_stay_who_they_are(take, tmp_path, monkeypatch, batch, codes, expected):
    monkeypatch.setattr(scanning, "BATCH", batch)
    take(complete(tmp_path, ALICE, BOB, EVE.but(duties=(("3", "DIR"),))))
    before = {key: structures.school(code) for key, (code, _) in SCHOOLS.items()}
    schools = {**codes, **{key: code for key, (code, _) in SCHOOLS.items() if key not in codes}}
    named = {key: (code, SCHOOLS[key][1]) for key, code in schools.items()}
    feed = complete(tmp_path, ALICE, BOB, EVE.but(duties=(("3", "DIR"),)), schools=named, day="20261102")
    assert take(feed, "DIJON", "--dry-run") == {}
    assert set(take(feed)) == {"written"}
    assert {key: structures.school(code) for key, code in expected.items()} == {key: before[key] for key in expected}
    assert not Structure.objects.exclude(closed=None, successor=None).filter(kind="school").exists()
    assert dict(Posting.objects.values_list("person__name", "structure")) == {
        "Alice Martin": before["1"].pk, "Bob Dupont": before["2"].pk, "Eve de La Tour": before["3"].pk,
    }  # fmt: skip
    assert take(feed) == {}


def test_12_a_school_that_two_keys_mean_is_not_closed_as_they_part(take, tmp_path):
    take(complete(tmp_path, ALICE, schools={"1": SCHOOLS["1"], "2": SCHOOLS["1"]}))
    parted = {"1": (NEW, "LYCEE CARNOT"), "2": (BUFFON, "LYCEE BUFFON")}
    take(complete(tmp_path, ALICE, schools=parted, day="20261102"))
    assert structures.school(NEW).closed is None
    assert Posting.objects.get().structure.code == NEW


def test_12_of_two_schools_under_one_new_code_the_first_has_it(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    carnot = structures.school(CARNOT)
    feed = complete(tmp_path, ALICE, BOB, schools=dict.fromkeys("12", (NEW, "CITE CARNOT")), day="20261102")
    for flags in (("--dry-run",), ()):
        assert set(take(feed, "DIJON", *flags)) == ({"written"} if not flags else set())
        assert len(take.lines) == 2
    assert structures.school(NEW) == carnot
    assert structures.school(BUFFON).closed is None


def test_12_what_was_announced_in_a_school_that_joins_another_is_announced_there_and_what_was_taken_back_stays_so(
    take, tmp_path
):
    take(complete(tmp_path, ALICE))
    one = Posting.objects.get()
    told = {"person": one.person, "structure": one.structure, "source": one.source}
    Posting.objects.create(**told, function="DOC", start=date(2027, 1, 1))
    Posting.objects.create(**told, function="EDU", start=date(2027, 1, 1), end=date(2027, 1, 1), cancelled=True)
    today = clock.today()
    Posting.objects.create(**told, function="ADM", start=today)
    joining.join(structures.school(CARNOT), structures.school(BUFFON))
    here = Posting.objects.filter(structure=one.structure).order_by("pk")
    assert [(row.function, row.end, row.cancelled) for row in here] == [
        ("ENS", today, False),
        ("DOC", date(2027, 1, 1), True),
        ("EDU", date(2027, 1, 1), True),
        ("ADM", today, True),
    ]
    there = Posting.objects.filter(structure=structures.school(BUFFON)).order_by("pk")
    assert [(row.function, row.start, row.cancelled) for row in there] == [
        ("ENS", today, False),
        ("DOC", date(2027, 1, 1), False),
        ("ADM", today, False),
    ]


def test_12_a_school_stated_twice_bears_the_last_name_and_is_written_once(take, tmp_path):
    in_a_table = table(tmp_path, HEADER, line(), BOB_LINE.replace(f"Lycée {CARNOT}", "Cité Carnot"))
    in_two_parts = complete(tmp_path, ALICE)
    first = next(in_two_parts.glob("*EtabEducNat_0000.xml"))
    first.with_name(first.name.replace("0000", "0001")).write_text(first.read_text().replace("LYCEE CARNOT", "CITE 3"))
    for path, name in ((in_a_table, "Cité Carnot"), (in_two_parts, "CITE 3")):
        assert take(path)["written"]
        assert structures.school(CARNOT).name == name
        assert take(path) == {}


def test_12_a_school_a_feed_no_longer_mentions_stays(take, tmp_path):
    take(complete(tmp_path, ALICE))
    take(complete(tmp_path, ALICE, schools={"1": SCHOOLS["1"]}, day="20261102"))
    assert structures.school(BUFFON).closed is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("2026-09-01,", "2026-09-01,2027-08-31", [(date(2026, 9, 1), date(2027, 8, 31))]),  # an end is announced
        ("2026-09-01,2027-08-31", "2026-09-01,", [(date(2026, 9, 1), None)]),  # and taken back
        ("2026-09-01,", "2026-01-01,", [(date(2026, 1, 1), None)]),  # back-dated
        ("2026-09-01,", "2026-09-15,", [(date(2026, 9, 15), None)]),  # it began later than was said
        ("2026-09-01,2026-12-31", "2027-03-01,", [(date(2026, 9, 1), date(2026, 11, 1)), (date(2027, 3, 1), None)]),
        ("2026-09-01,", "2026-09-01,9999-12-31", [(date(2026, 9, 1), None)]),
        ("2026-09-01,", "2024-02-29,2024-02-29", [(date(2024, 2, 29), date(2024, 2, 29)), (date(2026, 9, 1), date(2026, 11, 1))]),
    ],
)  # fmt: skip
def test_13_and_14_dates_said_anew(feed, before, after, expected):
    feed("20261101", line(dates=before), BOB_LINE)
    feed("20261102", line(dates=after), BOB_LINE)
    assert [one[1:] for one in held()] == expected
    assert feed("20261103", line(dates=after), BOB_LINE) == {}


def test_13_a_posting_announced_then_cancelled_never_was(feed):
    feed("20260601", line(), BOB_LINE)
    announced = line(place=BUFFON, dates="2026-09-01,")
    assert feed("20260615", line(), announced, BOB_LINE)["moved"] == 1
    feed("20260701", line(), BOB_LINE)
    cancelled = Posting.objects.get(structure=structures.school(BUFFON))
    assert (cancelled.start, cancelled.end) == (date(2026, 9, 1), date(2026, 9, 1))
    assert Posting.objects.get(structure=structures.school(CARNOT), person=cancelled.person).end is None


# Feeds of changes


def modify(who, day_fields):
    return request("modifyRequest", "PersEducNat", who.key, day_fields)


def delete(who):
    return request("deleteRequest", "PersEducNat", who.key, {})


FUNCTIONS = {"ENTPersonFonctions": ("2$DIR$LABEL$L1000$POSITION",)}


def test_a_delta_adds_modifies_and_deletes(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    counts = take(changes(tmp_path, person(EVE), modify(ALICE, FUNCTIONS), delete(BOB), day="20261102"))
    assert counts == {"arrived": 1, "moved": 1, "ended": 1, "written": counts["written"]}
    assert people.find(ALICE.mail).name == "Alice Martin"
    now = {one.person.name: (one.structure.code, one.function) for one in Posting.objects.filter(end=None)}
    assert now == {"Alice Martin": (BUFFON, "DIR"), "Eve de La Tour": (CARNOT, "ENS")}
    after = complete(tmp_path, ALICE.but(duties=(("2", "DIR"),)), EVE, day="20261103")
    assert set(take(after)) == {"written"}
    assert take(after) == {}


def test_a_modification_replaces_only_what_it_names(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    take(changes(tmp_path, modify(ALICE, {"mail": ("a.m@ac-dijon.fr",)}), day="20261102"))
    assert Posting.objects.filter(person=people.find(ALICE.mail)).count() == 1
    assert people.primary_mail(people.find(ALICE.mail).pk) == "a.m@ac-dijon.fr"
    take(changes(tmp_path, modify(BOB, {"sn": ("LEROY",), "givenName": ("BOB",)}), day="20261103"))
    assert people.find(BOB.mail).name == "Bob Leroy"
    assert Address.objects.filter(mail=BOB.mail).exists()


def test_35_a_delta_twice_writes_nothing(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    delta = changes(tmp_path, person(EVE), modify(ALICE, FUNCTIONS), day="20261102")
    assert take(delta)["arrived"] == 1
    assert take(delta) == {}
    assert take.refusal is None
    take(changes(tmp_path, delete(BOB), day="20261103"))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("20261031", "of 2026-10-31, older than what was applied (2026-11-01): refused"),
        ("20261103", "changes of 2026-11-03, after a feed of 2026-11-01: one was missed, import a complete one"),
    ],
)
def test_35_a_delta_out_of_order_or_after_a_missed_one_is_refused(take, tmp_path, day, why):
    take(complete(tmp_path, ALICE, BOB))
    assert take.refused(changes(tmp_path, delete(BOB), day=day)).endswith(why)
    assert Posting.objects.filter(end=None).count() == 2


def test_a_delta_before_any_complete_feed_is_refused(take, tmp_path):
    assert "import a complete one first" in take.refused(changes(tmp_path, person(ALICE), day="20261102"))
    assert not Person.objects.exists()


def test_a_delta_follows_a_complete_feed_that_said_nothing_new(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    assert take(complete(tmp_path, ALICE, BOB, day="20261108")) == {}
    assert take(changes(tmp_path, delete(BOB), day="20261109"))["ended"] == 1


def test_a_change_of_somebody_never_stated_is_refused_alone(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    counts = take(changes(tmp_path, modify(EVE, FUNCTIONS), delete(EVE), delete(BOB), day="20261102"))
    assert counts == {"refused": 2, "ended": 1, "written": counts["written"]}
    assert all(one.endswith("whom no earlier feed states: import a complete one") for one in take.lines)


def test_a_person_added_and_modified_in_one_delta(take, tmp_path):
    take(complete(tmp_path, BOB))
    take(changes(tmp_path, person(ALICE), modify(ALICE, FUNCTIONS), day="20261102"))
    assert [one.structure.code for one in Posting.objects.filter(end=None, person__name="Alice Martin")] == [BUFFON]


def test_an_older_complete_feed_is_refused(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    assert take.refused(complete(tmp_path, ALICE, day="20261031")).endswith(
        "older than what was applied (2026-11-01): refused"
    )


def test_a_feed_that_says_the_same_on_an_older_day_does_not_take_the_day_back(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    take(complete(tmp_path, ALICE, BOB, day="20261108"))
    why = "older than what was applied (2026-11-08): refused"
    assert take.refused(complete(tmp_path, ALICE, BOB, day="20261102")).endswith(why)
    assert take.refused(complete(tmp_path, ALICE, day="20261105")).endswith(why)


def test_changes_that_say_the_same_days_later_do_not_hide_those_that_were_missed(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    take(changes(tmp_path, modify(ALICE, FUNCTIONS), day="20261102"))
    again = changes(tmp_path, modify(ALICE, FUNCTIONS), day="20261106")
    assert take.refused(again).endswith("one was missed, import a complete one")


# The safety valve


CROWD = [
    ALICE.but(key=str(n), first=f"P{n}", mail=f"p{n}@ac-dijon.fr", born=f"{n % 28 + 1:02}/05/{1960 + n % 40}")
    for n in range(100)
]


def test_36_a_complete_feed_of_sixty_percent_is_stopped(take, tmp_path):
    take(complete(tmp_path, *CROWD))
    wrong = BOB.but(duties=(("2", "XYZ"),))
    assert take(complete(tmp_path, *CROWD[:60], wrong, day="20261102")) == {"ended": 40, "refused": 1}, (
        "nothing is written"
    )
    assert take.refusal == "Nothing was applied: it would end 40 of 100 postings. If that is true, say --yes."
    assert take.stopped is True
    record, stop = take.lines
    assert record.endswith("function code 'XYZ' is unknown")
    assert stop == "stopped: it would end 40 of 100 postings"
    assert take.said.splitlines()[-2:] == [
        record,
        "it would have been: 40 ended, 1 refused",
    ], "whoever reads it reads the stop once, as the command ends"
    assert Posting.objects.filter(end=None).count() == 100
    assert take(complete(tmp_path, *CROWD[:60], day="20261102"), "DIJON", "--yes")["ended"] == 40
    assert take.stopped is False


@pytest.mark.parametrize(
    ("day", "left", "stops"),
    [("20260901", 96, True), ("20260901", 98, False), ("20261102", 97, False), ("20261102", 96, True)],
)
def test_36_less_is_let_through_outside_summer(take, tmp_path, day, left, stops):
    take(complete(tmp_path, *CROWD, day="20260801"))
    take(complete(tmp_path, *CROWD[:left], day=day))
    assert bool(take.refusal) is stops


def test_too_many_arrivals_or_new_names_are_stopped(take, tmp_path):
    take(complete(tmp_path, *CROWD[:90]))
    assert take(complete(tmp_path, *CROWD, day="20261102")) == {"arrived": 10}
    assert "would create 10 people beside 90" in take.refusal
    renamed = [one.but(last="AUTRE") for one in CROWD[:10]] + CROWD[10:90]
    assert take(complete(tmp_path, *renamed, day="20261102")) == {"changed": 10}
    assert "would rename 10 of 90 people" in take.refusal
    assert not Person.objects.filter(name__contains="Autre").exists()


PLACES = {str(n): (uai(210100 + n), f"COLLEGE {n}") for n in range(10)}
SPREAD = [one.but(duties=((str(n % 10), "ENS"),)) for n, one in enumerate(CROWD)]


def shifted(count):
    """Return PLACES where so many have the code of the next one, and the last that of the first."""
    codes = [code for code, _ in PLACES.values()][:count]
    return PLACES | {key: (code, PLACES[key][1]) for key, code in zip(PLACES, codes[1:] + codes[:1], strict=False)}


def test_a_feed_that_gives_many_schools_another_code_is_stopped(take, tmp_path):
    """A column that slipped by a line."""
    take(complete(tmp_path, *SPREAD, schools=PLACES))
    first = structures.school(PLACES["0"][0])
    feed = complete(tmp_path, *SPREAD, schools=shifted(10), day="20261102")
    for flags in ((), ("--dry-run",)):
        assert take(feed, "DIJON", *flags) == {}
        assert take.lines[-1] == "stopped: it would give another code to 10 of 10 schools"
        assert take.refusal.endswith(
            "applied: it would give another code to 10 of 10 schools. If that is true, say --yes."
        )
    assert structures.school(PLACES["0"][0]) == first
    take(feed, "DIJON", "--yes")
    assert structures.school(PLACES["1"][0]) == first


def test_three_schools_may_have_another_code_unasked(take, tmp_path):
    take(complete(tmp_path, *SPREAD, schools=PLACES))
    assert set(take(complete(tmp_path, *SPREAD, schools=shifted(3), day="20261102"))) == {"written"}
    assert not take.stopped


def test_a_dry_run_of_what_would_be_stopped_says_so_and_fails(take, tmp_path, monkeypatch):
    take(complete(tmp_path, *CROWD))
    monkeypatch.setattr(sys, "stdin", Terminal())
    fewer = complete(tmp_path, *CROWD[:60], day="20261102")
    assert take(fewer, "DIJON", "--dry-run") == {"ended": 40}
    assert take.lines == ["stopped: it would end 40 of 100 postings"]
    assert take.refusal == "Nothing would be applied: it would end 40 of 100 postings. If that is true, say --yes."
    assert take.stopped is True
    assert take(fewer, "DIJON", "--dry-run", "--yes") == {"ended": 40}
    assert take.lines == ["the safety valve lets it by: it would end 40 of 100 postings"]
    assert (take.refusal, take.stopped) == (None, False)
    assert Posting.objects.filter(end=None).count() == 100


@pytest.mark.parametrize("name", ["Académie de Dijon", "academie de DIJON", "dijon", "7"])
def test_an_academy_is_one_source_however_its_name_is_written(take, tmp_path, name):
    take(complete(tmp_path, *CROWD[:5]))
    assert take(complete(tmp_path, *CROWD[:5], day="20261102"), name) == {}
    assert take.refusal is None


@pytest.mark.parametrize(("name", "near"), [("DIJONN", " (is it DIJON?)"), ("ac-dijon", " (is it DIJON?)"), ("RH", "")])
def test_a_source_that_is_no_academy_is_a_question(take, tmp_path, name, near):
    take(complete(tmp_path, *CROWD))
    feed = complete(tmp_path, *CROWD, day="20261102")
    for flags in ((), ("--dry-run",)):
        assert take(feed, name, *flags)["proposed"] == 100
        assert take.lines[-2:] == [
            f"stopped: it would be the first of a source {name!r}, which is no academy{near}",
            "stopped: it would add people of whom 100 of the first 100 may be known already, under another source",
        ]
        assert take.refusal.endswith("If that is true, say --yes.")
    assert (Person.objects.count(), Feed.objects.count()) == (100, 1)
    take(complete(tmp_path, BOB, day="20261102"), name, "--yes")
    assert take.refusal is None
    take(complete(tmp_path, BOB, EVE, day="20261103"), name)
    assert (take.refusal, Person.objects.count()) == (None, 102), "it is known now"


def test_the_first_feed_of_an_academy_whose_people_are_known_is_a_question(take, tmp_path):
    take(complete(tmp_path, *CROWD[:10]))
    twice = complete(tmp_path, *CROWD[:10], day="20261102")
    assert take(twice, "LYON")["proposed"] == 10
    assert "10 of the first 10 may be known already" in take.refusal
    assert Person.objects.count() == 10
    take(complete(tmp_path, *CROWD[7:20], day="20261102"), "LYON")
    assert take.refusal is None, "three of thirteen came from there"


class Terminal:
    """Where somebody sits who is not to be asked."""

    def isatty(self):
        return True


def test_a_dry_run_of_what_would_not_be_stopped_succeeds(take, tmp_path):
    take(complete(tmp_path, *CROWD), "DIJON", "--dry-run")  # a first feed
    assert (take.refusal, take.stopped, take.lines) == (None, False, [])
    take(complete(tmp_path, *CROWD))
    take(complete(tmp_path, *CROWD[:97], day="20261102"), "DIJON", "--dry-run")
    assert (take.refusal, take.stopped, take.lines) == (None, False, [])


def test_a_dry_run_of_what_goes_on_is_not_stopped(take, tmp_path):
    """Once something was applied, nobody asks again whether it may be."""
    take(complete(tmp_path, *CROWD))
    fewer = complete(tmp_path, *CROWD[:60], day="20261102")
    source = reading.survey(fewer)
    Batch.objects.create(feed=Feed.objects.get(), digest=source.digest(), dated=source.heading.dated, complete=True)
    take(fewer, "DIJON", "--dry-run")
    assert (take.refusal, take.stopped) == (None, False)


# Raw files


def test_raw_files_are_kept_thirty_days(take, tmp_path, later):
    feed = complete(tmp_path, ALICE)
    take(feed)
    kept = list((tmp_path / "data" / "feeds").rglob("*.xml"))
    assert {one.name: one.read_bytes() for one in kept} == {one.name: one.read_bytes() for one in feed.iterdir()}
    assert {one.stat().st_mode & 0o077 for one in (*kept, kept[0].parent)} == {0}
    take(feed)
    assert keeping.forget_old() == 0
    later(days=31)
    tasks.forget_old_files.call()
    assert not list((tmp_path / "data" / "feeds").rglob("*"))


def test_many_records_cost_as_many_queries_as_few(take, tmp_path, django_assert_max_num_queries):
    take(complete(tmp_path, BOB))
    with django_assert_max_num_queries(60):
        take(complete(tmp_path, *CROWD, BOB, day="20261102"), "DIJON", "--yes")
    feed = complete(tmp_path, *CROWD, BOB, day="20261102")
    with django_assert_max_num_queries(17) as asked:
        assert take(feed) == {}
    assert not [one for one in asked if one["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
