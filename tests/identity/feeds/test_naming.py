"""One rule of names: whoever says it, a person is called as the record that speaks for them: that of the current posting that began last."""

from datetime import date

import pytest

from cartable.identity import people, postings, structures
from cartable.identity.feeds import leading, merging, naming
from cartable.identity.feeds.models import Civil, Row
from cartable.identity.feeds.tasks import begin_addresses, call_by_latest
from cartable.identity.models import Address, AddressClaim, Person, Posting
from cartable.kernel import clock
from tests.identity.feeds.written import ALICE, changes, complete, request, table

HEADER = "key,last_name,birth_name,first_name,birth_date,mail,national_id,uai,structure,function,start,end"
NUMEN = "07E9501234ABC"
DIJON = "1,{name},{birth},{first},{born},{mail},{numen},0210015C,Lycée Carnot,{function},{start},{end}"
LYON = "1,{name},{birth},{first},{born},{mail},{numen},0690023A,Lycée Ampère,{function},{start},{end}"
SAID = {
    "name": "Martin", "birth": "Martin", "first": "Alice", "born": "1967-08-07",
    "mail": "", "numen": NUMEN, "function": "ENS", "end": "",
}  # fmt: skip


@pytest.fixture
def say(take, tmp_path):
    """Have an academy say something of Alice, who has one national identifier everywhere; return what that counts as."""
    days = iter(range(20261101, 20261129))

    def feed(academy, **what):
        line = (DIJON if academy == "DIJON" else LYON).format(**SAID | what)
        return take(table(tmp_path, HEADER, line, day=str(next(days))), academy, "--yes")

    return feed


def called():
    """Return what Alice is called, and what is known of her for the next who may be her."""
    (person,) = Person.objects.filter(merged_into=None)
    return person.name, Civil.objects.get(person=person).usage_name


MARTIN, DURAND = ("Alice Martin", "MARTIN"), ("Alice Durand", "DURAND")


def test_a_record_of_where_they_worked_before_changes_no_name(say):
    say("DIJON", start="2020-09-01")
    say("LYON", name="Durand", start="2026-09-01")
    assert called() == DURAND
    counts = say("DIJON", start="2020-09-01", function="DOC")
    assert (called(), counts["changed"]) == (DURAND, 1)
    assert say("DIJON", name="Lefevre", start="2020-09-01", function="DOC") == {"written": 1}, "what it says is kept"
    assert called() == DURAND
    assert say("LYON", name="Morel", start="2026-09-01")["changed"] == 1
    assert called()[0] == "Alice Morel"
    assert say("LYON", name="Morel", start="2026-09-01") == {}
    assert say("DIJON", name="Lefevre", start="2020-09-01", function="DOC") == {}


def test_once_it_no_longer_states_them_the_other_speaks(say, take, tmp_path):
    say("DIJON", start="2020-09-01")
    say("LYON", name="Durand", start="2026-09-01")
    other = "2,Petit,Petit,Zoé,1980-03-02,,,0690023A,Lycée Ampère,ENS,2026-09-01,"
    take(table(tmp_path, HEADER, other, day="20261120"), "LYON", "--yes")
    alice = Civil.objects.get(first_name="ALICE")
    assert (alice.person.name, alice.usage_name) == MARTIN
    assert people.find(alice.person.sub).name == "Alice Martin"


def test_of_two_that_began_on_one_day_the_one_that_says_something_new_speaks(say):
    say("DIJON", start="2026-09-01")
    say("LYON", start="2026-09-01")
    say("LYON", name="Durand", start="2026-09-01")
    assert called() == DURAND
    say("DIJON", start="2026-09-01", function="DOC")
    assert called() == DURAND, "it says nothing new of the name"
    say("DIJON", name="Morel", start="2026-09-01", function="DOC")
    assert called()[0] == "Alice Morel"


def test_of_who_works_nowhere_the_record_that_is_still_stated_speaks(say, take, tmp_path):
    say("DIJON", start="2020-09-01", end="2026-08-31")
    say("LYON", start="2019-09-01", end="2020-08-31")
    nobody = "2,Petit,Petit,Zoé,1980-03-02,,,0690023A,Lycée Ampère,ENS,2026-09-01,"
    take(table(tmp_path, HEADER, nobody, day="20261120"), "LYON", "--yes")
    say_again = DIJON.format(**SAID | {"name": "Durand", "start": "2020-09-01", "end": "2026-08-31"})
    take(table(tmp_path, HEADER, say_again, day="20261121"), "DIJON", "--yes")
    assert Civil.objects.get(first_name="ALICE").usage_name == "DURAND"


