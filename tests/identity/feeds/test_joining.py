"""Schools that join another as a person says, and part again; what feeds say of their codes meanwhile. Edge case 12, decision 17."""

import contextlib
import io
from itertools import count
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cartable.identity import people, structures
from cartable.identity.feeds import joining, scanning
from cartable.identity.feeds.places import Places
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Posting, Structure
from cartable.kernel import tasks
from cartable.kernel.errors import Conflict
from cartable.kernel.models import Act
from tests.identity.feeds.test_codes import HEADER, as_they_are, said, stated, where
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
    person,
    request,
    table,
    uai,
)
from tests.identity.test_scim import Source

AMPERE, NEW, OTHER, LYON = uai(210023), uai(210078), uai(210099), uai(690023)
THREE = SCHOOLS | {"3": (AMPERE, "LYCEE AMPERE")}
CAT = EVE.but(key="1004", duties=(("3", "ENS"),))
WHO = (ALICE, BOB, CAT)
ZOE = ALICE.but(key="77", first="ZOE", born="01/01/1990", mail="zoe@ac-dijon.fr", duties=(("77", "ENS"),))


@pytest.fixture
def academy(take, tmp_path):
    """Return what imports the academy's export of a day: what it says of its schools."""
    return lambda day, schools, *flags, who=WHO: take(
        complete(tmp_path, *who, day=f"202611{day:02}", schools=schools), "DIJON", "--yes", *flags
    )


@pytest.fixture
def schools(academy):
    """Carnot, Buffon and Ampère, as the academy states them, where Alice, Bob and Eve work."""
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


def everywhere():
    """Return all there is of schools, but when they changed, and who is posted where by feeds."""
    found = Structure.objects.filter(kind="school").annotate(gone=Q(closed__isnull=False)).order_by("pk")
    posted = Posting.objects.filter(end=None, cancelled=False)
    return (
        list(found.values_list("code", "name", "folded", "gone", "joined", "successor", "parent")),
        sorted(posted.values_list("person__name", "structure__code", "stated")),
    )


def by_code():
    """Return the code of the school where each is posted now."""
    return dict(Posting.objects.filter(end=None, cancelled=False).values_list("person__name", "structure__code"))


def opened(school, mail):
    """Return whether somebody acts as of a school."""
    tasks.run_pending()
    return f"structure:{school.pk}" in people.actor(people.find(mail)).principals


def directory(*words):
    """Do `cartable directory …`, and return what it says."""
    out = io.StringIO()
    call_command("directory", *words, stdout=out)
    return out.getvalue().strip()


# By hand


def test_a_school_joins_another_with_whoever_is_stated_there_and_is_one_again_to_the_letter(schools, others, academy):
    carnot, buffon, _ = schools
    before = everywhere()
    said = directory("join", CARNOT, BUFFON.lower())
    assert said == f"LYCEE CARNOT ({CARNOT}) is LYCEE BUFFON ({BUFFON}) now, in Dijon: 3 people moved."
    assert {where()[one] for one in ("Alice Martin", "P1 Petit", "P4 Petit")} == {buffon.pk}
    assert opened(carnot, BOB.mail)
    assert others("POST", "/Users", stated(7, CARNOT, ""))[0] == 201
    assert academy(2, THREE) == {}
    assert where()["P7 Petit"] == buffon.pk
    assert directory("part", CARNOT) == f"LYCEE CARNOT ({CARNOT}) is a school of its own again: 4 people moved."
    assert where().pop("P7 Petit") == carnot.pk
    assert not opened(carnot, BOB.mail)
    schools, posted = everywhere()
    assert (schools, [one for one in posted if one[0] != "P7 Petit"]) == before
    assert academy(3, THREE) == {}


