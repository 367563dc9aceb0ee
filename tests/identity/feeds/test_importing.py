"""`cartable directory import`: arrivals, moves, changes, ends; the same feed again writes nothing."""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import departures, people, postings
from cartable.identity.feeds.models import Feed
from cartable.identity.models import Address, Person, Posting
from tests.identity.feeds.written import ALICE, BOB, BUFFON, CARNOT, EVE, complete, table


def held(mail):
    return [(one.structure, one.function, one.first_day, one.last_day) for one in postings.of(people.find(mail))]


def test_a_first_feed_brings_its_people(take, tmp_path):
    assert take(complete(tmp_path, ALICE, BOB, EVE)) == {"arrived": 3, "written": take.answer["written"]}
    assert held("alice.martin@ac-dijon.fr") == [("LYCEE CARNOT", "ENS", date(2026, 11, 1), None)]
    assert {one.name for one in Person.objects.all()} == {"Alice Martin", "Bob Dupont", "Eve de La Tour"}
    assert not any(one.has_usable_password() for one in Person.objects.all())


def test_38_an_unchanged_feed_writes_nothing(take, tmp_path):
    feed = complete(tmp_path, ALICE, BOB)
    take(feed)
    for again in (feed, complete(tmp_path, BOB, ALICE)):
        assert take(again) == {}
        assert take.refusal is None


def rows():
    """Return all that is in the database, but of which day each feed was applied."""
    return {model: sorted(map(repr, model.objects.values_list())) for model in apps.get_models() if model is not Feed}


@pytest.mark.django_db(databases="__all__")  # that of pads too, where it is another
def test_38_an_unchanged_feed_of_a_later_day_writes_its_day_alone(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    before = rows()
    later = complete(tmp_path, BOB, ALICE, day="20261108")
    with CaptureQueriesContext(connection) as asked:
        assert take(later) == {}
    assert take.refusal is None
    written = [one["sql"] for one in asked if one["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE", "COPY"}]
    assert [sql.split()[:2] for sql in written] == [["UPDATE", f'"{Feed._meta.db_table}"']]
    assert rows() == before
    assert Feed.objects.get().dated == date(2026, 11, 8)


def test_moves_changes_and_ends(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB, EVE))
    moved, renamed = ALICE.but(duties=(("2", "ENS"),)), EVE.but(last="PETIT")
    counts = take(complete(tmp_path, moved, renamed, day="20261102"))
    assert counts == {"moved": 1, "changed": 1, "ended": 1, "written": counts["written"]}
    assert held(ALICE.mail) == [
        ("LYCEE BUFFON", "ENS", date(2026, 11, 2), None),
        ("LYCEE CARNOT", "ENS", date(2026, 11, 1), date(2026, 11, 1)),
    ]
    assert people.find(EVE.mail).name == "Eve Petit"
    assert held(BOB.mail) == [("LYCEE BUFFON", "DIR", date(2026, 11, 1), date(2026, 11, 1))]


def test_a_dry_run_says_the_same_and_changes_nothing(take, tmp_path):
    feed = complete(tmp_path, ALICE, BOB)
    assert take(feed, "DIJON", "--dry-run") == {"arrived": 2}
    assert not Person.objects.exists()
    assert not Posting.objects.exists()
    assert take(feed)["arrived"] == 2


HEADER = "key,last_name,birth_name,first_name,birth_date,mail,national_id,uai,structure,function,start,end"


def test_a_table_brings_people_and_schools(take, tmp_path):
    alice = f"7,Martin,Durand,Alice,1967-08-07,Alice@ac-dijon.fr,07E9501234ABC,{CARNOT},Lycée Carnot,ENS,2020-09-01,2027-08-31"
    also = f"7,Martin,Durand,Alice,1967-08-07,alice@ac-dijon.fr,07E9501234ABC,{BUFFON},Lycée Buffon,DOC,2026-09-01,"
    assert take(table(tmp_path, HEADER, alice, also))["arrived"] == 1
    assert held("alice@ac-dijon.fr") == [
        ("Lycée Buffon", "DOC", date(2026, 9, 1), None),
        ("Lycée Carnot", "ENS", date(2020, 9, 1), date(2027, 8, 31)),
    ]
    assert take(table(tmp_path, HEADER, alice, also, day="20261103")) == {}


def test_a_national_identifier_carries_a_person_from_one_academy_to_the_next(take, tmp_path):
    said = "Martin,Durand,Alice,1967-08-07,{mail},07E9501234ABC,{uai},{school},ENS,,"
    take(table(tmp_path, HEADER, "7," + said.format(mail="alice@ac-dijon.fr", uai=CARNOT, school="Lycée Carnot")))
    lyon = said.format(mail="alice@ac-lyon.fr", uai="0690023A", school="Lycée Ampère")
    counts = take(table(tmp_path, HEADER, "9912," + lyon), "LYON")
    assert counts == {"moved": 1, "written": counts["written"]}
    assert Person.objects.count() == 1
    assert people.find("alice@ac-dijon.fr") == people.find("alice@ac-lyon.fr")
    assert Address.objects.get(primary=True).mail == "alice@ac-lyon.fr"


def test_who_arrives_with_an_end_leaves_then(take, tmp_path):
    """Of a newcomer too it is known when they leave: also of one whose posting is over already."""
    line = "{key},{name},,Zoé,,{name}@ac-dijon.fr,,{uai},Lycée Carnot,ENS,2020-09-01,{end}"
    rows = [
        line.format(key=key, name=name, uai=CARNOT, end=end)
        for key, name, end in (("1", "passee", "2021-08-31"), ("2", "bornee", "2099-08-31"), ("3", "ouverte", ""))
    ]
    take(table(tmp_path, HEADER, *rows))
    left = {name: people.find(f"{name}@ac-dijon.fr").left_on for name in ("passee", "bornee", "ouverte")}
    assert left == {"passee": date(2021, 9, 1), "bornee": date(2099, 9, 1), "ouverte": None}
    assert departures.amiss() == []


@pytest.mark.parametrize(("whom", "said"), [((ALICE,), "1 record applied"), ((ALICE, BOB), "2 records applied")])
def test_what_is_refused_is_not_counted_among_what_is_applied(take, tmp_path, whom, said):
    take(complete(tmp_path, *whom, EVE.but(duties=(("1", "XYZ"),))))
    assert take.said.splitlines()[0] == said
    assert take.answer["refused"] == 1


def test_an_address_that_is_left_out_is_told_by_the_first_file_that_states_it(take, tmp_path):
    homonym = ALICE.but(key="1009", born="03/01/1985")
    take(complete(tmp_path, ALICE, homonym))
    assert [line.partition(": ")[2] for line in take.lines] == [f"{ALICE.mail} is, or was, somebody else's: left out"]
    take(complete(tmp_path, ALICE, homonym, day="20261102"))
    assert take.lines == [], "who is unchanged is not read again"
    take(complete(tmp_path, ALICE, homonym.but(first="ANNE"), day="20261103"))
    assert len(take.lines) == 1
