"""Absences as administrators state them, end them and date them again; those of who left a structure long ago too."""

import re
from datetime import date

import pytest
from django.test import Client

from cartable.identity import absences, appointing, departures, people, postings
from cartable.identity.absences import Archived, Kind
from cartable.identity.models import Absence, Person
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past
from cartable.kernel.models import Act
from cartable.portal import dossier
from tests.offices import DAY
from tests.worlds import person


def days(person):
    return [(one.first_day, one.last_day) for one in absences.of(person.pk)]


def stated(offices, first=0, last=None, who="head"):
    """Let somebody state an absence of `inside`, from a number of days from today to another; return its id."""
    today = clock.today()
    last_day = None if last is None else today + last * DAY
    absences.state(offices.actor(who), offices.inside.sub, "sick", first_day=today + first * DAY, last_day=last_day)
    return Absence.objects.latest("pk").pk


def test_who_is_away_has_not_left_and_their_postings_may_end(offices):
    one = offices.inside
    stated(offices, -10, 300)
    postings.end(one.postings.get(), on=clock.today() - 5 * DAY)
    one.refresh_from_db()
    assert departures.of(one) == "active"
    assert one.left_on == clock.today() + 301 * DAY


def test_who_left_the_structure_long_ago_is_still_stated_about_from_there_and_from_nowhere_else(offices):
    one, number = offices.inside, stated(offices, -300)
    one.postings.update(end=clock.today() - 200 * DAY, start=clock.today() - 900 * DAY)
    people.changed([one.pk])
    for name in ("elsewhere", "school-desk", "dpo"):
        with pytest.raises((NotFound, Denied)):
            absences.back(offices.actor(name), number, first_day=clock.today())
    for name in ("head", "admin", "national"):
        assert [(person, away.id) for person, away in absences.listed(offices.actor(name))] == [(one, number)]
    assert absences.listed(offices.actor("elsewhere")) == []
    absences.back(offices.actor("head"), number, first_day=clock.today())
    one.refresh_from_db()
    assert departures.of(one) == "grace"


def test_a_return_before_the_beginning_means_that_it_never_was(offices):
    one, today = offices.inside, clock.today()
    absences.back(offices.actor("head"), stated(offices, 10, 20), first_day=today)
    assert days(one) == []
    number = stated(offices, -10, 20)
    absences.back(offices.actor("head"), number, first_day=today + 3 * DAY)
    assert days(one) == [(today - 10 * DAY, today + 2 * DAY)]
    with pytest.raises(Past):
        absences.back(offices.actor("head"), number, first_day=today + 4 * DAY)


def test_dates_are_corrected_also_of_one_that_ended(offices):
    one, today, head = offices.inside, clock.today(), offices.actor("head")
    number = stated(offices, -30, -10)
    absences.date_again(head, number, first_day=today - 40 * DAY, last_day=None)
    assert days(one) == [(today - 40 * DAY, None)]
    absences.date_again(head, number, first_day=today - 40 * DAY, last_day=today - 40 * DAY)
    assert days(one) == [(today - 40 * DAY, today - 40 * DAY)]


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (0, -1, Past),
        (5000, None, BadInput),
        (-5000, None, BadInput),
        (0, 5000, BadInput),
    ],
)
def test_days_that_cannot_be_are_refused(offices, first, last, refusal):
    with pytest.raises(refusal):
        stated(offices, first, last)
    number = stated(offices, 0, 10)
    first_day = clock.today() + first * DAY
    last_day = None if last is None else clock.today() + last * DAY
    with pytest.raises(refusal):
        absences.date_again(offices.actor("head"), number, first_day=first_day, last_day=last_day)
    assert len(days(offices.inside)) == 1


def test_nobody_is_away_twice_on_a_day(offices):
    number = stated(offices, 0, 10)
    other = stated(offices, 11, 20)
    for first, last in ((5, None), (-5, 0), (-5, None), (3, 4)):
        with pytest.raises(Conflict):
            stated(offices, first, last)
    with pytest.raises(Conflict):
        absences.begin(offices.inside, Kind.PARENTAL, on=clock.today() + 20 * DAY)
    with pytest.raises(Conflict):
        absences.date_again(offices.actor("head"), other, first_day=clock.today() + 10 * DAY, last_day=None)
    absences.date_again(offices.actor("head"), number, first_day=clock.today() + DAY, last_day=clock.today() + 2 * DAY)
    with pytest.raises(BadInput):
        absences.state(offices.actor("head"), offices.inside.sub, "holidays", first_day=date(2026, 1, 1))


def test_the_trail_keeps_who_stated_it_and_not_why(offices):
    absences.back(offices.actor("head"), stated(offices, -3), first_day=clock.today())
    acts = list(Act.objects.filter(verb__startswith="absence."))
    assert [(one.verb, one.object, one.detail["office"]) for one in acts] == [
        ("absence.begin", offices.inside.pk, "admin"),
        ("absence.end", offices.inside.pk, "admin"),
    ]
    assert not any("sick" in str(one.detail) for one in acts)


