"""What a feed says of another academy's schools: its people may work there, and nothing of the school itself changes. Numbers: edge cases."""

from unittest.mock import Mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import delegations, people, structures
from cartable.identity.delegations import Act
from cartable.identity.feeds import importing
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Posting, Structure
from tests.identity.feeds.written import (
    ALICE,
    AMPERE,
    BOB,
    BUFFON,
    CARNOT,
    SCHOOLS,
    changes,
    complete,
    document,
    school,
    table,
    uai,
)
from tests.identity.test_scim import Source, posting, user

OURS = {"3": SCHOOLS["3"]}  # of Lyon
UNKNOWN, NEW = uai(690078), uai(210078)
EVE = ALICE.but(key="77", first="EVE", mail="eve@ac-lyon.fr", duties=(("77", "ENS"),))
HEADER = "key,last_name,first_name,mail,uai,structure,academy,function"


@pytest.fixture
def dijon(take, tmp_path):
    """The school Carnot as Dijon states it, where Alice works."""
    take(complete(tmp_path, ALICE, BOB, schools={one: SCHOOLS[one] for one in "12"}))
    return structures.school(CARNOT)


@pytest.fixture
def lyon(take, tmp_path):
    """Return what imports Lyon's export of a day: what it says of its schools, by key."""
    return lambda day, schools, *flags, who=EVE: take(
        complete(tmp_path, who, day=day, schools=OURS | schools), "LYON", *flags
    )


def as_they_are(*schools):
    """Return schools as the database has them, and who is posted there."""
    rows = Structure.objects.filter(pk__in=[one.pk for one in schools]).order_by("pk")
    return list(rows.values()), sorted(
        Posting.objects.values_list("person__name", "structure__code", "function", "end"), key=str
    )


def where():
    """Return where each person is posted now."""
    return dict(Posting.objects.filter(end=None).values_list("person__name", "structure__code"))


@pytest.mark.parametrize("now", [AMPERE, UNKNOWN], ids=["known", "unknown"])
def test_12_what_a_mistyped_code_meant_is_left_once_it_is_corrected(take, dijon, lyon, now):
    """By those whose record names it, unchanged as it is; a dry run says so; and nothing of the school itself changes."""
    lyon("20261101", {"77": (CARNOT, "LYCEE AMPERE BIS")})
    (before, posted), corrected = as_they_are(dijon), {"77": (now, "LYCEE AMPERE BIS")}
    assert lyon("20261102", corrected, "--dry-run") == {"moved": 1}
    assert as_they_are(dijon) == (before, posted)
    done = lyon("20261102", corrected)
    assert done == {"moved": 1, "written": done["written"]}
    (line,) = take.lines
    assert line.endswith(f"UAI {now}: structure 77 was {CARNOT} LYCEE CARNOT: it leaves that")
    assert as_they_are(dijon)[0] == before
    assert where() == {"Alice Martin": CARNOT, "Bob Dupont": BUFFON, "Eve Martin": now}
    assert lyon("20261103", corrected) == {}


def test_12_those_whom_another_key_posts_there_stay(take, tmp_path, dijon):
    """A school of the neighbours' that some work in, and a number by which others came there by mistake."""
    zoe = EVE.but(key="78", first="ZOE", mail="zoe@ac-lyon.fr", duties=(("1", "ENS"),))
    schools = OURS | {"1": (CARNOT, "LYCEE CARNOT")}
    take(complete(tmp_path, EVE, zoe, schools=schools | {"77": (CARNOT, "LYCEE AMPERE BIS")}), "LYON")
    take(complete(tmp_path, EVE, zoe, schools=schools | {"77": (UNKNOWN, "LYCEE AMPERE BIS")}, day="20261102"), "LYON")
    assert (where()["Eve Martin"], where()["Zoe Martin"]) == (UNKNOWN, CARNOT)


@pytest.mark.parametrize("now", [BUFFON, NEW, AMPERE], ids=["known", "unknown", "elsewhere"])
def test_12_a_mistyped_code_of_ones_own_academy_takes_nothing_of_the_school_it_meant(take, tmp_path, dijon, now):
    """Neither its code nor, from the next night on, its name, which another number still states."""
    structures.open_school(AMPERE, "Lycée Ampère", structures.academy("LYON"))
    before, schools, eve = as_they_are(dijon)[0], {one: SCHOOLS[one] for one in "12"}, EVE.but(mail="eve@ac-dijon.fr")

    def bis(day, code):
        return complete(tmp_path, ALICE, BOB, eve, schools=schools | {"77": (code, "LYCEE BIS")}, day=day)

    take(bis("20261102", CARNOT))
    assert take(bis("20261103", now), "DIJON", "--dry-run") == {"moved": 1}
    take(bis("20261103", now))
    assert where() == {"Alice Martin": CARNOT, "Bob Dupont": BUFFON, "Eve Martin": now}
    take(bis("20261104", now))
    assert as_they_are(dijon)[0] == before
    assert take(bis("20261105", now)) == {}


def test_12_who_is_not_in_a_feed_of_changes_follows_with_the_next_complete_one(take, tmp_path, dijon, lyon):
    lyon("20261101", {"77": (CARNOT, "")})
    here = changes(tmp_path, day="20261102")
    (here / "ENT_0690000X_Delta_20261102_EtabEducNat_0000.xml").write_text(document(school("77", UNKNOWN, "BIS")))
    take(here, "LYON")
    assert where()["Eve Martin"] == CARNOT
    lyon("20261103", {"77": (UNKNOWN, "BIS")})
    assert where()["Eve Martin"] == UNKNOWN


