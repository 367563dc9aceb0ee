"""23, on: an address that another's record states is in doubt for as long as a record of theirs states it, and no longer."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from cartable.identity import erasing, people
from cartable.identity.feeds import merging, tasks
from cartable.identity.feeds.models import Civil
from cartable.identity.models import AddressClaim, Person
from cartable.identity.oidc.claims import claims_of
from tests.identity.feeds.test_matching import reset
from tests.identity.feeds.written import ALICE, AMPERE, BOB, EVE, changes, complete, request, table
from tests.identity.test_scim import Source, user

HEAD = "key,last_name,first_name,birth_date,mail,uai,function,operation"
HERS, OTHER = ALICE.mail, "zoe@ac-lyon.fr"
ZOE = "L1,Petit,Zoé,1990-02-02"
MAX = "L2,Grand,Max,1980-03-03"
NOTHING = {}, []
WRITTEN = {"email": HERS, "email_verified": True}, [HERS]


@pytest.fixture(autouse=True)
def dijon(take, tmp_path, places):
    """The people of Dijon, ALICE among them."""
    take(complete(tmp_path, ALICE, BOB, EVE), "DIJON")


@pytest.fixture
def state(take, tmp_path):
    """Import a table of Lyon, of a day of November: names, birth date and address of each; or what changes, if they have an operation."""

    def states(day, *lines, source="LYON"):
        whole = [one if one.count(",") > 5 else f"{one},{AMPERE},ENS" for one in lines]
        head = HEAD if lines[0].count(",") > 6 else HEAD.removesuffix(",operation")
        return take(table(tmp_path, head, *whole, day=f"202611{day:02}"), source, "--yes")

    return states


def alice():
    return Person.objects.get(addresses__mail=HERS)


def known_as(name):
    return Person.objects.get(name=name)


def told():
    """Return what applications are told of Alice's address, and where a link for a new password goes."""
    return claims_of(alice(), ["email"]), reset(HERS)


@pytest.mark.parametrize(
    "corrected", [OTHER, "", "ce.0690023a@ac-lyon.fr", "zoe"], ids=["another", "none", "a school's", "no address"]
)
def test_a_mistake_that_is_corrected_leaves_nothing(state, corrected):
    assert told() == WRITTEN
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    assert told() == NOTHING
    state(2, f"{ZOE},{corrected}", f"{MAX},")
    assert told() == WRITTEN
    assert [one.claimed for one in people.addresses_of(alice().pk)] == [False]


def test_so_does_a_record_that_ends(state):
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    state(2, f"{MAX},")
    assert told() == WRITTEN
    state(3, f"{ZOE},{HERS}", f"{MAX},")
    assert told() == NOTHING, "it is stated again"


def test_it_lasts_while_it_is_stated_whatever_else_changes(state, take, tmp_path):
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    assert state(2, f"{ZOE},{HERS}", f"{MAX},") == {}
    assert told() == NOTHING, "unchanged"
    state(3, f"{ZOE.replace('Petit', 'Dupetit')},{HERS}", f"{MAX},")
    assert told() == NOTHING, "she has another name"
    take(complete(tmp_path, ALICE.but(first="Alicia"), BOB, EVE, day="20261104"), "DIJON")
    assert told() == NOTHING, "what Dijon says of Alice is no answer"
    assert state(5, f"L1,Autre,Nom,1950-01-01,{OTHER}", f"{MAX},") == {"refused": 1}
    assert told() == NOTHING, "a record that is refused changes nothing"
    for night in (tasks.begin_addresses, tasks.call_by_latest, tasks.look_for_doubles):
        night.func()
    assert told() == NOTHING, "nor does a night"


def test_a_change_of_something_else_leaves_it_and_one_of_the_address_does_not(take, tmp_path):
    zoe = BOB.but(key="77", last="PETIT", first="ZOE", born="02/02/1990", mail=HERS, duties=(("3", "ENS"),))
    take(complete(tmp_path, zoe), "LYON")

    def change(day, **stated):
        given = {name: (value,) for name, value in stated.items()}
        take(changes(tmp_path, request("modifyRequest", "PersEducNat", "77", given), day=day), "LYON")

    change("20261102", sn="DUPETIT")
    assert told() == NOTHING
    change("20261103", mail=OTHER)
    assert told() == WRITTEN


def test_of_two_who_state_it_both_must_stop(state):
    state(1, f"{ZOE},{HERS}", f"{MAX},{HERS}")
    state(2, f"{ZOE},{OTHER}", f"{MAX},{HERS}")
    assert told() == NOTHING
    state(3, f"{ZOE},{OTHER}", f"{MAX},max@ac-lyon.fr")
    assert told() == WRITTEN