def test_nobody_states_their_own(offices):
    with pytest.raises(NotFound):
        absences.state(offices.actor("head"), offices.person("head").sub, "sick", first_day=clock.today())


def test_who_posts_somebody_by_hand_neither_reads_of_their_absences_nor_changes_them(offices):
    one, today = offices.outside, clock.today()
    absences.state(offices.actor("elsewhere"), one.sub, "sick", first_day=today - 10 * DAY)
    number, head = one.absences.get().pk, offices.actor("head")
    appointing.give(head, one, offices.carnot, "DOC", first_day=today)
    for ended in (False, True):
        if ended:  # where they worked last is not where they were posted by hand either
            offices.posting(one).delete()
            postings.begin(one, offices.ampere, on=today - 900 * DAY)
            one.postings.filter(structure=offices.ampere).update(end=today - 300 * DAY)
            people.changed([one.pk])
        for act in (
            lambda: absences.reach(head, one.sub),
            lambda: absences.state(head, one.sub, "sick", first_day=today + 900 * DAY),
            lambda: absences.back(head, number, first_day=today),
            lambda: absences.date_again(head, number, first_day=today - 20 * DAY, last_day=today - 19 * DAY),
        ):
            with pytest.raises(NotFound):
                act()
        assert (absences.listed(head), dossier.of(head, one.sub).absences) == ([], None)
        assert offices.browse("head").get(f"/admin/people/{one.sub}/absences").status_code == 404
        assert [away.id for _who, away in absences.listed(offices.actor("elsewhere"))] == [number]
    absences.back(offices.actor("elsewhere"), number, first_day=today)


def test_the_trail_names_the_role_where_they_work_and_not_where_they_were_posted_by_hand(offices):
    postings.begin(offices.person("admin"), offices.ampere, function="DIR")
    both = offices.actor("admin")  # administers Dijon, and directs a school of Lyon
    appointing.give(both, offices.outside, offices.carnot, "DOC", first_day=clock.today())
    absences.state(both, offices.outside.sub, "sick", first_day=clock.today())
    assert Act.objects.get(verb="absence.begin").detail["at"] == offices.ampere.pk


# Who is first


def meanwhile(monkeypatch, act):
    """Have somebody else be first: what they do is there once the person is locked, and undone with a refusal."""
    locked = people.locked

    def wait(*numbers):
        monkeypatch.setattr(people, "locked", locked)
        act()
        return locked(*numbers)

    monkeypatch.setattr(people, "locked", wait)


def test_of_two_who_state_an_absence_at_once_the_second_is_refused(offices, monkeypatch):
    one = offices.inside
    for way in (lambda: stated(offices), lambda: absences.begin(one, Kind.SICK)):
        meanwhile(monkeypatch, lambda: absences.begin(one, Kind.PARENTAL))
        with pytest.raises(absences.Twice):
            way()


def test_dates_are_those_once_the_person_is_locked(offices, monkeypatch):
    one, today, head = offices.inside, clock.today(), offices.actor("head")
    number = stated(offices, 0, 10)
    meanwhile(monkeypatch, lambda: absences.begin(one, Kind.PARENTAL, on=today + 20 * DAY))
    with pytest.raises(absences.Twice):
        absences.date_again(head, number, first_day=today, last_day=None)
    meanwhile(monkeypatch, lambda: absences.back(head, number, first_day=today + 5 * DAY))
    with pytest.raises(Past):
        absences.back(head, number, first_day=today + 6 * DAY)
    meanwhile(monkeypatch, lambda: absences.back(head, number, first_day=today))
    with pytest.raises(NotFound):
        absences.date_again(head, number, first_day=today, last_day=None)


def test_nothing_is_stated_of_who_was_merged_meanwhile(offices, monkeypatch):
    one, other, today = offices.inside, person("Other", "other@ac-dijon.example"), clock.today()
    number, head = stated(offices, 0, 10), offices.actor("head")

    def merged():
        Person.objects.filter(pk=one.pk).update(merged_into=other)

    for act, refusal in (
        (lambda: absences.back(head, number, first_day=today), NotFound),
        (lambda: absences.date_again(head, number, first_day=today, last_day=None), NotFound),
        (lambda: stated(offices, 20), NotFound),
        (lambda: absences.begin(one, Kind.SICK, on=today + 20 * DAY), Conflict),
    ):
        meanwhile(monkeypatch, merged)
        with pytest.raises(refusal):
            act()
        assert days(one) == [(today, today + 10 * DAY)]


@pytest.fixture
def archived(offices):
    """`inside` left half a year ago, as a feed said: the account is archived."""
    one = offices.inside
    one.postings.update(source="DIJON", start=clock.today() - 900 * DAY, end=clock.today() - 200 * DAY)
    people.changed([one.pk])
    one.refresh_from_db()
    assert departures.of(one) == "archived"
    return one


