"""Many rows at once: whole, numbered, refused together."""

import pytest
from django.db import IntegrityError, connection, transaction

from cartable.identity.models import Address, Person
from cartable.kernel import bulk

pytestmark = pytest.mark.django_db


def test_rows_are_as_they_would_be_saved_one_by_one():
    people = [Person(name=f"Agent n° {n} “é”\t\\N\n", folded=f"agent {n}") for n in range(3)]
    bulk.insert(Person.objects, people, numbered=True)

    assert len({one.pk for one in people}) == 3
    for one in people:
        kept = Person.objects.get(pk=one.pk)
        assert (kept.name, kept.folded, kept.sub, kept.version) == (one.name, one.folded, one.sub, one.version)
        assert (kept.is_active, kept.merged_into, kept.created_at) == (True, None, one.created_at)


def test_numbers_go_on_after_those_that_were_drawn():
    some = [Person(name="Une"), Person(name="Deux")]
    bulk.insert(Person.objects, some, numbered=True)

    assert Person.objects.create(name="Trois").pk > max(one.pk for one in some)


def test_what_the_database_refuses_leaves_nothing():
    person = Person.objects.create(name="Alice Martin")
    mails = [Address(person=person, mail="a@ac-dijon.fr"), Address(person=person, mail="a@ac-dijon.fr", primary=False)]

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Address.objects, mails)

    assert not Address.objects.filter(person=person).exists()


def test_no_row_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        bulk.insert(Person.objects, [])


def test_one_of_many_values_is_one_parameter_on_postgresql():
    person = Person.objects.create(name="Alice Martin")
    for mail in ("a@ac-dijon.fr", 'it’s\\{odd},"@ac-dijon.fr', "c@ac-dijon.fr"):
        Address.objects.create(person=person, mail=mail, primary=False)

    def found(field, values):
        return set(Address.objects.filter(bulk.among(field, values), person=person).values_list("mail", flat=True))

    assert found("mail", {"a@ac-dijon.fr", 'it’s\\{odd},"@ac-dijon.fr', "b"}) == {
        "a@ac-dijon.fr",
        'it’s\\{odd},"@ac-dijon.fr',
    }
    assert found("mail", []) == found("person", []) == set()
    assert len(found("person", (one for one in (person.pk, 10**12)))) == 3
    if connection.vendor == "postgresql":
        _sql, parameters = Address.objects.filter(bulk.among("mail", ["a", "b"])).query.sql_with_params()
        assert parameters == (["a", "b"],)


def test_stock_is_taken_within_a_transaction():
    bulk.take_stock(Person, Address)


def test_ids_are_read_a_batch_by_one_query_though_rows_come_and_go_meanwhile(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    people = [Person.objects.create(name=f"Agent {n}") for n in range(5)]
    numbers = [one.pk for one in people]
    walk = bulk.batches(Person.objects.filter(pk__in=numbers).order_by("-name"))

    with django_assert_num_queries(1):
        assert next(walk) == numbers[:2]
    Person.objects.filter(pk__in=numbers[1:3]).delete()
    with django_assert_num_queries(2):
        assert list(walk) == [numbers[3:]]


def test_an_id_that_several_rows_hold_comes_once_also_at_the_edge_of_a_batch(monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    people = [Person.objects.create(name=f"Agent {n}") for n in range(3)]
    for one in people:
        for n in range(3):
            Address.objects.create(person=one, mail=f"{one.pk}-{n}@ac-dijon.fr", primary=False)

    mails = Address.objects.filter(person__in=people)
    assert list(bulk.batches(mails.distinct(), "person")) == [[one.pk for one in people[:2]], [people[2].pk]]
    assert list(bulk.batches(mails.none(), "person")) == []