def test_an_announced_posting_gives_its_name_as_it_begins_and_not_before(say, later):
    say("DIJON", start="2020-09-01")
    say("LYON", name="Durand", start="2027-01-04")
    assert called() == MARTIN
    call_by_latest.call()
    assert called() == MARTIN
    later(days=(clock.today().replace(year=2027, month=1, day=5) - clock.today()).days)
    call_by_latest.call()
    assert called() == DURAND
    version = Person.objects.get().version
    call_by_latest.call()
    assert Person.objects.get().version == version, "nothing is written twice"


def test_a_posting_that_ends_gives_the_name_back_to_where_they_work_still(say, later):
    say("DIJON", start="2020-09-01")
    say("LYON", name="Durand", start="2026-09-01", end="2026-12-31")
    assert called() == DURAND
    later(days=(clock.today().replace(year=2027, month=1, day=2) - clock.today()).days)
    call_by_latest.call()
    assert called() == MARTIN


def test_who_was_merged_is_called_by_the_same_rule(say):
    say("DIJON", numen="", start="2020-09-01", mail="alice.martin@ac-dijon.fr")
    say("LYON", numen="", name="Durand", start="2026-09-01", mail="alice.durand@ac-lyon.fr")
    merging.merge(*Person.objects.order_by("pk"))
    assert called() == DURAND
    say("DIJON", numen="", start="2020-09-01", function="DOC", mail="alice.martin@ac-dijon.fr")
    assert called() == DURAND
    assert Address.objects.get(primary=True).mail == "alice.durand@ac-lyon.fr"
    merging.unmerge(merging.last_of(Person.objects.get(merged_into=None)).pk)
    assert sorted(Person.objects.values_list("name", flat=True)) == ["Alice Durand", "Alice Martin"]


def by_hand(name, mail):
    person = people.arrive(name, mail)
    postings.begin(person, structures.academy("DIJON"))
    return person


def test_a_posting_by_hand_does_not_count_beside_those_of_records(say):
    """What the page says, a merge does; and the night after, nothing else."""
    say("DIJON", numen="", start="2019-09-01", mail="alice.martin@ac-dijon.fr")
    say("LYON", numen="", name="Durand", start="2026-10-01", mail="alice.durand@ac-lyon.fr")
    dijon, lyon = Person.objects.order_by("pk")
    postings.begin(dijon, structures.academy("DIJON"), function="FIJ")
    said = leading.joined(dijon, lyon)
    assert (said.speaks, said.passed, said.since) == (lyon, True, date(2026, 10, 1))
    merging.merge(dijon, lyon)
    for _night in range(2):
        assert called() == DURAND
        assert people.primary_mail(dijon.pk) == said.main.mail == "alice.durand@ac-lyon.fr"
        call_by_latest.call()


@pytest.mark.parametrize(
    ("end", "name"), [("", "Alice Durand"), ("2026-10-31", "Alice Durand")], ids=["runs", "states"]
)
def test_an_account_made_by_hand_is_called_as_a_record_says_that_speaks(say, end, name):
    sophie = by_hand("Alice Grand-Nouvelle", "alice@ac-dijon.fr")
    say("LYON", numen="", name="Durand", start="2026-09-01", end=end)
    lyon = Person.objects.exclude(pk=sophie.pk).get()
    said = leading.joined(sophie, lyon)
    assert (said.speaks, said.still) == (lyon, bool(end))
    merging.merge(sophie, lyon)
    for _night in range(2):
        assert called() == (name, "DURAND")
        call_by_latest.call()
    merging.unmerge(merging.last_of(sophie).pk)
    assert set(Person.objects.values_list("name", flat=True)) == {"Alice Grand-Nouvelle", "Alice Durand"}


def test_an_account_made_by_hand_keeps_its_name_where_no_record_speaks(say, take, tmp_path):
    sophie = by_hand("Alice Grand-Nouvelle", "alice@ac-dijon.fr")
    say("LYON", numen="", name="Durand", start="2026-09-01")
    other = "2,Petit,Petit,Zoé,1980-03-02,,,0690023A,Lycée Ampère,ENS,2026-09-01,"
    take(table(tmp_path, HEADER, other, day="20261128"), "LYON", "--yes")
    lyon = Civil.objects.get(first_name="ALICE").person
    assert leading.joined(sophie, lyon)[2:6] == (sophie, clock.today(), False, False)
    assert leading.joined(lyon, sophie).speaks == sophie
    merging.merge(lyon, sophie)
    for _night in range(2):
        assert Person.objects.get(pk=lyon.pk).name == "Alice Grand-Nouvelle"
        call_by_latest.call()


