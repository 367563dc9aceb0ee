"""What the page of a case says beforehand is what is so after a yes: who stays, under which name and main address, and why."""

import html
import io
import json
import re
from datetime import UTC, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.config.management.commands import directory
from cartable.identity import people, postings, structures
from cartable.identity.feeds import cases, leading, undoing
from cartable.identity.feeds.models import MatchCase, MergeLog
from cartable.identity.models import Delegation, Membership, Person, Posting, Structure, Team
from cartable.kernel import clock
from tests.identity.feeds.test_merging import lately
from tests.identity.feeds.written import table

HEADER = "key,last_name,birth_name,first_name,birth_date,mail,uai,structure,function,start,end"
DIJON = "1,{name},Martin,Alice,1967-08-07,{mail},0210015C,Lycée Carnot,ENS,{start},{end}"
LYON = "1,{name},Martin,Alice,1967-08-07,{mail},0690023A,Lycée Ampère,ENS,{start},{end}"
OLD, NEW = "alice.martin@ac-dijon.fr", "alice.durand@ac-lyon.fr"
THERE = {"name": "Martin", "mail": OLD, "start": "2020-09-01", "end": ""}
CAME = {"name": "Durand", "mail": NEW, "start": "2026-09-01", "end": ""}
BEGAN = "Ce sont ceux du compte dont l’affectation a commencé en dernier : le {}."
TIED = "Leurs dernières affectations ont commencé le même jour, le 1er septembre 2026 : ce sont ceux du compte gardé."
NOBODY = "Aucun des deux n’a d’affectation en cours : ce sont ceux du compte gardé."
OTHERS = " Il n’a pas d’adresse : celle de l’autre reste."


@pytest.fixture
def judged(take, tmp_path):
    """Feeds of two academies that state one person, each as is said; return the number of the case."""

    def feed(dijon, lyon):
        take(table(tmp_path, HEADER, DIJON.format(**THERE | dijon), day="20261001"))
        take(table(tmp_path, HEADER, LYON.format(**CAME | lyon), day="20261002"), "LYON", "--yes")
        (case,) = cases.waiting(None)
        return case.id

    return feed


@pytest.fixture
def browser(db):
    ministry = people.arrive("Ministère", "ministere@education.gouv.fr")
    postings.begin(ministry, Structure.objects.get(kind="ministry"), function="DIR")
    return lately(ministry)


def shown(browser, case):
    page = browser.get(f"/admin/cases/{case}").content.decode()
    said = [re.sub(r"<.*?>", " ", one) for one in re.findall(r"<dd>(.*?)</dd>", page)]
    return [" ".join(html.unescape(one).split()) for one in said]


@pytest.mark.parametrize(
    ("dijon", "lyon", "expected", "why"),
    [
        ({}, {}, ("Alice Durand", NEW), BEGAN.format("1er septembre 2026")),
        ({"end": "2026-08-31"}, {}, ("Alice Durand", NEW), BEGAN.format("1er septembre 2026")),
        ({"start": "2026-09-02"}, {}, ("Alice Martin", OLD), BEGAN.format("2 septembre 2026")),
        ({"start": "2026-09-01"}, {}, ("Alice Martin", OLD), TIED),
        ({}, {"end": "2026-10-01"}, ("Alice Martin", OLD), BEGAN.format("1er septembre 2020")),
        ({}, {"start": "2027-01-04"}, ("Alice Martin", OLD), BEGAN.format("1er septembre 2020")),
        ({"end": "2026-08-31"}, {"start": "2027-01-04"}, ("Alice Martin", OLD), NOBODY),
        ({}, {"mail": ""}, ("Alice Durand", OLD), BEGAN.format("1er septembre 2026") + OTHERS),
        ({"mail": ""}, {"end": "2026-10-01"}, ("Alice Martin", NEW), BEGAN.format("1er septembre 2020") + OTHERS),
        ({"mail": ""}, {"mail": ""}, ("Alice Durand", ""), BEGAN.format("1er septembre 2026")),
    ],
)  # fmt: skip
def test_what_is_announced_is_what_is_so(judged, browser, dijon, lyon, expected, why):
    case = judged(dijon, lyon)
    before = cases.one(None, case)
    kept, named, _over = shown(browser, case)
    assert named == f"{', '.join(filter(None, expected))} {why}"
    assert kept.startswith(before.candidate.mails[0] if before.candidate.mails else "Alice Martin")
    assert "le plus ancien" in kept
    browser.post(f"/admin/cases/{case}", {"same": "yes"})
    stays = Person.objects.get(name__startswith="Alice", merged_into=None)
    assert (stays.name, people.primary_mail(stays.pk)) == expected
    assert (stays.sub, before.as_one.stays.sub) == (before.candidate.sub,) * 2


