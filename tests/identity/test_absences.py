"""Absences as administrators state them, end them and date them again; those of who left a structure long ago too."""

import re
from datetime import date

import pytest
from django.test import Client

from cartable.identity import absences, departures, people, postings
from cartable.identity.absences import Kind
from cartable.identity.models import Absence, Person
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past
from cartable.kernel.models import Act
from tests.offices import DAY, Offices


@pytest.fixture
def offices(db):
    return Offices()


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
    answer = browser.post(f"/admin/absences/{number}", form, follow=True)
    assert "Les dates sont corrigées." in answer.content.decode()
    answer = browser.post(f"/admin/absences/{number}", {"do": "back", "first": str(today)}, follow=True)
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
    answer = browser.post(f"/admin/absences/{number}", {"do": "back", "first": str(today + 90 * DAY)})
    assert (answer.status_code, "La fin vient avant le début" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("do", ["", "drop"])
def test_what_is_no_change_is_refused(offices, do):
    number = stated(offices)
    answer = offices.browse("head").post(f"/admin/absences/{number}", {"do": do, "first": str(clock.today())})
    assert (answer.status_code, Absence.objects.count()) == (400, 1)


def test_the_reader_is_told_that_a_person_is_unknown(offices):
    answer = offices.browse("head").get("/admin/absences", {"who": "outside@ac-dijon.example"})
    assert (answer.status_code, "Personne inconnue." in answer.content.decode()) == (404, True)
    assert not re.search(r"Outside", answer.content.decode())