def test_of_what_joined_what_joined_each_is_given_back_what_is_its_own(schools, others):
    carnot, _, ampere = schools
    for words in (("join", CARNOT, BUFFON), ("join", BUFFON, AMPERE)):
        between = everywhere()
        directory(*words)
    assert set(where().values()) == {ampere.pk}
    assert opened(carnot, CAT.mail)
    directory("part", BUFFON)
    assert everywhere() == between
    assert not opened(carnot, CAT.mail)
    assert opened(carnot, BOB.mail)


def test_who_works_in_both_works_in_both_again(schools):
    client, user = Source("DIJON"), stated(8, CARNOT, "")
    user[SCHEMA]["postings"] += stated(8, AMPERE, "")[SCHEMA]["postings"]
    at = client("POST", "/Users", user)[1]["id"]
    before = everywhere()
    directory("join", CARNOT, AMPERE)
    assert client("PUT", f"/Users/{at}", user)[0] == 200
    directory("part", CARNOT)
    assert everywhere() == before


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("join", CARNOT, CARNOT), "These are one school"),
        (("join", BUFFON, AMPERE), r"LYCEE BUFFON .* joined LYCEE CARNOT .* already: part it first"),
        (("join", AMPERE, BUFFON), r"LYCEE BUFFON .* joined LYCEE CARNOT .* already: part it first"),
        (("part", CARNOT), "joined no other"),
        (("join", CARNOT, NEW), "No school is known here as"),
        (("part", "DIJON"), "No school is known here as"),
        (("give", CARNOT, "DIJON"), "is in Dijon already"),
        (("give", CARNOT, "Nulle part"), "No academy is known here as"),
    ],
)
def test_what_cannot_be_is_one_sentence(schools, words, why):
    directory("join", BUFFON, CARNOT)
    before = everywhere()
    with pytest.raises(CommandError, match=why):
        directory(*words)
    assert everywhere() == before


@pytest.mark.parametrize("words", [("join", CARNOT, BUFFON), ("part", AMPERE), ("give", CARNOT, "LYON")])
def test_nothing_is_said_by_hand_while_an_import_is_applied(schools, academy, later, words):
    directory("join", AMPERE, BUFFON)
    with mock.patch.object(scanning, "BATCH", 1), kill(2):
        academy(2, THREE | {"1": (CARNOT, "LYCEE SADI CARNOT"), "2": (BUFFON, "LYCEE DE BUFFON")})
    before = everywhere()
    with pytest.raises(CommandError, match="An import is being applied"):
        directory(*words)
    assert everywhere() == before
    later(hours=2)
    directory(*words)
    assert everywhere() != before


