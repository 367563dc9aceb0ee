"""Postings given by hand: which days, by whom, and that no feed touches them."""

from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse

from cartable.identity import appointing, delegations, departures, people, postings
from cartable.identity.appointing import NoFunction
from cartable.identity.delegations import BY_HAND, Act
from cartable.identity.models import Posting
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past
from tests.offices import DAY


def today():
    return clock.today()


def given(offices, who="head", whom="inside", place="carnot", function="DOC", first=None, last=None):
    return appointing.give(
        offices.actor(who), offices.person(whom), getattr(offices, place), function, first_day=first or today(), last_day=last
    )  # fmt: skip


def states(offices, whom="inside"):
    return [(one.function, one.state) for one in postings.of(offices.person(whom))]


def test_a_posting_by_hand_is_one_like_any_other(offices):
    given(offices, last=today() + 10 * DAY)
    assert states(offices) == [("DOC", "current"), ("ENS", "current")]
    given(offices, function="EDU", first=today() + DAY)
    assert states(offices)[0] == ("EDU", "announced")


def test_the_last_day_is_worked(offices, later):
    given(offices, last=today())
    assert states(offices)[0] == ("DOC", "current")
    later(days=1)
    assert states(offices)[0] == ("DOC", "ended")


def test_back_dated_ended_and_cancelled(offices):
    head = offices.actor("head")
    one = given(offices, first=today() - 30 * DAY)
    appointing.date_again(head, one.pk, first_day=today() - 60 * DAY, last_day=None)
    assert Posting.objects.get(pk=one.pk).start == today() - 60 * DAY
    appointing.end(head, one.pk, last_day=today() - DAY)
    assert ("DOC", "ended") in states(offices)
    with pytest.raises(Past):
        appointing.end(head, one.pk, last_day=today() + DAY)  # it has ended: a new one says that they came back
    with pytest.raises(Past):
        appointing.cancel(head, one.pk)
    to_come = given(offices, function="EDU", first=today() + 5 * DAY)
    appointing.cancel(head, to_come.pk)
    assert ("EDU", "cancelled") in states(offices)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"function": "XYZ"}, BadInput),
        ({"function": ""}, NoFunction),
        ({"first": date(1900, 1, 1)}, BadInput),
        ({"first": date(2999, 1, 1)}, BadInput),
        ({"last": date(2000, 1, 1)}, Past),
        ({"function": "ENS"}, Conflict),  # they have it
        ({"function": "DIR"}, Denied),  # from above only: by who administers the academy
        ({"whom": "head"}, Denied),  # oneself
        ({"place": "buffon"}, Denied),
        ({"who": "support"}, Denied),
        ({"who": "teacher"}, Denied),
    ],
)
def test_what_cannot_be_given(offices, change, refusal):
    before = Posting.objects.count()
    with pytest.raises(refusal):
        given(offices, **change)
    assert Posting.objects.count() == before


def test_a_head_is_named_and_dismissed_from_above(offices):
    given(offices, who="rector", function="DIR")
    assert delegations.may(offices.actor("inside"), Act.POSTINGS, offices.carnot.pk)
    of_head = offices.posting(offices.person("head")).pk
    with pytest.raises(Denied):
        appointing.end(offices.actor("deputy"), of_head, last_day=today())
    appointing.end(offices.actor("rector"), of_head, last_day=today())


def test_what_a_feed_states_is_dated_by_the_feed_and_may_be_ended_here(offices):
    stated = offices.posting(offices.inside)
    Posting.objects.filter(pk=stated.pk).update(source="DIJON aaf-2d")
    with pytest.raises(appointing.Stated):
        appointing.date_again(offices.actor("head"), stated.pk, first_day=today(), last_day=None)
    appointing.end(offices.actor("head"), stated.pk, last_day=today())
    assert Posting.objects.get(pk=stated.pk).end == today() + DAY


@pytest.mark.parametrize("source", ["DIJON aaf-2d", ""])
def test_nobody_makes_a_posting_last_longer_than_was_stated(offices, source):
    stated = offices.posting(offices.inside)
    august = today() + 200 * DAY
    Posting.objects.filter(pk=stated.pk).update(source=source, end=august)
    for last in (august, date(2099, 12, 31)):
        with pytest.raises(appointing.Stated):
            appointing.end(offices.actor("head"), stated.pk, last_day=last)
    assert Posting.objects.get(pk=stated.pk).end == august
    appointing.end(offices.actor("head"), stated.pk, last_day=today())
    one = given(offices, last=today() + DAY)
    appointing.end(offices.actor("head"), one.pk, last_day=august)
    assert Posting.objects.get(pk=one.pk).end == august + DAY


HEADER = "key,last_name,first_name,birth_date,mail,uai,structure,function"


def feed(tmp_path, day, *lines):
    file = tmp_path / f"DIJON_{day}.csv"
    file.write_text("\n".join((HEADER, *lines)) + "\n")
    call_command("directory", "import", str(file), "--source", "DIJON", "--yes")