def test_each_record_of_somebody_states_it_by_itself_and_goes_where_its_person_goes(state):
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    state(1, f"{ZOE},{HERS}", source="PARIS")
    one, other = Person.objects.filter(name="Zoé Petit").order_by("pk")
    log = merging.merge(one, other)
    state(2, f"{ZOE},{OTHER}", f"{MAX},")
    assert told() == NOTHING, "the other record of hers states it still"
    merging.unmerge(log.pk)
    assert told() == NOTHING
    state(2, f"{ZOE},", source="PARIS")
    assert told() == WRITTEN


def test_of_one_person_it_is_theirs_and_parted_again_it_is_in_doubt_again(state):
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    log = merging.merge(alice(), known_as("Zoé Petit"))
    assert told()[1] == [HERS]
    state(2, f"{ZOE.replace('Petit', 'Dupetit')},{HERS}", f"{MAX},")
    assert told()[1] == [HERS], "stated while they are one"
    merging.unmerge(log.pk)
    assert told() == NOTHING


def test_stated_first_while_they_are_one_it_is_in_doubt_once_they_are_two(state):
    state(1, f"{ZOE},{OTHER}", f"{MAX},")
    log = merging.merge(alice(), known_as("Zoé Petit"))
    state(2, f"{ZOE},{HERS}", f"{MAX},")
    merging.unmerge(log.pk)
    assert reset(HERS) == []


def test_who_states_it_by_scim_corrects_it_or_is_deleted(db):
    lyon = Source("LYON")
    given = user(emails=[{"value": HERS, "primary": True}], name={"familyName": "Petit", "givenName": "Zoé"})
    _, zoe = lyon("POST", "/Users", given)
    assert told() == NOTHING
    lyon("PUT", f"/Users/{zoe['id']}", given | {"emails": [{"value": OTHER}]})
    assert told() == WRITTEN
    lyon("PUT", f"/Users/{zoe['id']}", given)
    assert told() == NOTHING
    lyon("DELETE", f"/Users/{zoe['id']}")
    assert told() == WRITTEN


def test_who_states_it_is_erased(state):
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    erasing.erase(known_as("Zoé Petit"), reason="à sa demande")
    assert told() == WRITTEN
    assert not AddressClaim.objects.exists()


def test_what_only_its_own_record_states_is_no_claim(state):
    state(1, f"{ZOE},{OTHER}", f"{MAX},")
    state(2, f"{ZOE.replace('Petit', 'Dupetit')},{OTHER}", f"{MAX},")
    assert not AddressClaim.objects.exists()


def test_a_batch_costs_as_many_queries_however_many_state_what_is_anothers(take, tmp_path):
    def crowd(day, of, mail):
        lines = [f"{one},Nom{one},Zoé,1990-02-02,{mail(one)},{AMPERE},ENS" for one in range(20)]
        mine = [f"{one},Mien{one},Max,1980-03-03,m{one}@ac-dijon.fr,{AMPERE},ENS" for one in range(100, 120)]
        with CaptureQueriesContext(
            connection,
        ) as counted:
            take(
                table(tmp_path, HEAD.removesuffix(",operation"), *(lines if of == "LYON" else mine), day=day),
                of,
                "--yes",
            )
        return len(counted)

    crowd("20261101", "PARIS", str)
    crowd("20261101", "LYON", lambda one: f"z{one}@ac-lyon.fr")
    some = crowd("20261102", "LYON", lambda one: f"m{100 + one}@ac-dijon.fr" if one < 2 else f"zz{one}@ac-lyon.fr")
    assert AddressClaim.objects.count() == 2
    every = crowd("20261103", "LYON", lambda one: f"m{100 + one}@ac-dijon.fr")
    assert AddressClaim.objects.count() == 20
    none = crowd("20261104", "LYON", lambda one: f"zzz{one}@ac-lyon.fr")
    assert not AddressClaim.objects.exists()
    assert every <= some
    assert none <= some


def test_who_states_it_is_compared_again_and_who_holds_it_is_not(state):
    state(1, f"{ZOE},", f"{MAX},")
    state(2, f"{ZOE},{HERS}", f"{MAX},")
    assert [one.person for one in Civil.objects.filter(compared=False)] == [known_as("Zoé Petit")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("merges", [0, 2], ids=["", "merged, and merged again"])
def test_what_was_kept_by_person_is_kept_by_record_from_this_version_on(state, merges):
    state(1, f"{ZOE},{HERS}", f"{MAX},")
    kept = AddressClaim.objects.values_list("person", "source", "address").get()
    executor = MigrationExecutor(connection)
    try:
        executor.migrate([("identity", "0016_address_source")])
        before = executor.loader.project_state([("identity", "0016_address_source")]).apps
        claimant = kept[0]
        for name in ("Z. Petit", "Z. P.")[:merges]:
            claimant = before.get_model("identity", "Person").objects.create(name=name, merged_into_id=claimant).pk
        before.get_model("identity", "Address").objects.filter(mail=HERS).update(claimed_by=claimant)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert AddressClaim.objects.values_list("person", "source", "address").get() == kept
    state(2, f"{ZOE},{OTHER}", f"{MAX},")
    assert told() == WRITTEN
