"""How long things are kept: set by who answers for it in the whole ministry, at once everywhere; a shorter time is agreed to."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from cartable.identity import departing, departures, erasing, people, postings, principals, retaining
from cartable.identity.feeds import cases
from cartable.identity.feeds.models import MatchCase
from cartable.identity.models import Farewell, Person
from cartable.kernel import audit, chores, clock, retentions
from cartable.kernel.errors import BadInput, Changed, Denied, NotFound
from cartable.kernel.models import Act, Retention
from cartable.kernel.tasks import run_pending
from cartable.spaces import tasks as of_the_tree
from cartable.spaces import trash
from cartable.spaces.models import Grant, Node
from tests.offices import DAY
from tests.options import having
from tests.worlds import ada_world, person, put

NAMES = ["grace_days", "archive_days", "audit_days", "sign_in_days", "feed_days", "case_days", "trash_days"]


@pytest.fixture
def dpo(offices):
    return offices.actor("nation-dpo")


def gone_since(offices, name, days):
    """Return somebody whose last posting ended so many days ago."""
    one = offices.arrive(name, offices.carnot)
    one.postings.update(start=clock.today() - (days + 30) * DAY, end=clock.today() - days * DAY)
    people.changed([one.pk])
    return Person.objects.get(pk=one.pk)


# Who, and within what


def test_every_retention_is_listed_with_what_holds_and_why(dpo):
    found = {one.about.name: one for one in retaining.listed(dpo)}
    assert sorted(found) == sorted(NAMES)
    for one in found.values():
        assert one.setting.days == one.default
        assert (one.by, one.setting.at) == ("", None)
        assert one.kept
        assert str(one.about.why)


def test_who_answers_for_an_academy_reads_them_and_changes_none(offices):
    dpo = offices.actor("dpo")
    assert len(retaining.listed(dpo)) == len(NAMES)
    with pytest.raises(Denied):
        retaining.change(dpo, "trash_days", 40, was=30)
    with pytest.raises(Denied):
        retaining.listed(offices.actor("national"))
    assert not Retention.objects.exists()


@pytest.mark.parametrize(
    ("name", "days"), [("trash_days", 6), ("trash_days", 367), ("audit_days", 365), ("grace_days", 0)]
)
def test_out_of_its_bounds_none_is_set(dpo, name, days):
    with pytest.raises(BadInput):
        retaining.change(dpo, name, days, was=retentions.days(name), agreed=10**6)
    assert not Retention.objects.exists()


def test_what_was_never_in_force_is_refused_before_anything_is_counted(dpo):
    for was in (31, 10**6, 2**53 - 1):
        with pytest.raises(Changed):
            retaining.change(dpo, "trash_days", 20, was=was)
    assert not Retention.objects.exists()


def test_what_is_no_retention_is_not_found(dpo):
    for name in ("secret_key", "quota_person", "version_days", ""):
        with pytest.raises(NotFound):
            retaining.change(dpo, name, 40, was=30)


def test_a_change_is_in_the_trail_with_what_there_was(offices, dpo):
    retaining.change(dpo, "trash_days", 40, was=30)
    act = Act.objects.get(verb="retention.change")
    told = {"retention": "trash_days", "days": 40, "was": 30, "office": "dpo", "structure": offices.ministry.pk}
    assert told.items() <= act.detail.items()
    assert act.person == dpo.person
    one = retaining.one(dpo, "trash_days")
    assert (one.setting.days, one.default, one.by) == (40, 30, "Nation-dpo Martin")


def test_who_saw_another_value_changes_nothing(dpo):
    retaining.change(dpo, "trash_days", 40, was=30)
    for was in (30, 41):
        with pytest.raises(Changed):
            retaining.change(dpo, "trash_days", 50, was=was)
    assert retentions.days("trash_days") == 40


def test_the_option_holds_until_something_is_set_and_again_once_it_is_taken_back(dpo, monkeypatch):
    monkeypatch.setattr(retentions, "options", having(trash_days=35))
    assert retentions.days("trash_days") == 35
    retaining.change(dpo, "trash_days", 40, was=35)
    monkeypatch.setattr(retentions, "options", having(trash_days=8))
    assert retentions.days("trash_days") == 40  # a shorter option erases nothing
    with pytest.raises(retaining.Shorter):
        retaining.change(dpo, "trash_days", None, was=40)
    retaining.change(dpo, "trash_days", None, was=40, agreed=0)
    assert retentions.days("trash_days") == 8
    assert not Retention.objects.exists()


# What a shorter one costs


def test_a_shorter_time_says_first_what_would_be_erased(offices, dpo):
    for name, days in (("x", 60 + 200), ("y", 60 + 100), ("z", 60 + 99)):
        gone_since(offices, name, days)
    with pytest.raises(retaining.Shorter) as asked:
        retaining.change(dpo, "archive_days", 100, was=365)
    assert [(count, str(said)) for count, said in asked.value.costs] == [
        (2, "2 comptes seraient effacés la nuit prochaine, avec leurs documents.")
    ]
    assert retentions.days("archive_days") == 365
    gone_since(offices, "w", 60 + 300)  # meanwhile
    with pytest.raises(retaining.Shorter):
        retaining.change(dpo, "archive_days", 100, was=365, agreed=2)
    retaining.change(dpo, "archive_days", 100, was=365, agreed=3)
    assert len(list(erasing.due())) == 3


def test_a_longer_time_is_not_asked_twice_and_saves_whom_it_may(offices, dpo):
    one = gone_since(offices, "x", 60 + 365)
    assert list(erasing.due()) == [one.pk]
    waiting = erasing.due()
    retaining.change(dpo, "archive_days", 400, was=365)
    erasing.erase_due.func()
    assert Person.objects.get(pk=one.pk).erased_at is None
    assert list(waiting) == []


def test_whom_a_task_has_listed_by_the_former_time_is_spared_by_the_present_one(offices, dpo, monkeypatch):
    one = gone_since(offices, "x", 60 + 365)

    def listed_then_changed():
        retaining.change(dpo, "archive_days", 400, was=365)
        yield one.pk

    monkeypatch.setattr(erasing, "due", listed_then_changed)
    erasing.erase_due.func()
    assert Person.objects.get(pk=one.pk).erased_at is None


def test_a_document_is_spared_likewise(offices, dpo, later, monkeypatch):
    world = ada_world()
    trash.discard(world.ada, put(world.ada, world.root, "jetée.txt").id)
    later(days=31)
    (doomed,) = trash.overdue()
    assert trash.would_go(60, 30) == 1
    retaining.change(dpo, "trash_days", 60, was=30)
    trash.expire(doomed, overdue=True)
    of_the_tree.tidy.func()
    assert Node.objects.filter(pk=doomed).exists()
    with pytest.raises(retaining.Shorter) as asked:
        retaining.change(dpo, "trash_days", 30, was=60)
    assert asked.value.count == 1
    retaining.change(dpo, "trash_days", 30, was=60, agreed=1)
    of_the_tree.tidy.func()
    assert not Node.objects.filter(pk=doomed).exists()


def test_questions_that_were_answered_are_counted(offices, dpo):
    pair = {"newcomer": offices.inside, "candidate": offices.outside, "rule": "R3", "score": 1, "evidence": {}}
    MatchCase.objects.create(**pair, source="", answer="same", answered_at=clock.now() - 50 * DAY)
    assert cases.forget_old() == 0
    with pytest.raises(retaining.Shorter) as asked:
        retaining.change(dpo, "case_days", 40, was=90)
    assert asked.value.count == 1
    retaining.change(dpo, "case_days", 40, was=90, agreed=1)
    assert cases.forget_old() == 1


def test_connections_that_were_kept_for_long_all_go_at_once(offices, dpo):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE kernel_act DISABLE TRIGGER act_kept")
    retaining.change(dpo, "sign_in_days", 1000, was=366)
    ages = (990, 700, 500, 430, 367, 365)
    for days in ages:
        Act.objects.create(at=clock.now() - days * DAY, verb="sign-in")
    audit.forget_old()
    assert Act.objects.filter(verb="sign-in").count() == len(ages)
    with pytest.raises(retaining.Shorter) as asked:
        retaining.change(dpo, "sign_in_days", 366, was=1000)
    assert asked.value.count == 5
    retaining.change(dpo, "sign_in_days", 366, was=1000, agreed=5)
    run_pending()
    assert [(clock.now() - one.at).days for one in Act.objects.filter(verb="sign-in")] == [365]
    assert chores.forget_old_connections


# The grace of who left


def test_a_shorter_grace_closes_accounts_at_once_and_says_so(offices, dpo):
    one = gone_since(offices, "x", 45)
    assert departures.of(one) == "grace"
    with pytest.raises(retaining.Shorter) as asked:
        retaining.change(dpo, "grace_days", 40, was=60)
    assert [str(said) for _count, said in asked.value.costs] == [
        "1 compte serait archivé aussitôt : la personne ne s’y connecterait plus."
    ]
    retaining.change(dpo, "grace_days", 40, was=60, agreed=1)
    assert departures.of(one) == "archived"
    assert one.pk not in departures.among([one.pk])


def test_a_longer_grace_opens_what_had_closed_and_what_was_shared(offices, dpo):
    world = ada_world()
    ada = Person.objects.get(pk=world.ada.person)
    posting = postings.begin(ada, offices.carnot, on=clock.today() - 200 * DAY)
    postings.end(posting, on=clock.today() - 61 * DAY)
    departing.see_off.func()
    assert departures.of(Person.objects.get(pk=ada.pk)) == "archived"
    assert f"person:{world.bob.person}" not in opened(world.archives)
    retaining.change(dpo, "grace_days", 100, was=60)
    run_pending()
    assert departures.of(Person.objects.get(pk=ada.pk)) == "grace"
    assert f"person:{world.bob.person}" in opened(world.archives)
    assert not Farewell.objects.filter(person=ada, said__in=["month", "closed"]).exists()


def opened(node):

    live = Grant.objects.filter(node=node).exclude(expires_at__lte=clock.now())
    return set(live.values_list("principal", flat=True))


def test_what_came_with_a_posting_is_read_for_as_long_as_is_set_in_every_process(offices, dpo):
    """What this process has kept of a person is computed again, as in each other one: their version is another."""
    one = offices.arrive("mover", offices.carnot)
    one.postings.update(end=clock.today() - 70 * DAY)
    postings.begin(one, offices.ampere)
    place = f"structure:{offices.carnot.pk}"
    before = people.actor_of(one.pk)
    assert place not in before.fading
    retaining.change(dpo, "grace_days", 100, was=60)
    run_pending()
    after = people.actor_of(one.pk)
    assert after.version != before.version
    assert place in after.fading


def test_who_has_not_left_and_moved_nowhere_costs_no_query_more(offices, django_assert_num_queries):
    one = person("Stay", "stay@ac-dijon.example")
    postings.begin(one, offices.carnot)
    with django_assert_num_queries(1):
        principals.held_by(one.pk)
    with django_assert_num_queries(0):
        assert not departures.is_closed(None)
        assert not departures.is_closed(clock.today() + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_another_process_reads_what_was_just_set():
    """A thread stands for it: its connection is its own, and nothing is kept between two questions."""
    with transaction.atomic():
        retentions.put("trash_days", 40, was=30)
    found = []

    def ask():
        found.append(retentions.days("trash_days"))
        connection.close()

    for _ in range(2):
        one = threading.Thread(target=ask)
        one.start()
        one.join()
        Retention.objects.filter(pk="trash_days").update(days=50)
    assert found == [40, 50]


# Pages


def test_a_retention_is_changed_on_a_page_and_the_register_says_so(offices):
    browser = offices.browse("nation-dpo")
    shown = browser.get("/admin/retentions").content.decode()
    assert all(f"/admin/retentions/{name}" in shown for name in NAMES)
    assert "Treize mois" in shown  # what no page sets is there too
    answer = browser.post("/admin/retentions/trash_days", {"days": "45", "was": "30"}, follow=True)
    assert "La durée est changée" in answer.content.decode()
    assert "45 jours" in browser.get("/privacy/register").content.decode()
    assert "Nation-dpo Martin" in browser.get("/admin/retentions").content.decode()
    assert "45 jours" in browser.get("/privacy").content.decode()


def test_a_page_asks_again_before_it_shortens(offices):
    one = gone_since(offices, "x", 60 + 200)
    browser, address = offices.browse("nation-dpo"), "/admin/retentions/archive_days"
    asked = browser.post(address, {"days": "100", "was": "365"}).content.decode()
    assert "1 compte serait effacé la nuit prochaine" in asked
    assert retentions.days("archive_days") == 365
    form = dict(re.findall(r'<input type="hidden" name="(was|agreed|days)" value="(\d+)"', asked))
    assert form == {"was": "365", "agreed": "1", "days": "100"}
    assert browser.post(address, form).status_code == 303
    assert retentions.days("archive_days") == 100
    assert list(erasing.due()) == [one.pk]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"days": "6", "was": "30"}, "De 7 à 366 jours."),
        ({"days": "", "was": "30"}, "Un nombre entier de jours"),
        ({"days": "²", "was": "30"}, "Un nombre entier de jours"),
        ({"days": "9" * 5000, "was": "30"}, "Un nombre entier de jours"),
        ({"days": "40"}, "Un nombre entier de jours"),
        ({"days": "40", "was": "31"}, "Quelqu’un vient de changer cette durée"),
        ({"days": "20", "was": "30", "agreed": "-1"}, "Un nombre entier de jours"),
    ],
)
def test_what_is_typed_amiss_is_said_at_its_field(offices, form, said):
    answer = offices.browse("nation-dpo").post("/admin/retentions/trash_days", form)
    shown = answer.content.decode()
    assert (answer.status_code, said in shown) == (400, True)
    assert not Retention.objects.exists()


def test_the_page_asks_again_who_is_there(offices, later):
    browser = offices.browse("nation-dpo")
    later(minutes=11)
    assert (
        browser.post("/admin/retentions/trash_days", {"days": "45", "was": "30"})
        .headers["Location"]
        .startswith("/me/confirm")
    )
    assert not Retention.objects.exists()
