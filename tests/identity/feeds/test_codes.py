"""UAI codes as sources say them: mistyped and corrected, behind another source, given with a name alone. Edge case 12."""

import pytest

from cartable.identity import structures
from cartable.identity.feeds import joining
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Posting, Structure
from tests.identity.feeds.written import (
    ALICE,
    BOB,
    BUFFON,
    CARNOT,
    SCHOOLS,
    changes,
    complete,
    document,
    request,
    table,
    uai,
)  # fmt: skip
from tests.identity.test_scim import Source, posting, user

NEW = uai(210078)
TWO = {one: SCHOOLS[one] for one in "12"}
SWAPPED = {"1": (BUFFON, "LYCEE CARNOT"), "2": (CARNOT, "LYCEE BUFFON")}
HEADER = "key,last_name,first_name,mail,uai,structure,function"


def said(number, code, name):
    """Return the line of a table that states somebody in a school."""
    return f"{number},Petit,P{number},p{number}@ac-dijon.fr,{code},{name},ENS"


def stated(number, code, name):
    """Return the user of SCIM who states the same."""
    duty = {SCHEMA: {"postings": [posting(uai=code, structure=name, function="ENS")]}}
    who = {"familyName": "Petit", "givenName": f"P{number}"}
    return user(userName=f"p{number}", externalId=f"p{number}", name=who, emails=[], **duty)


@pytest.fixture
def schools(take, tmp_path):
    """Carnot and Buffon, as the academy states them, where Alice and Bob work."""
    take(complete(tmp_path, ALICE, BOB, schools=TWO))
    return structures.school(CARNOT), structures.school(BUFFON)


@pytest.fixture
def academy(take, tmp_path):
    """Return what imports the academy's export of a day: what it says of its schools."""
    return lambda day, schools, *flags, who=(ALICE, BOB): take(
        complete(tmp_path, *who, day=day, schools=schools), "DIJON", *flags
    )


def as_they_are(*schools):
    """Return the code, the name and the end of schools."""
    found = Structure.objects.in_bulk([one.pk for one in schools])
    return [(found[one.pk].code, found[one.pk].name, found[one.pk].closed) for one in schools]


def where():
    """Return where each person is posted now."""
    return dict(Posting.objects.filter(end=None).values_list("person__name", "structure"))


# Mistyped


def test_who_has_another_schools_code_under_its_own_name_is_kept_and_nothing_closes(schools, academy, take):
    carnot, buffon = schools
    before = as_they_are(*schools)
    for flags in (("--dry-run",), (), ()):
        assert academy("20261102", TWO | {"1": (BUFFON, "LYCEE CARNOT")}, *flags) == {}
        (line,) = take.lines
        assert line.endswith(
            f"UAI {BUFFON}: structure 1 is {CARNOT} LYCEE CARNOT, and that one LYCEE BUFFON: kept as it is"
        )
    assert as_they_are(*schools) == before
    academy("20261103", TWO)
    assert take.lines == []
    assert (where(), as_they_are(*schools)) == ({"Alice Martin": carnot.pk, "Bob Dupont": buffon.pk}, before)


# Behind, or before, another source


@pytest.mark.parametrize("source", ["DIJON", "RH"])
def test_a_table_that_follows_a_swap_finds_schools_by_their_code_and_closes_none(
    schools, academy, take, tmp_path, source
):
    carnot, buffon = schools
    take(table(tmp_path, HEADER, said(7, CARNOT, "LYCEE CARNOT")), source, "--yes")
    academy("20261102", SWAPPED)
    swapped = as_they_are(*schools)
    lines = said(7, BUFFON, "LYCEE CARNOT"), said(8, CARNOT, "LYCEE BUFFON")
    take(table(tmp_path, HEADER, *lines, day="20261103"), source, "--yes")
    assert as_they_are(*schools) == swapped
    assert (where()["P7 Petit"], where()["P8 Petit"]) == (carnot.pk, buffon.pk)
    assert take.lines == []


@pytest.mark.parametrize("source", ["DIJON", "RH"])
def test_a_table_that_is_behind_a_new_code_gives_no_school_its_former_one(schools, academy, take, tmp_path, source):
    carnot, _ = schools
    take(table(tmp_path, HEADER, said(7, CARNOT, "LYCEE CARNOT")), source, "--yes")
    recoded = TWO | {"1": (NEW, "LYCEE CARNOT")}
    academy("20261102", recoded)
    lines = said(7, CARNOT, "Lycée Sadi Carnot"), said(8, CARNOT, "Lycée Sadi Carnot")
    take(table(tmp_path, HEADER, *lines, day="20261103"), source, "--yes")
    assert as_they_are(*schools) == [(NEW, "LYCEE CARNOT", None), (BUFFON, "LYCEE BUFFON", None)]
    assert {where()[one] for one in ("Alice Martin", "P7 Petit", "P8 Petit")} == {carnot.pk}
    assert academy("20261104", recoded) == {}


def test_by_scim_too(schools, academy):
    carnot, buffon = schools
    dijon = Source("DIJON")
    assert dijon("POST", "/Users", stated(7, CARNOT, "LYCEE CARNOT"))[0] == 201
    academy("20261102", SWAPPED)
    swapped = as_they_are(*schools)
    assert dijon("POST", "/Users", stated(8, CARNOT, "LYCEE BUFFON"))[0] == 201
    assert as_they_are(*schools) == swapped
    assert (where()["P7 Petit"], where()["P8 Petit"]) == (carnot.pk, buffon.pk)
    academy("20261103", SWAPPED | {"1": (NEW, "LYCEE CARNOT")})
    assert dijon("POST", "/Users", stated(9, BUFFON, "Lycée Carnot (Dijon)"))[0] == 201
    assert as_they_are(carnot) == [(NEW, "LYCEE CARNOT", None)]


def test_who_another_source_states_in_a_school_that_joined_another_is_posted_there(schools, take, tmp_path):
    _, buffon = schools
    take(table(tmp_path, HEADER, said(7, CARNOT, "LYCEE CARNOT")), "RH", "--yes")
    assert joining.join(*schools) == 2
    lines = said(7, CARNOT, "LYCEE CARNOT"), said(8, CARNOT, "LYCEE CARNOT")
    take(table(tmp_path, HEADER, *lines, day="20261103"), "RH", "--yes")
    assert set(where().values()) == {buffon.pk}
    assert Posting.objects.filter(person__name="P7 Petit", end=None).count() == 1


# In a feed of changes


def test_a_name_alone_is_of_the_school_that_the_number_means(schools, take, tmp_path):
    here = changes(tmp_path, day="20261102")
    renamed = request("modifyRequest", "EtabEducNat", "2", {"ENTStructureNomCourant": ("BUFFON II",)})
    unknown = request("modifyRequest", "EtabEducNat", "9", {"ENTStructureNomCourant": ("RIEN",)})
    (here / "ENT_0210000X_Delta_20261102_EtabEducNat_0000.xml").write_text(document(renamed, unknown))
    take(here)
    assert as_they_are(*schools) == [(CARNOT, "LYCEE CARNOT", None), (BUFFON, "BUFFON II", None)]
    (line,) = take.lines
    assert line.endswith("structure 9: nothing is no UAI code: left out")