def test_who_has_signed_in_stays_and_it_is_said_why(judged, browser):
    case = judged({}, {})
    came = Person.objects.get(sub=cases.one(None, case).newcomer.sub)
    Person.objects.filter(pk=came.pk).update(last_login=came.created_at)
    kept, *_ = shown(browser, case)
    assert kept.startswith(NEW)
    assert "celui qui a déjà servi" in kept
    browser.post(f"/admin/cases/{case}", {"same": "yes"})
    assert Person.objects.get(name__startswith="Alice", merged_into=None) == came


def test_what_goes_over_is_counted_and_goes_over(judged, browser):
    case = judged({}, {})
    goes = Person.objects.get(sub=cases.one(None, case).newcomer.sub)
    for name in ("SVT", "Projet"):
        Membership.objects.create(team=Team.objects.create(name=name, folded=name.lower()), person=goes)
    Delegation.objects.create(person=goes, role="support", structure=structures.academy("LYON"), start="2026-09-01")
    *_, over = shown(browser, case)
    assert over == "1 adresse, 1 affectation, 2 équipes, 1 rôle d’administration, les documents et les partages"
    browser.post(f"/admin/cases/{case}", {"same": "yes"})
    stays = Person.objects.get(pk=goes.pk).merged_into
    assert stays.addresses.filter(mail=NEW).count() == 1
    assert Posting.objects.filter(person=stays, source="LYON csv").count() == 1
    assert Membership.objects.filter(person=stays).count() == 2
    assert Delegation.objects.filter(person=stays).count() == 1


def test_names_lie_side_by_side_as_they_are_known_now(judged, browser, take, tmp_path):
    case = judged({}, {})

    def laid():
        page = html.unescape(browser.get(f"/admin/cases/{case}").content.decode())
        rows = re.findall(r'<tr>(<th scope="row">.*?)</tr>', page)
        return [[cell.strip() for cell in re.split(r"<.*?>", row) if cell.strip()] for row in rows]

    assert laid() == [
        ["Nom", "identique", "DURAND (naissance\xa0: MARTIN)", "MARTIN"],
        ["Prénom", "identique", "ALICE", "ALICE"],
        ["Date de naissance", "identique", "7 août 1967", "7 août 1967"],
    ]
    other = LYON.format(**CAME).replace("1967-08-07", "1968-08-07")
    take(table(tmp_path, HEADER, other, day="20261003"), "LYON", "--yes")
    assert laid()[2] == ["Date de naissance", "proche", "7 août 1968", "7 août 1967"]


def test_the_command_says_the_same_before_and_after(judged):
    case = judged({}, {})

    def said(*words):
        out = io.StringIO()
        call_command("directory", "judge", str(case), *words, stdout=out)
        return out.getvalue().splitlines()

    stays = cases.one(None, case).candidate.sub
    line = f"Alice Durand <{NEW}> {stays}  name and main address of the posting that began last, on 2026-09-01"
    asked = said()
    assert asked[0].startswith(f"{case}  R")
    assert asked[1:] == [f"One would be: {line}"]
    assert Person.objects.filter(merged_into=None, name__startswith="Alice").count() == 2, "nothing was answered"
    assert said("same") == [f"One now: {line}"]
    stayed = Person.objects.get(sub=stays)
    assert (stayed.name, people.primary_mail(stayed.pk)) == ("Alice Durand", NEW)


def test_the_command_says_of_postings_that_began_the_same_day_that_it_is_who_stays(judged):
    case = judged({"start": "2026-09-01"}, {})
    out = io.StringIO()
    call_command("directory", "judge", str(case), stdout=out)
    assert out.getvalue().endswith("of who stays: the last postings of both began on 2026-09-01\n")


def test_postings_by_hand_that_began_the_same_day_are_said_alike(db):
    dijon, lyon = people.arrive("Alice Martin", OLD), people.arrive("Alice Durand", NEW)
    for one, academy in ((dijon, "DIJON"), (lyon, "LYON")):
        postings.begin(one, structures.academy(academy), function="ENS")
    assert leading.joined(dijon, lyon).tied
    Posting.objects.filter(person=dijon).update(start="2026-09-01")
    assert not leading.joined(dijon, lyon).tied
    Posting.objects.all().delete()
    assert not leading.joined(dijon, lyon).tied


def test_all_cases_are_read_page_by_page(take, tmp_path, browser, monkeypatch):
    monkeypatch.setattr(cases, "LEAF", 10)
    folk = [
        DIJON.replace("1,", f"{one},", 1).replace("Alice", f"Alice{chr(97 + one)}").format(**THERE | {"mail": ""})
        for one in range(5)
    ]
    for academy, start in (("DIJON", "20261001"), ("LYON", "20261002")):
        take(table(tmp_path, HEADER, *folk, day=start), academy, "--yes")
    address, read = "/admin/cases", []
    while address:
        page = browser.get(address).content.decode()
        read += re.findall(r"/admin/cases/(\d+)\"", page)
        further = re.search(r'href="(\?page=\d+)">Suivants', page)
        address = further and f"/admin/cases{further[1]}"
    assert read == [str(one.id) for one in cases.waiting(None, 99)]
    assert len(read) == 25, "each beside each: their first names are one letter apart"
    assert browser.get("/admin/cases?page=x").status_code == 400
    assert "Page 3 sur 3" in browser.get("/admin/cases?page=9").content.decode(), "the last one"


