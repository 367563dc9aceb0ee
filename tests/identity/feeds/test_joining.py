"""Schools that join another, rightly or by mistake: corrected, all is as it would have been. Edge case 12, decision 17."""

import contextlib
import io
from datetime import date
from itertools import count
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cartable.identity import people, structures
from cartable.identity.feeds import scanning
from cartable.identity.feeds.places import Places
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Posting, Structure
from cartable.kernel import tasks
from tests.identity.feeds.written import (
    ALICE,
    BOB,
    BUFFON,
    CARNOT,
    EVE,
    SCHOOLS,
    changes,
    complete,
    document,
    request,
    table,
    uai,
)
from tests.identity.test_scim import Source

from tests.identity.feeds.test_codes import HEADER, as_they_are, said, stated, where  # isort: skip

AMPERE, NEW = uai(210023), uai(210078)
THREE = SCHOOLS | {"3": (AMPERE, "LYCEE AMPERE")}
CITE = "CITE SCOLAIRE"
CAT = EVE.but(key="1004", duties=(("3", "ENS"),))
WHO = (ALICE, BOB, CAT)


@pytest.fixture
def academy(take, tmp_path):
    """Return what imports the academy's export of a day: what it says of its schools."""
    return lambda day, schools, *flags, who=WHO: take(
        complete(tmp_path, *who, day=f"202611{day:02}", schools=schools), "DIJON", "--yes", *flags
    )


@pytest.fixture
def schools(academy):
    """Carnot, Buffon and Ampère, as the academy states them, where Alice, Bob and Eve work; a table and SCIM post there too."""
    academy(1, THREE)
    return [structures.school(code) for code, _ in THREE.values()]


@pytest.fixture
def others(schools, take, tmp_path):
    """People whom a table and SCIM state in the schools by their UAI: P1, P2, P3; P4, P5, P6."""
    codes = [code for code, _ in THREE.values()]
    take(table(tmp_path, HEADER, *(said(n, code, "") for n, code in enumerate(codes, 1))), "RH", "--yes")
    client = Source("DIJON")
    for n, code in enumerate(codes, 4):
        assert client("POST", "/Users", stated(n, code, ""))[0] == 201
    return client


@pytest.fixture
def undone(others):
    """Return what undoes all that is done under it."""

    @contextlib.contextmanager
    def under():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return under


def everywhere():
    """Return all there is of schools, but when they changed, and who is posted where by feeds."""
    found = Structure.objects.filter(kind="school").annotate(gone=Q(closed__isnull=False)).order_by("pk")
    posted = Posting.objects.filter(end=None, cancelled=False)
    return (
        list(found.values_list("code", "name", "folded", "gone", "joined", "successor", "parent")),
        sorted(posted.values_list("person__name", "structure__code", "stated")),
    )


def opened(school, mail):
    """Return whether somebody acts as of a school."""
    tasks.run_pending()
    return f"structure:{school.pk}" in people.actor(people.find(mail)).principals


# Corrected


def test_what_joined_rightly_stays_so_once_what_it_joined_is_a_school_again(schools, others, academy):
    """Carnot joins Buffon; all join Ampère by mistake; what is corrected is that alone, and opens Carnot to nobody of Ampère."""
    carnot, _, ampere = schools
    joined = THREE | {"1": (BUFFON, CITE), "2": (BUFFON, CITE)}
    academy(2, joined)
    academy(3, joined)
    before = everywhere()
    academy(4, dict.fromkeys("123", (AMPERE, "LYCEE AMPERE")))
    assert set(where().values()) == {ampere.pk}
    assert opened(carnot, CAT.mail)
    academy(5, joined)
    assert everywhere() == before
    assert not opened(carnot, CAT.mail)
    assert opened(carnot, BOB.mail)


def test_who_is_stated_by_code_is_back_at_once_with_who_came_meanwhile(schools, others, academy):
    """By a table and by SCIM, which say nothing themselves."""
    carnot, _, ampere = schools
    academy(2, THREE | {"1": (AMPERE, "LYCEE AMPERE")})
    assert others("POST", "/Users", stated(7, CARNOT, ""))[0] == 201
    assert {where()[one] for one in ("P1 Petit", "P4 Petit", "P7 Petit")} == {ampere.pk}
    academy(3, THREE)
    assert {where()[one] for one in ("P1 Petit", "P4 Petit", "P7 Petit", "Alice Martin")} == {carnot.pk}
    assert where()["P3 Petit"] == ampere.pk