def test_what_a_feed_states_and_was_ended_here_stays_so_until_its_record_says_something_else(offices, tmp_path):
    line = "1,Petit,Zoé,1985-01-03,zoe@ac-dijon.example,0210015C,Lycée Carnot,{}"
    feed(tmp_path, "20261101", line.format("ENS"))
    ended = Posting.objects.get(person=offices.person("zoe"))
    appointing.end(offices.actor("head"), ended.pk, last_day=date(2026, 11, 2))
    feed(tmp_path, "20261105", line.format("ENS"))
    assert Posting.objects.get(person=offices.person("zoe")).end == date(2026, 11, 3)
    feed(tmp_path, "20261106", line.format("DOC"))
    assert Posting.objects.filter(person=offices.person("zoe"), end=None).get().function == "DOC"


def test_no_feed_ends_a_posting_by_hand(offices, tmp_path):
    line = "1,Petit,Zoé,1985-01-03,zoe@ac-dijon.example,0210015C,Lycée Carnot,ENS"
    other = "2,Durand,Bob,1985-01-04,bob@ac-dijon.example,0210015C,Lycée Carnot,ENS"
    for day, lines in (("20261101", (line, other)), ("20261102", (other,))):
        feed(tmp_path, day, *lines)
        if day == "20261101":
            given(offices, whom="zoe", function="DOC")
    assert Posting.objects.get(person=offices.person("zoe"), function="DOC").end is None
    assert Posting.objects.get(person=offices.person("zoe"), function="ENS").end is not None


def test_who_may_post_anybody_gets_no_power_over_their_account(offices):
    given(offices, whom="outside")
    head = offices.actor("head")
    assert delegations.reach(head, Act.PEOPLE, offices.outside.sub)
    for act in (Act.RESET, Act.QUOTAS):
        with pytest.raises(NotFound):
            delegations.reach(head, act, offices.outside.sub)
    assert Posting.objects.get(person=offices.outside, source=BY_HAND)


# Who has left, long ago


@pytest.fixture
def archived(offices):
    """Inside, of Carnot in Dijon, whose last posting ended three months ago; then a head of Lyon's had given them one by hand."""
    stated = offices.posting(offices.inside)
    Posting.objects.filter(pk=stated.pk).update(start=today() - 300 * DAY, end=today() - 120 * DAY)
    Posting.objects.create(
        person=offices.inside, structure=offices.ampere, function="DOC", source=BY_HAND,
        start=today() - 110 * DAY, end=today() - 90 * DAY,
    )  # fmt: skip
    people.changed([offices.inside.pk])
    assert departures.of(offices.person("inside")) == "archived"
    return offices


@pytest.mark.parametrize(
    ("who", "place"), [("head", "carnot"), ("deputy", "carnot"), ("elsewhere", "ampere"), ("elsewhere", "lyon")]
)
def test_an_archived_account_is_opened_again_neither_by_a_head_nor_by_another_academy(archived, who, place):
    for first in (today(), today() + 5 * DAY):
        with pytest.raises(appointing.Archived):
            given(archived, who=who, place=place, first=first)
    assert departures.of(archived.person("inside")) == "archived"


def test_nor_by_other_days_of_a_posting_that_was_given_by_hand(archived):
    by_hand = Posting.objects.get(source=BY_HAND)
    with pytest.raises(appointing.Archived):
        appointing.date_again(archived.actor("elsewhere"), by_hand.pk, first_day=today(), last_day=None)
    assert departures.of(archived.person("inside")) == "archived"


@pytest.mark.parametrize(
    ("who", "place"), [("rector", "carnot"), ("admin", "buffon"), ("national", "ampere"), ("national", "carnot")]
)
def test_it_is_by_the_academy_where_they_worked_last_and_by_the_ministry(archived, who, place):
    given(archived, who=who, place=place)
    assert departures.of(archived.person("inside")) == "active"


def test_who_was_only_ever_posted_by_hand_and_is_archived_comes_back_by_the_ministry(archived):
    Posting.objects.filter(person=archived.inside).update(source=BY_HAND)
    for who in ("rector", "admin", "elsewhere"):
        with pytest.raises(Denied):
            given(archived, who=who, place="ampere" if who == "elsewhere" else "carnot")
    assert given(archived, who="national")


def test_who_left_and_still_reads_is_posted_by_any_head_who_takes_them(archived):
    Posting.objects.filter(person=archived.inside, source=BY_HAND).update(end=today() - 10 * DAY)
    people.changed([archived.inside.pk])
    assert departures.of(archived.person("inside")) == "grace"
    given(archived)
    assert departures.of(archived.person("inside")) == "active"


def test_the_page_says_why_an_archived_account_is_not_opened_again(archived):
    form = {"person": "inside@ac-dijon.example", "function": "DOC", "structure": "0210015C", "first": str(today())}
    answer = archived.browse("head").post(reverse("admin-welcome"), form)
    assert (answer.status_code, "Ce compte est archivé" in answer.content.decode()) == (403, True)
    assert 'value="inside@ac-dijon.example"' in answer.content.decode(), "what was typed is there still"