FOLK = "key,last_name,first_name,birth_date"


def test_a_command_lists_the_likeliest_cases_says_how_many_it_leaves_out_and_lists_all(take, tmp_path, monkeypatch):
    folk = [f"{one},Martin,Alice{chr(97 + one)},1967-08-07" for one in range(3)]
    for academy in ("DIJON", "LYON"):
        take(table(tmp_path, FOLK, *folk, day="20261002"), academy, "--yes")

    def said(*flags):
        out, err = io.StringIO(), io.StringIO()
        call_command("directory", "cases", *flags, stdout=out, stderr=err)
        return out.getvalue().splitlines(), err.getvalue().strip()

    whole = said()
    assert (len(whole[0]), whole[1]) == (9, "")
    monkeypatch.setattr(directory, "LISTED", 2)
    assert said() == (whole[0][:2], "7 more: with --all they are listed too")
    assert said("--all") == whole
    listed, told = said("--json")
    assert (len(json.loads(listed[0])), told) == (2, "7 more: with --all they are listed too")


def test_cases_are_listed_by_what_is_known_now_as_their_pages_say(take, tmp_path, browser):
    take(table(tmp_path, FOLK, "1,Martin,Alice,1967-08-07", "2,Petit,Zoé,1990-07-08", day="20261001"))
    lyon = "2,Petit,Zoé,1990-08-07"
    take(table(tmp_path, FOLK, "1,Martin,Alice,1967-08-07", lyon, day="20261002"), "LYON", "--yes")
    assert [(one.newcomer.name, one.score) for one in cases.waiting(None)] == [("Alice Martin", 8), ("Zoé Petit", 6)]
    take(table(tmp_path, FOLK, "1,Martin,Robert,1955-12-01", lyon, day="20261003"), "LYON", "--yes")
    listed = cases.waiting(None)
    assert [(one.newcomer.name, one.score) for one in listed] == [("Zoé Petit", 6), ("Robert Martin", 3)]
    alone = [cases.one(None, each.id) for each in listed]
    assert [(one.score, one.evidence) for one in alone] == [(one.score, one.evidence) for one in listed]
    said = re.findall(r"indices\W*: (\d+) sur 11", browser.get("/admin/cases").content.decode())
    assert said == ["6", "3"]


def test_a_page_of_cases_costs_as_many_queries_however_many_wait(take, tmp_path, django_assert_num_queries):
    def state(count):
        folk = [f"{one},Martin,Alice{chr(97 + one)},1967-08-07" for one in range(count)]
        for academy in ("DIJON", "LYON"):
            take(table(tmp_path, FOLK, *folk, day=f"202610{count:02}"), academy, "--yes")
        return MatchCase.objects.count()

    assert state(2) == 4
    with CaptureQueriesContext(connection) as few:
        cases.waiting(None, 3)
    assert state(6) > 20
    with django_assert_num_queries(len(few)):
        cases.waiting(None, 3)


@pytest.mark.parametrize(
    ("address", "said"),
    [("999", "Ce rapprochement n’existe pas"), ("merges/999", "Cette réunion de comptes n’existe pas")],
)
def test_what_is_not_there_is_called_what_it_is(browser, address, said):
    page = browser.get(f"/admin/cases/{address}")
    assert (page.status_code, said in html.unescape(page.content.decode())) == (404, True)
    assert "document n’existe pas" not in html.unescape(page.content.decode())


def test_a_posting_to_come_is_told_as_one(judged, browser):
    case = judged({}, {"start": "2030-12-15"})
    page = browser.get(f"/admin/cases/{case}").content.decode()
    assert "à partir du 15 décembre 2030" in page
    assert "depuis le 1er septembre 2020" in page
    assert "depuis le 15 décembre 2030" not in page


def test_days_are_those_of_the_site_s_clock_not_of_greenwich(judged):
    """Half past eleven in the evening there is the next day in Paris."""
    case = cases.one(None, judged({}, {}))
    late = (clock.now() - timedelta(days=1)).astimezone(UTC).replace(hour=23, minute=30)
    Person.objects.update(created_at=late)
    again = cases.one(None, case.id)
    assert again.newcomer.since == again.candidate.since == late.date() + timedelta(days=1)
    cases.answer(None, case.id, same=True)
    MergeLog.objects.update(at=late)
    last = undoing.one(None, MergeLog.objects.get().pk).last_day
    assert last == late.date() + timedelta(days=30), "it ends after midnight, the day after"


def test_one_row_is_written_and_two_are():
    assert directory._counted("written", 1) == "1 row written"
    assert [directory._counted(what, 2) for what in ("written", "arrived")] == ["2 rows written", "2 arrived"]