def test_who_works_in_both_works_in_both_again(schools, academy):
    client = Source("DIJON")
    user = stated(8, CARNOT, "")
    user[SCHEMA]["postings"] += stated(8, AMPERE, "")[SCHEMA]["postings"]
    assert client("POST", "/Users", user)[0] == 201
    before = everywhere()
    academy(2, THREE | {"1": (AMPERE, "LYCEE AMPERE")})
    academy(3, THREE)
    assert everywhere() == before


CODES = st.sampled_from([CARNOT, BUFFON, AMPERE, NEW])
NIGHTS = st.lists(
    st.tuples(st.fixed_dictionaries(dict.fromkeys("123", CODES)), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make one smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(nights=NIGHTS, batch=st.sampled_from((1, 2, 1000)))
def test_after_any_nights_of_mistakes_a_right_one_makes_all_as_it_was(undone, academy, nights, batch):
    """Whatever codes the numbers had meanwhile, under which names, by whomever people are stated, and killed after any batch of schools."""
    with undone(), mock.patch.object(scanning, "BATCH", batch):
        before = everywhere()
        for day, (night, named, killed) in enumerate(nights, 2):
            names = {code: f"ECOLE {day} {code}" for code in night.values()}
            says = {key: (code, names[code] if named else THREE[key][1]) for key, code in night.items()}
            foretold = academy(day, says, "--dry-run")
            if killed:
                with kill(killed):
                    academy(day, says)
            done = academy(day, says)
            if not killed:
                assert foretold == {what: count for what, count in done.items() if what != "written"}
            if any(academy(day, says) for _ in range(2)):  # what was looked at again
                assert academy(day, says) == {}, "what is stated again writes nothing"
        academy(28, THREE)
        schools, posted = everywhere()
        assert (schools[: len(before[0])], posted) == before


@contextlib.contextmanager
def kill(after):
    """Kill what is done under it as it writes schools for the time of this number."""
    times, write = count(1), Places.write

    def written(places, stated):
        if next(times) == after:
            raise SystemExit
        return write(places, stated)

    with mock.patch.object(Places, "write", written), contextlib.suppress(SystemExit):
        yield


# A new code that another source heard first


@pytest.mark.parametrize("parent", ["DIJON", "LYON", "RH"])
@pytest.mark.parametrize("name", ["Lycée S. Carnot", "LYCEE CARNOT"])
def test_a_new_code_that_a_table_said_first_is_the_schools(schools, academy, take, tmp_path, parent, name):
    carnot, *_ = schools
    take(table(tmp_path, HEADER, said(9, NEW, name)), parent, "--yes")
    (there,) = Structure.objects.filter(code=NEW)
    academy(2, THREE | {"1": (NEW, "LYCEE CARNOT")})
    there.refresh_from_db()
    carnot.refresh_from_db()
    assert carnot.successor == there
    assert there.parent == structures.academy("DIJON")
    assert {where()[one] for one in ("P9 Petit", "Alice Martin")} == {there.pk}
    assert there.name == "LYCEE CARNOT"
    academy(3, THREE | {"1": (NEW, "LYCEE CARNOT")})
    assert take.lines == []


def test_a_code_of_another_department_is_none_of_the_schools(schools, academy, take, tmp_path):
    elsewhere = uai(690078)
    take(table(tmp_path, HEADER, said(9, elsewhere, "LYCEE CARNOT")), "LYON", "--yes")
    academy(2, THREE | {"1": (elsewhere, "LYCEE CARNOT")})
    assert as_they_are(schools[0]) == [(CARNOT, "LYCEE CARNOT", None)]
    assert take.lines


# A code that comes back


def test_a_school_takes_the_code_of_what_had_joined_it_if_all_its_numbers_say_so(schools, others, academy, take):
    carnot, buffon, _ = schools
    academy(2, THREE | {"1": (BUFFON, CITE), "2": (BUFFON, CITE)})
    academy(3, THREE | {"1": (CARNOT, CITE), "2": (CARNOT, CITE)})
    assert take.lines == []
    buffon.refresh_from_db()
    assert buffon.successor == carnot
    assert {where()[one] for one in ("Alice Martin", "Bob Dupont", "P1 Petit", "P2 Petit", "P4 Petit")} == {carnot.pk}
    assert as_they_are(carnot) == [(CARNOT, CITE, None)]


def test_a_closed_school_takes_no_code(schools, academy, take):
    """Two numbers of one school that closed: one says a new code, and is not of what the school joined."""
    carnot, buffon, _ = schools
    two = THREE | {"4": (CARNOT, "LYCEE CARNOT")}
    academy(2, two)
    academy(3, two | {"1": (BUFFON, "LYCEE BUFFON"), "4": (BUFFON, "LYCEE BUFFON")})
    academy(4, two | {"1": (BUFFON, "LYCEE BUFFON"), "4": (NEW, "ANNEXE")})
    assert as_they_are(carnot, buffon) == [(CARNOT, "LYCEE CARNOT", date(2026, 11, 3)), (BUFFON, "LYCEE BUFFON", None)]
    assert Structure.objects.get(code=NEW).name == "ANNEXE"


def test_a_school_that_joined_another_and_comes_under_another_number_is_told(schools, academy, take):
    _, buffon, _ = schools
    joined = {one: school for one, school in THREE.items() if one != "1"}
    academy(2, THREE | {"1": (BUFFON, "LYCEE BUFFON")})
    for day in (3, 4):
        academy(day, joined | {"9": (CARNOT, "LYCEE CARNOT")}, who=(ALICE.but(duties=(("9", "ENS"),)), BOB, CAT))
        (line,) = take.lines
        assert line.endswith(f"UAI {CARNOT}: structure 9 is LYCEE CARNOT, which joined LYCEE BUFFON: posted there")
    assert where()["Alice Martin"] == buffon.pk


def test_a_name_alone_of_a_school_that_joined_another_parts_nothing(schools, academy, take, tmp_path):
    academy(2, THREE | {"1": (BUFFON, CITE), "2": (BUFFON, CITE)})
    before = everywhere()
    here = changes(tmp_path, day="20261103")
    renamed = request("modifyRequest", "EtabEducNat", "1", {"ENTStructureNomCourant": ("ANNEXE",)})
    (here / "ENT_0210000X_Delta_20261103_EtabEducNat_0000.xml").write_text(document(renamed))
    take(here)
    assert take.lines == []
    assert everywhere() == before


# By hand


def directory(*words):
    out = io.StringIO()
    call_command("directory", *words, stdout=out)
    return out.getvalue().strip()


def test_a_joining_that_a_feed_is_refused_is_said_by_hand_and_taken_back(schools, others, academy, take):
    """The feed goes on saying what it says: the one code or the other."""
    carnot, buffon, _ = schools
    before = everywhere()
    says = THREE | {"1": (BUFFON, "LYCEE CARNOT")}
    academy(2, says)
    assert len(take.lines) == 1
    said = directory("join", CARNOT, BUFFON.lower())
    assert said == f"LYCEE CARNOT ({CARNOT}) is LYCEE BUFFON ({BUFFON}) now: 3 people moved."
    for day, again in ((3, says), (4, THREE)):
        academy(day, again)
        assert take.lines == []
        assert as_they_are(carnot)[0][2]
        assert {where()[one] for one in ("Alice Martin", "P1 Petit", "P4 Petit")} == {buffon.pk}
    assert directory("part", CARNOT) == f"LYCEE CARNOT ({CARNOT}) is a school of its own again: 3 people moved."
    assert everywhere() == before
    assert academy(5, THREE) == {}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("join", CARNOT, CARNOT), "One of the two joined another already"),
        (("part", CARNOT), "joined no other"),
        (("join", CARNOT, NEW), "No school is known here as"),
        (("part", "DIJON"), "No school is known here as"),
    ],
)
def test_what_cannot_be_is_one_sentence(schools, words, why):
    before = everywhere()
    with pytest.raises(CommandError, match=why):
        directory(*words)
    assert everywhere() == before


def test_a_school_that_joined_another_joins_no_third_by_hand(schools):
    directory("join", CARNOT, BUFFON)
    for words in ((CARNOT, AMPERE), (AMPERE, CARNOT)):
        with pytest.raises(CommandError, match="One of the two joined another already"):
            directory("join", *words)