def test_a_night_costs_as_many_queries_however_many_it_looks_at_and_writes_nothing_where_nothing_changes(
    take, tmp_path, later, django_assert_max_num_queries
):
    def feed(academy, of, name, day, start):
        uai = {"DIJON": "0210015C,Lycée Carnot", "LYON": "0690023A,Lycée Ampère"}[academy]
        lines = [f"{one},{name},Nom{one},Alice,1967-08-07,,N{one},{uai},ENS,{start}," for one in of]
        take(table(tmp_path, HEADER, *lines, day=day), academy, "--yes")

    feed("DIJON", range(10, 60), "Martin", "20261101", "2020-09-01")
    feed("LYON", range(10, 60), "Durand", "20261102", "2026-11-27")
    with django_assert_max_num_queries(7) as night:
        call_by_latest.call()
    assert not [one["sql"] for one in night if "SELECT" not in one["sql"]]
    Posting.objects.filter(source="LYON csv", person__in=Person.objects.order_by("pk")[:3]).update(end=clock.today())
    before = dict(Person.objects.values_list("pk", "version"))
    assert naming.follow_dates() == 3
    now = Person.objects.order_by("pk").values_list("pk", "name", "version")
    assert [pk for pk, name, _ in now if name == "Alice Martin"] == sorted(before)[:3]
    assert [pk for pk, _, version in now if version != before[pk]] == sorted(before)[:3]


THERE, HERE = "alice.martin@ac-dijon.fr", "alice.durand@ac-lyon.fr"


def main():
    (mail,) = Address.objects.filter(primary=True, person__name__startswith="Alice").values_list("mail", flat=True)
    return mail


@pytest.fixture
def drop(take, tmp_path):
    """Have an academy state her no longer."""

    def feed(academy, day):
        place = {"DIJON": "0210015C,Lycée Carnot", "LYON": "0690023A,Lycée Ampère"}[academy]
        take(
            table(tmp_path, HEADER, f"2,Petit,Petit,Zoé,1980-03-02,,,{place},ENS,2026-09-01,", day=day),
            academy,
            "--yes",
        )

    return feed


def test_who_is_stated_again_where_they_worked_before_is_written_to_where_they_work(say, drop):
    say("DIJON", start="2019-09-01", mail=THERE)
    say("LYON", name="Durand", start="2026-10-01", mail=HERE)
    drop("DIJON", "20261103")
    take_back = {"start": "2019-09-01", "mail": THERE}
    assert main() == HERE
    say("DIJON", **take_back)
    say("DIJON", **take_back)
    say("DIJON", **take_back | {"mail": "alice@ac-dijon.fr"})
    assert (called_of("ALICE"), main()) == ("Alice Durand", HERE), "nor at a new address of there"
    call_by_latest.call()
    assert main() == HERE
    drop("LYON", "20261128")
    assert (called_of("ALICE"), main()) == ("Alice Martin", "alice@ac-dijon.fr")


def called_of(first):
    return Civil.objects.get(first_name=first).person.name


def test_the_main_address_goes_back_with_the_name_once_no_longer_stated_and_comes_again(say, drop):
    say("DIJON", start="2020-09-01", mail=THERE)
    say("LYON", name="Durand", start="2026-09-01", mail=HERE)
    assert (called_of("ALICE"), main()) == ("Alice Durand", HERE)
    drop("LYON", "20261103")
    assert (called_of("ALICE"), main()) == ("Alice Martin", THERE)
    person = people.find(THERE)
    assert (people.primary_mail(person.pk), people.find(HERE)) == (THERE, person)
    drop("DIJON", "20261104")
    assert main() == THERE, "nobody speaks for her: it stays"
    say("DIJON", start="2020-09-01", mail=THERE)


def test_the_night_after_a_posting_ended_the_main_address_goes_back_with_the_name(say, later):
    say("DIJON", start="2020-09-01", mail=THERE)
    say("LYON", name="Durand", start="2026-09-01", end="2026-12-31", mail=HERE)
    later(days=(date(2027, 1, 2) - clock.today()).days)
    assert naming.follow_dates() == 1
    assert (called(), main()) == (MARTIN, THERE)
    assert naming.follow_dates() == 0


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"sn": ("PETIT",)}, "Alice Petit"),
        ({"sn": ("LE GOFF",)}, "Alice Le Goff"),
        ({"givenName": ("MARIE ALYCE",)}, "Marie Alyce Martin"),
        ({"ENTPersonNomPatro": ("GRAND",)}, "Alice Martin"),
        ({"sn": ("PETIT",), "givenName": ("ALICE",)}, "Alice Petit"),
    ],
)
def test_a_change_that_states_half_a_name_changes_that_half(take, tmp_path, changed, name):
    take(complete(tmp_path, ALICE))
    take(changes(tmp_path, request("modifyRequest", "PersEducNat", ALICE.key, changed), day="20261102"))
    assert called()[0] == name
    assert called()[1] == changed.get("sn", ("MARTIN",))[0], "the next who may be her is compared with it"
    take(complete(tmp_path, ALICE.but(last="PETIT"), day="20261103"))
    assert called()[0] == "Alice Petit"