def test_12_killed_once_the_schools_are_right_it_goes_on_with_their_people(take, dijon, lyon, monkeypatch):
    lyon("20261101", {"77": (CARNOT, "")})
    with monkeypatch.context() as killed:
        killed.setattr(importing._Application, "_people", Mock(side_effect=SystemExit))
        with pytest.raises(SystemExit):
            lyon("20261102", {"77": (UNKNOWN, "")})
    assert where()["Eve Martin"] == CARNOT
    lyon("20261102", {"77": (UNKNOWN, "")})
    assert where()["Eve Martin"] == UNKNOWN


@pytest.mark.parametrize("flags", [("--dry-run",), ("--yes",)], ids=["dry", "applied"])
def test_12_a_school_is_not_opened_to_another_academys_by_joining_it(take, dijon, lyon, flags):
    lyon("20261101", {}, who=EVE.but(duties=(("3", "ENS"),)))
    ampere = structures.school(AMPERE)
    before = as_they_are(dijon, ampere)
    lyon("20261102", {"3": (CARNOT, "LYCEE AMPERE")}, *flags, who=EVE.but(duties=(("3", "ENS"),)))
    (said,) = take.lines
    assert said.endswith(
        f"UAI {CARNOT}: structure 3 is {AMPERE} LYCEE AMPERE, and that one LYCEE CARNOT: kept as it is"
    )
    assert as_they_are(dijon, ampere) == before


def test_12_the_feed_of_its_own_academy_still_gives_a_school_its_new_code(take, tmp_path, dijon, lyon):
    lyon("20261101", {"77": (CARNOT, "")})
    before = as_they_are(dijon)
    for day in ("20261102", "20261103"):  # the second night too
        lyon(day, {"77": (NEW, "")})
        (said,) = take.lines
        assert said.endswith(f": UAI {NEW}: structure 77 is {CARNOT} LYCEE CARNOT, no school of Lyon: kept as it is")
        assert as_they_are(dijon) == before
        assert not Structure.objects.filter(code=NEW).exists()
    take(complete(tmp_path, ALICE, BOB, day="20261103", schools=SCHOOLS | {"1": (NEW, "LYCEE CARNOT")}))
    said, other = take.lines
    assert said.endswith(f"UAI {NEW}: structure 1 was {CARNOT}: it is this from now on")
    assert other.endswith(f"UAI {AMPERE}: structure 3 is LYCEE AMPERE, no school of Dijon: posted there")
    assert structures.school(NEW) == dijon
    lyon("20261104", {"77": (NEW, "")})
    assert take.lines == [], "both say the same now"


def test_11_an_academy_and_the_one_that_succeeds_it_have_the_same_schools(take, tmp_path):
    take(complete(tmp_path, ALICE), "CAEN")
    carnot = structures.school(CARNOT)
    take(complete(tmp_path, BOB), "NORMANDIE")
    take(complete(tmp_path, BOB, schools=SCHOOLS | {"1": (UNKNOWN, "LYCEE CARNOT")}, day="20261102"), "NORMANDIE")
    assert structures.school(UNKNOWN) == carnot


# Who heads it


def governs(mail, school):
    return delegations.may(people.actor(people.find(mail)), Act.RESET, school.pk)


def test_12_who_heads_a_school_is_said_by_its_own_academy(take, tmp_path, dijon):
    line = f"1,Petit,Zoé,zoe@ac-lyon.fr,{CARNOT},,,DIR"
    for flags in (("--dry-run",), ()):
        take(table(tmp_path, HEADER, line, name="hr-20261102.csv"), "LYON", *flags)
        assert take.lines == [f"hr-20261102.csv:2: structure {CARNOT} is no school of Lyon: posted there without DIR"]
    assert [(one.structure, one.function) for one in Posting.objects.filter(person=people.find("zoe@ac-lyon.fr"))] == [
        (dijon, "")
    ]
    assert not governs("zoe@ac-lyon.fr", dijon)
    take(table(tmp_path, HEADER, line.replace("ac-lyon", "ac-dijon"), name="hr-20261102.csv"), "DIJON")
    assert take.lines == []
    assert governs("zoe@ac-dijon.fr", dijon)


def test_12_who_is_no_head_elsewhere_is_told_by_scim_each_time(dijon):
    lyon, said = Source("LYON"), set()
    duty = {"emails": [], SCHEMA: user()[SCHEMA] | {"postings": [posting(function="DIR", structure="")]}}
    at = f"/Users/{lyon('POST', '/Users', user(**duty))[1]['id']}"
    for _ in range(2):
        said.add(lyon("PUT", at, user(**duty))[1][SCHEMA]["leftOut"])
    assert said == {f"structure {CARNOT} is no school of Lyon: posted there without DIR"}


def test_12_whose_the_schools_are_is_asked_once_of_all(take, tmp_path, dijon):
    asked = []
    for day, count in (("20261101", 1), ("20261102", 2), ("20261103", 40)):
        schools = [structures.open_school(uai(count * 1000 + n), "Lycée", dijon.parent).code for n in range(count)]
        lines = [f"{day}{n},Petit,P{n},p{day}{n}@ac-lyon.fr,{one},,,DIR" for n, one in enumerate(schools)]
        path = table(tmp_path, HEADER, "1,Un,Ada,ada@ac-lyon.fr,,,,ENS", *lines, day=day)
        with CaptureQueriesContext(connection) as queries:
            take(path, "LYON", "--yes")
        asked.append(len([one for one in queries if '"identity_structure"' in one["sql"]]))
        assert len(take.lines) == count
    assert asked[1] == asked[2]
