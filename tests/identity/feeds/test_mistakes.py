"""What is wrong in a feed is told at once: all mistakes of a record, a line each, and the lines as they stand in the file."""

import json
from datetime import date

import pytest

from cartable.identity import structures
from cartable.identity.feeds import facts, scanning
from cartable.identity.feeds.facts import Agent, Duty, Place, row_hash
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Person, Posting, Structure
from tests.identity.feeds.written import ALICE, BOB, BUFFON, CARNOT, complete, table

HEADER = "key,last_name,first_name,birth_date,mail,uai,structure,function,start,end,operation"
BAD_DAY = "is no day: write it as 2026-09-01"


def test_marks_that_nobody_sees_are_no_part_of_a_name(take, tmp_path):
    for day, more in (("20261101", []), ("20261102", ["8,Petit,Bob"])):
        hers = "7,\u202eDu\u200bpont,Al\ufeffice"
        take(table(tmp_path, "key,last_name,first_name", hers, *more, day=day, name="hr.csv"))
        assert take.lines == ["hr.csv:2: marks that are not seen, in a name of 7: left out"]
    assert {one.name for one in Person.objects.all()} == {"Alice Dupont", "Bob Petit"}


def spoiled(key="7", uai=CARNOT):
    return [
        f"{key},,Alice,1967,,{uai},Lycée Carnot,ENS,2020-09-01,soon,replace",
        f"{key},,Alice,1967,,{uai},Lycée Carnot,XYZ,2021-09-01,2020-08-31,",
        f"{key},,Alice,1967,,{BUFFON},,ENS,09/2022,08/2023,",
    ]


def test_all_mistakes_of_a_person_in_a_table_are_told_at_once(take, tmp_path):
    bob = f"8,Dupont,Bob,,,{CARNOT},Lycée Carnot,DIR,,,"
    path = table(tmp_path, HEADER.removesuffix(",operation"), *(one.rpartition(",")[0] for one in (*spoiled(), bob)), name="hr.csv")  # fmt: skip
    assert take(path) == {"arrived": 1, "refused": 1, "written": take.answer["written"]}
    assert take.refusal is None
    assert take.lines == [
        f"hr.csv:2: '1967' {BAD_DAY}",
        f"hr.csv:2: 'soon' {BAD_DAY}",
        "hr.csv:2: 7 has no name",
        f"hr.csv:2: UAI {BUFFON} is unknown: name its structure",
        "hr.csv:3: end 2020-08-31 is before start 2021-09-01",
        "hr.csv:3: function code 'XYZ' is unknown",
        f"hr.csv:4: '09/2022' {BAD_DAY}",
        f"hr.csv:4: '08/2023' {BAD_DAY}",
    ]
    assert [one.name for one in Person.objects.all()] == ["Bob Dupont"]


def test_an_operation_that_is_none_is_told_with_what_else_is_wrong(take, tmp_path):
    take(table(tmp_path, HEADER.removesuffix(",operation"), f"8,Dupont,Bob,,,{CARNOT},Lycée Carnot,DIR,,"))
    take(table(tmp_path, HEADER, *spoiled()[:1], day="20261102", name="hr-20261102.csv"))
    assert take.lines[0] == "hr-20261102.csv:2: operation 'replace': add, modify or delete is expected"
    assert len(take.lines) == 4


def test_all_mistakes_of_a_record_of_an_academy_are_told_at_once(take, tmp_path):
    wrong = ALICE.but(first="", born="1967", more={"ENTPersonFonctions": ("1 ENS", "1$XYZ$L$P$Q", "$ENS")})
    take(complete(tmp_path, wrong, BOB))
    at = "ENT_0210000X_Complet_20261101_PersEducNat_0000.xml:5"
    assert take.lines == [
        f"{at}: '1967' is no day: dd/mm/yyyy is expected",
        f"{at}: function '1 ENS': 5 fields separated by $ are expected",
        f"{at}: function code 'XYZ' is unknown",
        f"{at}: function '$ENS': 5 fields separated by $ are expected",
        f"{at}: 1001 has no name",
    ]