def test_what_is_said_by_hand_is_in_the_trail(schools):
    for words in (("join", CARNOT, BUFFON), ("part", CARNOT), ("give", CARNOT, "LYON")):
        directory(*words)
    verbs = list(Act.objects.filter(verb__startswith="structure.").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["structure.join", "structure.part", "structure.give"]


# What a feed says of a school that joined another


def test_a_number_stays_its_schools_whatever_that_joined(schools, academy, take):
    """It may say the code of the one, then of the other: nobody moves; a name alone parts nothing."""
    carnot, buffon, _ = schools
    directory("join", CARNOT, BUFFON)
    before = everywhere()[1]
    for day, code, name in ((2, BUFFON, "CITE"), (3, CARNOT, "LYCEE CARNOT"), (4, CARNOT, "ANNEXE")):
        academy(day, THREE | {"1": (code, name)})
        assert take.lines == []
        assert everywhere()[1] == before
        assert (as_they_are(carnot)[0][2], as_they_are(buffon)[0][1]) != (None, "CITE")
    directory("part", CARNOT)
    assert where()["Alice Martin"] == carnot.pk


def test_a_name_alone_of_a_school_that_joined_another_is_its_own(schools, take, tmp_path):
    directory("join", CARNOT, BUFFON)
    before = everywhere()
    here = changes(tmp_path, day="20261102")
    renamed = request("modifyRequest", "EtabEducNat", "1", {"ENTStructureNomCourant": ("ANNEXE",)})
    (here / "ENT_0210000X_Delta_20261102_EtabEducNat_0000.xml").write_text(document(renamed))
    take(here)
    assert take.lines == []
    assert (everywhere()[0][1:], everywhere()[1]) == (before[0][1:], before[1])


def test_a_new_number_of_a_school_that_joined_another_is_told_and_follows_its_correction(
    schools, academy, take, tmp_path
):
    directory("join", CARNOT, BUFFON)
    academy(2, THREE | {"77": (CARNOT, "LYCEE BIS")}, who=(*WHO, ZOE))
    (line,) = take.lines
    assert line.endswith(f"UAI {CARNOT}: structure 77 is LYCEE CARNOT, which joined LYCEE BUFFON: posted there")
    assert by_code()["Zoe Martin"] == BUFFON
    take(changes(tmp_path, person(ZOE.but(duties=(("77", "DOC"),))), day="20261103"))
    assert by_code()["Zoe Martin"] == BUFFON
    academy(4, THREE | {"77": (NEW, "LYCEE BIS")}, who=(*WHO, ZOE))
    assert by_code()["Zoe Martin"] == NEW
    assert by_code()["Alice Martin"] == BUFFON


def test_who_came_to_it_by_mistake_leaves_though_it_has_joined_another_since(schools, take, tmp_path):
    eve = EVE.but(key="77", mail="eve@ac-lyon.fr", duties=(("77", "ENS"),))
    take(complete(tmp_path, eve, schools={"77": (CARNOT, "LYCEE DE LYON")}), "LYON")
    directory("join", CARNOT, BUFFON)
    take(complete(tmp_path, eve, schools={"77": (LYON, "LYCEE DE LYON")}, day="20261103"), "LYON")
    assert by_code()["Eve de La Tour"] == LYON
    assert by_code()["Alice Martin"] == BUFFON


def test_a_school_takes_the_code_of_what_joined_it(schools, others, academy, take):
    """Which has the former one from then on: whoever is stated by either is there."""
    carnot, buffon, _ = schools
    directory("join", CARNOT, BUFFON)
    academy(2, THREE | {"1": (CARNOT, "CITE"), "2": (CARNOT, "CITE")})
    (line,) = take.lines
    assert line.endswith(f"UAI {CARNOT}: structure 2 was {BUFFON}: it is this from now on")
    assert [one[0] for one in as_they_are(carnot, buffon)] == [BUFFON, CARNOT]
    for n, code in ((7, CARNOT), (8, BUFFON)):
        assert others("POST", "/Users", stated(n, code, ""))[0] == 201
    assert {where()[one] for one in ("Alice Martin", "Bob Dupont", "P1 Petit", "P2 Petit", "P7 Petit", "P8 Petit")} == {
        buffon.pk
    }
    academy(3, THREE | {"1": (CARNOT, "CITE"), "2": (CARNOT, "CITE")})
    assert academy(4, THREE | {"1": (CARNOT, "CITE"), "2": (CARNOT, "CITE")}) == {}


# Codes that another school has


@pytest.mark.parametrize("source", ["RH", "DIJON", "LYON", "SCIM"])
def test_a_new_code_that_another_source_said_first_is_the_schools_once_a_person_says_so(
    schools, academy, take, tmp_path, source
):
    carnot, *_ = schools
    if source == "SCIM":
        assert Source("DIJON")("POST", "/Users", stated(9, NEW, "Lycée S. Carnot"))[0] == 201
    else:
        take(table(tmp_path, HEADER, said(9, NEW, "Lycée S. Carnot")), source, "--yes")
    says = THREE | {"1": (NEW, "LYCEE CARNOT")}
    for day in (2, 3):
        academy(day, says)
        (line,) = [one for one in take.lines if "kept" in one and "structure 1" in one]
        assert line.endswith(f"structure 1 is {CARNOT} LYCEE CARNOT, and that one Lycée S. Carnot: kept as it is")
    directory("join", NEW, CARNOT)
    academy(4, says)
    assert structures.school(NEW) == carnot
    assert {where()[one] for one in ("Alice Martin", "P9 Petit")} == {carnot.pk}
    academy(5, says)
    assert academy(6, says) == {}


@pytest.mark.parametrize("name", ["LYCEE CARNOT", "LYC CARNOT", "", "LYCEE BUFFON"])
def test_a_mistyped_code_closes_nothing_whatever_the_school_is_called(schools, others, academy, take, name):
    assert others("POST", "/Users", stated(9, CARNOT, "Lycée Sadi Carnot"))[0] == 201
    before = everywhere()[1]
    for day in (2, 3):
        academy(day, THREE | {"1": (BUFFON, name)})
        assert len(take.lines) == 1
        assert everywhere()[1] == before


def test_another_academys_school_is_not_taken_by_a_number_that_comes_to_its_code(schools, academy, take, tmp_path):
    take(table(tmp_path, HEADER, said(9, LYON, "LYCEE DE LYON")), "LYON", "--yes")
    (before,) = Structure.objects.filter(code=LYON).values()
    head = EVE.but(key="1099", duties=(("50", "DIR"),))
    for day, code in ((2, uai(690078)), (3, LYON), (4, LYON)):
        academy(day, THREE | {"50": (code, "LYCEE DE LYON BIS")}, who=(*WHO, head))
    (after,) = Structure.objects.filter(code=LYON).values()
    assert after == before
    assert not Posting.objects.filter(function="DIR", structure__code=LYON).exists()


def test_a_school_that_a_neighbour_named_first_is_given_to_its_academy(take, tmp_path, academy):
    take(table(tmp_path, HEADER, said(9, CARNOT, "Lycée Carnot")), "LYON", "--yes")
    head = BOB.but(duties=(("1", "DIR"),))
    academy(2, SCHOOLS, who=(ALICE, head))
    assert not Posting.objects.filter(function="DIR").exists()
    assert directory("give", CARNOT, "DIJON") == f"Lycée Carnot ({CARNOT}) is in Dijon now, and was in Lyon."
    academy(3, SCHOOLS, who=(ALICE, head))
    assert Posting.objects.filter(function="DIR", structure__code=CARNOT).exists()


def test_the_own_number_of_a_school_that_joined_another_leaves_it_for_none(schools, academy, take):
    """Mistyped, or new: it is kept, and a line says so."""
    carnot, *_ = schools
    directory("join", CARNOT, BUFFON)
    before = everywhere()[1]
    for day, code in ((2, AMPERE), (3, NEW)):
        academy(day, THREE | {"1": (code, "LYCEE CARNOT")})
        (line,) = take.lines
        assert f"UAI {code}: structure 1 is {CARNOT} LYCEE CARNOT, " in line
        assert everywhere()[1] == before
    directory("part", CARNOT)
    academy(4, THREE | {"1": (NEW, "LYCEE CARNOT")})
    assert as_they_are(carnot) == [(NEW, "LYCEE CARNOT", None)]


def test_a_number_of_a_school_that_is_in_no_academy_leaves_it_for_none(take, tmp_path, academy):
    """Such as the ministry's table named first; once it is given to its academy, that recodes it."""
    codes = said(8, CARNOT, "Lycée Carnot"), said(9, BUFFON, "Lycée Buffon")
    take(table(tmp_path, HEADER, *codes), "RH", "--yes")
    academy(1, SCHOOLS, who=(ALICE, BOB))
    for day, code in ((2, BUFFON), (3, NEW)):
        academy(day, SCHOOLS | {"1": (code, "LYCEE CARNOT")}, who=(ALICE, BOB))
        assert [one for one in take.lines if "structure 1 is" in one]
        assert by_code()["Alice Martin"] == CARNOT
    carnot = structures.school(CARNOT)
    directory("give", CARNOT, "DIJON")
    academy(4, SCHOOLS | {"1": (NEW, "LYCEE CARNOT")}, who=(ALICE, BOB))
    assert structures.school(NEW) == carnot


def test_who_leaves_for_another_school_comes_there_second(schools, academy, take):
    """It recodes nothing of it, and the school keeps its own number."""
    who = (*WHO, ZOE)
    academy(2, THREE | {"77": (CARNOT, "LYCEE BIS")}, who=who)
    academy(3, THREE | {"77": (CARNOT, "LYCEE BIS"), "88": (OTHER, "LYCEE 88")}, who=who)
    theirs = structures.school(OTHER)
    academy(4, THREE | {"77": (OTHER, "LYCEE BIS"), "88": (OTHER, "LYCEE 88")}, who=who)
    assert by_code()["Zoe Martin"] == OTHER
    academy(5, THREE | {"77": (NEW, "LYCEE BIS"), "88": (OTHER, "LYCEE 88")}, who=who)
    assert as_they_are(theirs) == [(OTHER, "LYCEE 88", None)]
    assert by_code()["Zoe Martin"] == NEW


# Two numbers, one code


def test_a_second_number_of_a_school_is_told_and_neither_names_nor_recodes_it(schools, academy, take):
    carnot, *_ = schools
    before = as_they_are(carnot)
    academy(2, THREE | {"77": (CARNOT, "LYCEE BIS")}, who=(*WHO, ZOE))
    (line,) = take.lines
    assert line.endswith(f"UAI {CARNOT}: structure 77 is LYCEE CARNOT, as another number is: posted there")
    assert as_they_are(carnot) == before
    academy(3, THREE | {"77": (NEW, "LYCEE BIS")}, who=(*WHO, ZOE))
    assert as_they_are(carnot) == before
    assert (by_code()["Zoe Martin"], by_code()["Alice Martin"]) == (NEW, CARNOT)


def test_a_first_day_typo_leaves_the_school_of_another_stream_as_it_was(schools, academy, take, tmp_path):
    one = EVE.but(key="5001", mail="z@ac-dijon.fr")
    feed = complete(tmp_path, one, schools={"1": (OTHER, "ECOLE FERRY")}, first_degree=True, day="20261101")
    take(feed, "DIJON", "--yes")
    before = as_they_are(structures.school(OTHER))
    for day, code in ((2, OTHER), (3, NEW)):
        academy(day, THREE | {"77": (code, "LYCEE BIS")}, who=(*WHO, ZOE))
        assert as_they_are(structures.school(OTHER)) == before
    assert by_code()["Zoe Martin"] == NEW


@pytest.mark.parametrize("first", ["1", "77"])
def test_its_own_number_keeps_a_school_that_is_recoded_though_another_had_come_there(schools, academy, take, first):
    """The other one leaves, the same night or the next."""
    carnot, *_ = schools
    for day in (2, 3):
        academy(day, THREE | {"77": (CARNOT, "LYCEE BIS")}, who=(*WHO, ZOE))
    says = {"1": (NEW, "LYCEE CARNOT"), "77": (OTHER, "LYCEE BIS")}
    academy(4, {first: says[first]} | says | {"2": THREE["2"], "3": THREE["3"]}, who=(*WHO, ZOE))
    assert as_they_are(carnot)[0][0] == NEW
    assert (by_code()["Zoe Martin"], by_code()["Alice Martin"]) == (OTHER, NEW)


def test_a_school_that_is_numbered_anew_is_that_numbers_once_a_complete_file_states_the_former_no_more(
    schools, academy, take
):
    carnot, *_ = schools
    anew, who = (
        {"77": (CARNOT, "LYCEE CARNOT"), "2": THREE["2"], "3": THREE["3"]},
        (ALICE.but(duties=(("77", "ENS"),)), BOB, CAT),
    )
    academy(2, anew, who=who)
    assert take.lines == []
    academy(3, anew | {"77": (NEW, "CITE CARNOT")}, who=who)
    assert as_they_are(carnot) == [(NEW, "CITE CARNOT", None)]
    assert where()["Alice Martin"] == carnot.pk


def test_who_came_to_a_school_that_lived_under_their_code_has_one_once_it_is_corrected(schools, academy, take):
    yan = ZOE.but(key="88", first="YAN", mail="yan@ac-dijon.fr", born="02/02/1982", duties=(("88", "ENS"),))
    both, who = {"77": (NEW, "LYCEE BIS"), "88": (NEW, "LYCEE VRAI")}, (*WHO, ZOE, yan)
    academy(2, THREE | {"77": both["77"]}, who=(*WHO, ZOE))
    bis = structures.school(NEW)
    academy(3, THREE | both, who=who)
    for day in (4, 5):
        academy(day, THREE | both | {"77": (OTHER, "LYCEE BIS")}, who=who)
    assert as_they_are(bis) == [(OTHER, "LYCEE BIS", None)]
    assert (by_code()["Zoe Martin"], by_code()["Yan Martin"]) == (OTHER, NEW)


# Whatever is said


CODES = st.sampled_from([CARNOT, BUFFON, AMPERE, NEW])
SAID = st.tuples(st.fixed_dictionaries(dict.fromkeys("123", CODES)), st.booleans(), st.integers(0, 3))
BY_HAND = st.tuples(st.sampled_from(["join", "part"]), st.integers(0, 2), st.integers(0, 2))
HISTORIES = st.lists(SAID | BY_HAND, min_size=1, max_size=6)


@pytest.fixture
def undone(others):
    """Return what undoes all that is done under it."""

    @contextlib.contextmanager
    def under():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return under


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make one smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=HISTORIES, batch=st.sampled_from((1, 2, 1000)))
def test_after_whatever_was_said_of_them_schools_are_what_they_were_once_it_is_taken_back(
    undone, academy, schools, history, batch
):
    """Whatever codes the numbers had, under which names, by whomever people are stated, joined by hand, and killed after any batch."""
    with undone(), mock.patch.object(scanning, "BATCH", batch):
        before = everywhere()
        for day, said in enumerate(history, 2):
            if isinstance(said[0], str):
                say_by_hand(schools, *said)
            else:
                say(academy, day, *said)
        for one in schools:
            say_by_hand(schools, "part", schools.index(one), 0)
        academy(28, THREE)
        there, posted = everywhere()
        assert (there[: len(before[0])], posted) == before


