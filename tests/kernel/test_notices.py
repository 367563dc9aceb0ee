"""What people are told: once until they have read it."""

import pytest

from cartable.kernel import notices

pytestmark = pytest.mark.django_db


def told(person, **more):
    return [(one.kind, one.about, one.by, one.is_new) for one in notices.of(person, 10, **more)]


def test_the_same_is_told_once_until_it_is_read():
    for _ in range(2):
        notices.tell([1, 2], "mention", 7, by=3)
    notices.tell([1], "mention", 8, by=3)
    assert told(1) == [("mention", 8, 3, True), ("mention", 7, 3, True)]
    assert notices.read(1, about=7, kinds=["answer"]) == 0
    assert notices.read(1, about=7, kinds=["mention"]) == 1
    assert told(1, unread=True) == [("mention", 8, 3, True)]
    notices.tell([1], "mention", 7)
    assert told(1) == [("mention", 7, None, True), ("mention", 8, 3, True), ("mention", 7, 3, False)]
    assert notices.read(1) == 2
    assert (told(1, unread=True), len(told(2, unread=True))) == ([], 1)


def test_nobody_is_told_what_they_did():
    notices.tell([1, 2], "answer", 7, by=1)
    assert (told(1), len(told(2))) == ([], 1)


def test_many_are_told_by_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        notices.tell(range(50), "mention", 7)


def test_it_is_forgotten_after_a_while(later):
    notices.tell([1], "mention", 7)
    later(days=89)
    notices.tell([1], "mention", 8)
    later(days=2)
    notices.forget_old()
    assert told(1) == [("mention", 8, None, True)]