def test_all_mistakes_of_a_scim_user_are_told_at_once(take, tmp_path):
    posting = {"uai": CARNOT, "structure": "Lycée Carnot", "start": "2026-09-31", "end": "never"}
    more = {"birthDate": "7 août", "postings": [posting]}
    user = {"externalId": "7", SCHEMA: more}
    (path := tmp_path / "users.json").write_text(json.dumps([user]))
    assert take(path)["refused"] == 1
    days = [
        f"users.json:[1] {SCHEMA}:{path}: {day!r} {BAD_DAY}"
        for path, day in {"birthDate": "7 août", "postings[0].end": "never", "postings[0].start": "2026-09-31"}.items()
    ]
    assert take.lines == ["users.json:[1]: 7 has no name", *days]


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["applied", "dry"])
def test_lines_come_in_the_order_of_the_file(take, tmp_path, flags, monkeypatch):
    """Whoever finds what is wrong: reading, the places, or the planning of a batch."""
    monkeypatch.setattr(scanning, "BATCH", 2)
    header = "key,last_name,first_name,birth_date,mail,uai,structure,function"
    people = [
        "1,Un,Ada,,ce.0210015c@ac-dijon.fr,,,ENS",
        "2,Deux,Bob,1967,,,,ENS",
        "3,Trois,Eve,,,0210015A,Lycée Carnot,ENS",
        ",Quatre,Zoé,,,,,ENS",
        ",Quatre,Zoé,,,,,ENS",
        "5,Cinq,Léa,,,,,XYZ",
        "6,Six,Tom,31/12/1967,,,,ENS",
        "7,Sept,Max,,nobody,,,ENS",
        "8,Huit,Kim,,,210015,Lycée Carnot,ENS",
        "9,Neuf,,,,,,ENS",
    ]
    take(table(tmp_path, header, *people, name="hr.csv"), "DIJON", *flags)
    assert [int(line.split(":")[1]) for line in take.lines] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11]
    assert take.answer["refused"] == 7


def test_what_was_read_wrong_is_told_though_the_rest_is_as_before(take, tmp_path):
    """A day that cannot be read is not a day that is not stated."""
    bob = "8,Dupont,Bob,,,,,DIR,,"
    header = HEADER.removesuffix(",operation")
    take(table(tmp_path, header, "7,Martin,Alice,,,,,ENS,,", bob))
    again = table(tmp_path, header, "7,Martin,Alice,1967,,,,ENS,,", bob, day="20261102", name="hr-20261102.csv")
    for _ in range(2):
        assert take(again) == {"refused": 1}
        assert take.lines == [f"hr-20261102.csv:2: '1967' {BAD_DAY}"]
    assert Posting.objects.filter(end=None).count() == 2


def test_a_feed_of_mistakes_alone_says_them_and_ends_nobody(take, tmp_path):
    header = HEADER.removesuffix(",operation")
    take(table(tmp_path, header, "7,Martin,Alice,,,,,ENS,,"))
    assert take(table(tmp_path, header, "7,Martin,Alice,1967,,,,ENS,,", day="20261102")) == {"refused": 1}
    assert len(take.lines) == 1
    assert Posting.objects.get().end is None


def test_no_more_is_kept_of_one_record_or_of_a_feed_than_a_person_reads(take, tmp_path, monkeypatch):
    monkeypatch.setattr(facts, "MISTAKES_MAX", 3)
    monkeypatch.setattr(scanning, "LINES", 5)
    monkeypatch.setattr(scanning, "BATCH", 2)
    lines = [f"{key},Un,Ada,,,,,ENS,{day}," for key in range(1, 5) for day in "abcd"]
    assert take(table(tmp_path, HEADER.removesuffix(",operation"), *lines, name="hr.csv"))["refused"] == 4
    assert [line.split(":")[1] for line in take.lines] == ["2", "3", "4", "6", "7"]


def test_a_record_keeps_the_hash_it_always_had():
    """What was applied by an earlier version is not written again; neither a place nor a mistake is part of it."""
    duty = Duty("1", "ENS", "L1000", date(2026, 9, 1), None)
    agent = Agent(
        "f:1", "1001", "MARTIN", "DURAND", "ALICE", date(1967, 8, 7), "a@b.fr", "N1", (duty,), mistakes=(facts.Remark("f:1", "no"),)
    )  # fmt: skip
    assert row_hash(agent).hex() == "3d540eff2ce6268140a89e39f87b5a69"
    assert row_hash(Place("f:1", "1", CARNOT, "LYCEE", "DIJON")).hex() == "ec7b652fc29e348255cefb05415643ac"