def test_an_absence_that_a_head_states_opens_no_archived_account(offices, archived):
    today = clock.today()
    for first, last in ((-10, None), (-10, 10), (20, None), (-199, -30)):
        with pytest.raises(Archived):
            stated(offices, first, last)
    assert not Absence.objects.exists()
    assert departures.of(Person.objects.get(pk=archived.pk)) == "archived"
    number = stated(offices, -250, -150)  # as it was
    for days_of in ({"first_day": today - 250 * DAY, "last_day": None}, {"first_day": today, "last_day": today}):
        with pytest.raises(Archived):
            absences.date_again(offices.actor("head"), number, **days_of)
    assert days(archived) == [(today - 250 * DAY, today - 150 * DAY)]
    form = {"kind": "sick", "first": str(today), "last": ""}
    answer = offices.browse("head").post(f"/admin/people/{archived.sub}/absences/new", form)
    assert (answer.status_code, "cette absence le rouvrirait" in answer.content.decode()) == (403, True)
    assert departures.of(Person.objects.get(pk=archived.pk)) == "archived"


@pytest.mark.parametrize("who", ["admin", "rector", "national"])
def test_who_may_bring_back_opens_it_by_an_absence_too(offices, archived, who):
    stated(offices, -10, who=who)
    assert departures.of(Person.objects.get(pk=archived.pk)) == "active"


# Pages


def test_an_absence_is_stated_dated_and_ended_on_a_page_and_read_in_ones_career(offices):
    browser, one, today = offices.browse("head"), offices.inside, clock.today()
    page = f"/admin/people/{one.sub}/absences"
    form = {"kind": "parental", "first": str(today), "last": str(today + 30 * DAY)}
    assert "L’absence est notée." in browser.post(f"{page}/new", form, follow=True).content.decode()
    assert "Congé parental" in browser.get("/admin/absences").content.decode()
    assert page in browser.get("/admin/absences", {"who": "inside@ac-dijon.example"}).headers["Location"]
    theirs = Client()
    theirs.force_login(Person.objects.get(pk=one.pk), "cartable.identity.credentials.ByAddress")
    assert "Congé parental" in theirs.get("/me").content.decode()
    assert "Début d’une absence" in theirs.get("/me/activity").content.decode()
    number = one.absences.get().pk
    form = {"do": "date", "first": str(today - 5 * DAY), "last": ""}
    answer = browser.post(f"{page}/{number}", form, follow=True)
    assert "Les dates sont corrigées." in answer.content.decode()
    answer = browser.post(f"{page}/{number}", {"do": "back", "first": str(today)}, follow=True)
    assert "Le retour est noté." in answer.content.decode()
    assert days(one) == [(today - 5 * DAY, today - DAY)]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "sick", "first": "hier"}, "first"),
        ({"kind": "sick"}, "first"),
        ({"kind": "holidays", "first": "2026-01-01"}, "kind"),
        ({"first": "2026-01-01"}, "kind"),
        ({"kind": "sick", "first": "2026-01-02", "last": "2026-01-01"}, "last"),
        ({"kind": "sick", "first": "2126-01-02"}, "first"),
    ],
)
def test_what_is_typed_amiss_is_said_at_its_field_and_changes_nothing(offices, form, field):
    answer = offices.browse("head").post(f"/admin/people/{offices.inside.sub}/absences/new", form)
    wrong = re.findall(r'<(?:input|select)[^>]*aria-invalid="true"[^>]*>', answer.content.decode())
    assert answer.status_code == 400
    assert [re.search(r' id="([^"]+)"', one)[1] for one in wrong] == [f"new-{field}"]
    assert not Absence.objects.exists()


def test_a_day_on_which_one_is_away_already_is_said_there(offices):
    number, today = stated(offices, 0, 10), clock.today()
    browser = offices.browse("head")
    form = {"kind": "sick", "first": str(today), "last": ""}
    answer = browser.post(f"/admin/people/{offices.inside.sub}/absences/new", form)
    assert (answer.status_code, "déjà absente un de ces jours" in answer.content.decode()) == (409, True)
    answer = browser.post(
        f"/admin/people/{offices.inside.sub}/absences/{number}", {"do": "back", "first": str(today + 90 * DAY)}
    )
    assert (answer.status_code, "La fin vient avant le début" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("do", ["", "drop"])
def test_what_is_no_change_is_refused(offices, do):
    number = stated(offices)
    answer = offices.browse("head").post(
        f"/admin/people/{offices.inside.sub}/absences/{number}", {"do": do, "first": str(clock.today())}
    )
    assert (answer.status_code, Absence.objects.count()) == (404, 1)


def test_the_reader_is_told_that_a_person_is_unknown(offices):
    answer = offices.browse("head").get("/admin/absences", {"who": "outside@ac-dijon.example"})
    assert (answer.status_code, "Personne inconnue." in answer.content.decode()) == (404, True)
    assert not re.search(r"Outside", answer.content.decode())