def say_by_hand(schools, verb, at, other):
    """Join one of the schools to another, or part it, if that can be."""
    with contextlib.suppress(Conflict):
        joining.join(schools[at], schools[other]) if verb == "join" else joining.part(schools[at])


def say(academy, day, codes, named, killed):
    """Have the academy state its schools under these codes, killed meanwhile perhaps; a dry run foretells it, and again it writes nothing."""
    says = {key: (code, f"ECOLE {day} {code}" if named else THREE[key][1]) for key, code in codes.items()}
    foretold = academy(day, says, "--dry-run")
    if killed:
        with kill(killed):
            academy(day, says)
    done = academy(day, says)
    if not killed:
        assert foretold == {what: count for what, count in done.items() if what != "written"}
    if any(academy(day, says) for _ in range(2)):  # what was looked at again
        assert academy(day, says) == {}, "what is stated again writes nothing"


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


@pytest.mark.parametrize(
    "wrong",
    [{"1": (NEW, "LYCEE CARNOT")}, {"1": (BUFFON, "LYCEE CARNOT"), "2": (CARNOT, "LYCEE BUFFON")}],
    ids=["new", "swap"],
)
def test_killed_once_the_codes_are_given_and_corrected(schools, others, academy, wrong):
    before = everywhere()
    with kill(1):
        academy(2, THREE | wrong)
    academy(3, THREE)
    assert everywhere() == before