# An academy that is not the one we know

PLACED = "key,last_name,first_name,uai,structure,academy"


@pytest.fixture
def known(take, tmp_path):
    """The school Carnot, in Dijon."""
    take(table(tmp_path, PLACED, f"1,Un,Ada,{CARNOT},Lycée Carnot,DIJON"), "LYON")
    return structures.school(CARNOT)


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["applied", "dry"])
@pytest.mark.parametrize("name", ["Lycée Carnot", ""])
def test_another_academy_than_ours_is_told_once_of_each_school_and_changes_nothing(take, tmp_path, known, flags, name):
    lines = [f"{key},Un,Ada{key},{CARNOT},{name},Lyon" for key in range(1, 4)]
    path = table(tmp_path, PLACED, *lines, name="hr-20261102.csv")
    for counts in ({"arrived": 2, "changed": 1}, {"arrived": 2, "changed": 1} if flags else {}):
        assert {what: count for what, count in take(path, "LYON", *flags).items() if what != "written"} == counts
        assert take.refusal is None
        assert take.lines == [f"hr-20261102.csv:2: UAI {CARNOT}: stated in Lyon, and known in Dijon: kept as it is"]
    assert Structure.objects.get(pk=known.pk).parent.name == "Dijon"
    assert take.answer["written"] == 0


def test_one_line_of_another_academy_among_many_is_found(take, tmp_path, known):
    said = ("DIJON", "", "LYON", "DIJON", "LYON", "CAEN", "DIJON")
    lines = [f"{key},Un,Ada{key},{CARNOT},Lycée Carnot,{academy}" for key, academy in enumerate(said, 1)]
    take(table(tmp_path, PLACED, *lines, name="hr-20261102.csv"), "LYON", "--yes")
    assert take.lines == [f"hr-20261102.csv:4: UAI {CARNOT}: stated in Lyon, and known in Dijon: kept as it is"]


@pytest.mark.parametrize("academy", ["", "DIJON", "07"])
def test_an_academy_that_agrees_or_is_not_stated_is_not_told(take, tmp_path, known, academy):
    take(table(tmp_path, PLACED, f"1,Un,Ada,{CARNOT},Lycée Carnot,{academy}"), "LYON")
    assert take.lines == []


def test_an_academy_and_the_one_that_succeeds_it_are_one(take, tmp_path, known):
    Structure.objects.filter(pk=known.pk).update(parent=structures.academy("CAEN"))
    for academy in ("NORMANDIE", "CAEN", "ROUEN"):
        take(table(tmp_path, PLACED, f"1,Un,Ada,{CARNOT},Lycée Carnot,{academy}"), "LYON", "--dry-run")
        assert take.lines == []


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["applied", "dry"])
def test_an_academy_that_is_none_is_told_once(take, tmp_path, known, flags):
    lines = [f"{key},Un,Ada,{uai},Lycée,ATLANTIDE" for key, uai in ((1, CARNOT), (2, BUFFON))]
    take(table(tmp_path, PLACED, *lines, name="hr-20261102.csv"), "LYON", *flags)
    assert take.lines == ["hr-20261102.csv:2: no academy is 'ATLANTIDE'"]


def test_an_academy_without_a_name_opens_no_school(take, tmp_path, known):
    lines = [f"1,Un,Ada,{CARNOT},Lycée Carnot,DIJON", f"2,Deux,Bob,{BUFFON},,LYON"]
    take(table(tmp_path, PLACED, *lines, name="hr-20261102.csv"), "LYON")
    assert take.lines == [f"hr-20261102.csv:3: UAI {BUFFON} is unknown: name its structure"]
    assert Structure.objects.filter(kind="school").count() == 1


def test_another_academy_of_a_school_in_an_export_is_told(take, tmp_path, known):
    folder = complete(tmp_path, ALICE, schools={"1": (CARNOT, "LYCEE CARNOT")})
    places = next(folder.glob("*EtabEducNat*"))
    stated = '<attr name="ENTServAcAcademie"><value>LYON</value></attr></attributes>'
    places.write_text(places.read_text().replace("</attributes>", stated))
    take(folder)
    assert take.lines == [f"{places.name}:5: UAI {CARNOT}: stated in Lyon, and known in Dijon: kept as it is"]