def test_the_records_of_who_was_merged_are_of_who_stays_so_the_night_finds_nobody_who_is_no_more(take, tmp_path, later):
    a, b, c = (
        ALICE.but(key=key, first=first, mail="", born="") for key, first in (("1", "ANNE"), ("2", "LISE"), ("3", "ZOE"))
    )
    take(complete(tmp_path, a, b, c))
    anne, lise, zoe = (Person.objects.get(name=f"{one} Martin") for one in ("Anne", "Lise", "Zoe"))
    merging.merge(anne, lise)
    merging.merge(zoe, anne)
    assert set(Row.objects.filter(person__isnull=False).values_list("person", flat=True)) == {zoe.pk}
    take(complete(tmp_path, a, b.but(first="LOUISE"), c, day="20261102"))
    assert set(Row.objects.filter(person__isnull=False).values_list("person", flat=True)) == {zoe.pk}
    assert naming.follow_dates() == 0


def test_an_announced_address_is_written_to_from_its_day_at_once_as_the_record_that_speaks_then_says(say, later):
    """Not in between either: the rule is asked as the address begins, not by the task that comes after."""
    say("DIJON", start="2020-09-01", mail=THERE)
    say("LYON", name="Durand", start="2027-01-04", mail=HERE)
    assert main() == THERE
    later(days=(date(2027, 1, 4) - clock.today()).days)
    begin_addresses.func()
    assert main() == HERE
    assert naming.follow_dates() == 1, "the name alone"
    assert (called(), main()) == (DURAND, HERE)


def test_an_announced_address_waits_on_where_another_record_speaks_by_then(say, later):
    say("DIJON", start="2020-09-01", mail=THERE)
    say("LYON", name="Durand", start="2027-01-04", mail=HERE)
    say("DIJON", start="2027-01-05", mail=THERE)
    later(days=(date(2027, 1, 6) - clock.today()).days)
    begin_addresses.func()
    assert main() == THERE
    assert not Address.objects.exclude(begins=None).exists()
    naming.follow_dates()
    assert main() == THERE


def test_an_address_given_by_hand_stays_at_night_and_one_that_somebody_else_has_is_not_taken(say, later):
    say("DIJON", start="2020-09-01", mail=THERE)
    say("LYON", name="Durand", start="2026-09-01", end="2026-12-31", mail=HERE)
    claim = AddressClaim.objects.create(
        address=Address.objects.get(mail=THERE),
        person=people.arrive("Somebody Else", "else@ac-dijon.fr"),
        source="PARIS",
    )
    later(days=(date(2027, 1, 2) - clock.today()).days)
    naming.follow_dates()
    assert main() == HERE
    claim.delete()
    people.give_address(people.find(HERE), "alice@ac-paris.fr")
    assert (naming.follow_dates(), main()) == (0, "alice@ac-paris.fr")


def test_a_record_is_of_somebody_else_by_what_it_said_itself_not_by_what_another_calls_its_person(say):
    say("DIJON", born="", start="2020-09-01")
    say("LYON", born="", name="Durand", first="Alicia", start="2026-09-01")
    say("LYON", born="", name="Durand", birth="Durand", first="Alicia", start="2026-09-01")
    assert called() == ("Alicia Durand", "DURAND")
    assert say("DIJON", born="", start="2020-09-01", function="DOC")["changed"] == 1
    assert say("DIJON", born="", name="Petit", birth="Petit", first="Zoé", start="2020-09-01") == {"refused": 1}


def test_a_batch_costs_as_many_queries_however_many_have_several_records(take, tmp_path, django_assert_max_num_queries):
    crowd = range(10, 60)

    def feed(academy, of, name, day, start):
        uai = {"DIJON": "0210015C,Lycée Carnot", "LYON": "0690023A,Lycée Ampère"}[academy]
        lines = [f"{one},{name},Nom{one},Alice,1967-08-07,,N{one},{uai},ENS,{start}," for one in of]
        return take(table(tmp_path, HEADER, *lines, day=day), academy, "--yes")

    feed("DIJON", crowd, "Martin", "20261101", "2020-09-01")
    feed("LYON", crowd, "Martin", "20261102", "2026-09-01")
    with django_assert_max_num_queries(70):
        assert feed("LYON", crowd, "Durand", "20261103", "2026-09-01")["changed"] == len(crowd)
    assert set(Person.objects.values_list("name", flat=True)) == {"Alice Durand"}
    with django_assert_max_num_queries(17):
        assert feed("LYON", crowd, "Durand", "20261103", "2026-09-01") == {}
