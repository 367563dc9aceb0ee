"""What an account did and what befell it, once it was found to be somebody else's too."""

import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import absences, exporting, people
from cartable.identity.feeds import merging
from cartable.kernel import audit
from cartable.portal import dossier
from cartable.spaces import homes, sharing
from cartable.spaces.access import Role
from tests.worlds import put

WHO = ("aaa@ac-dijon.example", "bbb@ac-dijon.example")


@pytest.fixture
def two(offices):
    """Two accounts of a school; the one that will be merged into the other was signed in and away."""
    one, other = offices.arrive("aaa", offices.carnot), offices.arrive("bbb", offices.carnot)
    audit.record("password.change", person=other.pk, account=other.pk)
    audit.record("absence.begin", account=other.pk)
    return one, other


def read(browser, address, **query):
    """Return the acts that a page lists."""
    page = browser.get(address, query).content.decode()
    return page.partition('<ol class="lines">')[2].partition("</ol>")[0]


def test_who_somebody_was_is_read_at_once_however_often_they_were_merged(offices, django_assert_num_queries):
    a, b, c, d = (offices.arrive(name, offices.carnot) for name in ("aaa", "bbb", "ccc", "ddd"))
    merging.merge(b, a)
    log = merging.merge(c, b)
    with django_assert_num_queries(1):
        assert people.once(c.pk) == [c.pk, a.pk, b.pk]
    assert people.once(d.pk) == [d.pk]
    merging.unmerge(log.pk)
    assert [people.once(one.pk) for one in (a, b, c)] == [[a.pk], [b.pk, a.pk], [c.pk]]


def test_one_reads_what_one_s_other_account_did_until_they_part(offices, two):
    log = merging.merge(*two)
    told = read(offices.browse("aaa"), "/me/activity")
    assert "Mot de passe changé" in told
    assert "Début d’une absence" in told
    assert told.count("Deux comptes réunis") == 1
    merging.unmerge(log.pk)
    told = read(offices.browse("aaa"), "/me/activity")
    assert "Mot de passe changé" not in told
    assert "Début d’une absence" not in told
    assert "Mot de passe changé" in read(offices.browse("bbb"), "/me/activity")


@pytest.mark.parametrize("leaf", [1, 2, 500])
def test_one_takes_away_what_one_s_other_account_did_each_act_once(two, leaf, monkeypatch):
    """However many acts a query reads: two accounts that are joined have it each in their trail."""
    monkeypatch.setattr("cartable.portal.exporting.LEAF", leaf)
    merging.merge(*two)
    with zipfile.ZipFile(io.BytesIO(b"".join(exporting.export(two[0])))) as taken:
        did, befell = (
            [one["verb"] for one in json.loads(taken.read(f"{name}.json"))] for name in ("activity", "account")
        )
    assert did.count("password.change") == 1
    assert befell.count("person.merge") == befell.count("absence.begin") == 1
    assert "password.change" not in befell


def test_what_the_two_shared_with_each_other_is_not_taken_away_as_shared_with_oneself(two):
    one, other = (people.actor(each) for each in two)
    shared = put(one, homes.home_of(one).root, "à deux.txt")
    sharing.give(one, shared.id, f"person:{other.person}", Role.READ)
    merging.merge(*two)
    with zipfile.ZipFile(io.BytesIO(b"".join(exporting.export(two[0])))) as taken:
        assert json.loads(taken.read("shares-given.json")) == []


def test_a_record_that_joined_an_account_is_of_a_directory_in_words(offices, two):
    audit.record("record.join", account=two[0].pk, source="LYON csv")
    assert "Lyon (tableau)" in read(offices.browse("aaa"), "/me/activity")


@pytest.mark.parametrize("who", WHO)
def test_an_auditor_reads_both_by_the_address_of_either_until_they_part(offices, two, who):
    log = merging.merge(*two)
    whole = [offices.browse(name).get("/admin/audit").content.decode() for name in ("auditor", "nation-auditor")]
    assert ["se lit en cherchant la personne" in one for one in whole] == [True, False], (
        "the whole list says so where it must"
    )
    told = read(offices.browse("auditor"), "/admin/audit", who=who)
    assert "Mot de passe changé" in told
    assert "Début d’une absence" in told
    merging.unmerge(log.pk)
    assert ("Mot de passe changé" in read(offices.browse("auditor"), "/admin/audit", who=who)) == (who == WHO[1])


@pytest.mark.parametrize(("who", "page"), [("admin", ""), ("admin", "/absences"), ("dpo", "/erasure")])
def test_the_pages_of_an_account_lead_to_who_has_it_now(offices, two, who, page):
    log = merging.merge(*two)
    reader, old, now = offices.browse(who), *(f"/admin/people/{one.sub}{page}" for one in two[::-1])
    answer = reader.get(old)
    assert (answer.status_code, answer.headers["Location"]) == (302, now)
    assert reader.get(now).status_code == 200
    merging.unmerge(log.pk)
    assert [reader.get(one).status_code for one in (old, now)] == [200, 200]
    merging.merge(*two)
    two[0].postings.update(structure=offices.ampere)
    people.changed([two[0].pk])
    assert [reader.get(one).status_code for one in (old, now)] == [404, 404]


def test_an_auditor_of_elsewhere_reads_neither(offices, two):
    two[0].postings.update(structure=offices.ampere)
    two[1].postings.update(structure=offices.ampere)
    people.changed([one.pk for one in two])
    merging.merge(*two)
    for who in WHO:
        assert offices.browse("auditor").get("/admin/audit", {"who": who}).status_code == 404
        assert "Mot de passe changé" in read(offices.browse("nation-auditor"), "/admin/audit", who=who)


def sought(asked, person):
    return [one["sql"] for one in asked if f"\"sub\" = '{person.sub}'" in one["sql"]]


@pytest.mark.parametrize("page", ["", "/absences"])
def test_a_page_of_administration_seeks_nobody_more_than_what_it_shows_does(offices, two, page):
    """Whether it is the account of somebody who was merged is seen in what the page reads anyway."""
    merging.merge(*two)
    browser, (stays, goes) = offices.browse("admin"), two
    reader = people.actor(people.find("admin@ac-dijon.example"))
    with CaptureQueriesContext(connection) as whole:
        if page:
            absences.reach(reader, stays.sub)
        else:
            dossier.of(reader, stays.sub)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(f"/admin/people/{stays.sub}{page}").status_code == 200
    assert len(sought(asked, stays)) == len(sought(whole, stays)) > 0
    answer = browser.get(f"/admin/people/{goes.sub}{page}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/people/{stays.sub}{page}")
