"""The index of words, in the database in use, against a list that is read through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cartable.kernel.text_index import Entry, text_index

INDEX = text_index("people")

words = st.text("abé'\"\\*&|:()<> -", min_size=1, max_size=4).map(lambda one: "".join(one.split())).filter(bool)
plain = st.text("abcé", min_size=1, max_size=4)
marks = st.sampled_from(["s1", "s12", "t1"])
entries = st.builds(Entry, st.integers(1, 6), st.lists(plain, max_size=3), st.lists(marks, max_size=2))


class AnIndex(TestCase):
    """What it finds, after any writes, is what reading everything finds."""

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(entries, max_size=12),
        st.lists(plain, min_size=1, max_size=2),
        st.lists(marks, max_size=2),
        st.none() | st.lists(st.integers(1, 6), max_size=4),
        st.booleans(),
    )
    def test_it_finds_what_reading_all_would(self, given_entries, wanted, borne, among, whole):
        INDEX.drop(range(1, 7))
        known = {}
        for entry in given_entries:
            INDEX.put([entry])
            known[entry.number] = entry
        expected = {
            number
            for number, entry in known.items()
            if all(any(one == word if whole else one.startswith(word) for one in entry.words) for word in wanted)
            and (not borne or set(borne) & set(entry.marks))
            and (among is None or number in among)
        }
        assert set(INDEX.find(wanted, marks=borne, among=among, whole=whole, limit=10)) == expected

    @settings(max_examples=60, deadline=None)
    @given(st.lists(words, min_size=1, max_size=3))
    def test_no_word_is_read_as_an_operator(self, wanted):
        INDEX.put([Entry(1, ["zoe"], ["s1"])])
        assert INDEX.find(wanted, marks=["s1"]) == []
        assert INDEX.find(["zo"], marks=["s1"]) == [1]


@pytest.mark.django_db
def test_what_is_taken_out_is_found_no_more():
    INDEX.put([Entry(1, ["alice"]), Entry(2, ["alice"])])
    INDEX.drop([1, 7])
    assert INDEX.find(["ali"]) == [2]
    assert INDEX.find(["ali"], limit=0) == []
    assert INDEX.find(["+", "…"]) == []


@pytest.mark.django_db
def test_marks_are_no_words():
    INDEX.put([Entry(1, ["alice"], ["t5"])])
    assert INDEX.find(["t5"]) == []
    assert INDEX.find(["alice"], marks=["t"]) == []


@pytest.mark.django_db
def test_a_word_of_any_length_is_kept_and_found():
    INDEX.put([Entry(1, ["a" * 3000])])
    assert INDEX.find(["a" * 2900]) == [1]


@pytest.mark.django_db
def test_many_are_written_by_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        INDEX.put([Entry(number, ["alice"]) for number in range(100)])
    assert len(INDEX.find(["alice"], limit=1000)) == 100
