"""Whether two accounts are one person, said twice at the same moment: one answer stands, and the other is told so."""

import pytest

from cartable.identity import people
from cartable.identity.feeds import cases, merging
from cartable.identity.feeds.models import Feed, MatchCase, MergeLog
from cartable.identity.models import Person
from tests.races.together import TIMES, at_once, refused
from tests.worlds import academies

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)
SECRET = "quatre mots sans rapport"


@pytest.fixture(params=["of a feed", "of no feed"])
def asked(request):
    """Return what asks of two new accounts, by number, whether they are one: `asked(3)`."""
    dijon, _lyon = academies()
    if request.param == "of a feed":  # else there is no row that answers could take turns at
        Feed.objects.create(name="DIJON csv", scope="DIJON", academy=dijon)

    def ask(number):
        candidate, newcomer = (
            people.arrive("Anne Martin", f"{one}{number}@ac-dijon.example") for one in ("old", "new")
        )
        sides = {"newcomer": newcomer, "candidate": candidate}
        return MatchCase.objects.create(**sides, rule="R3", score=8, evidence={}, source="DIJON csv")

    return ask


def joined(case):
    return Person.objects.filter(pk__in=[case.newcomer_id, case.candidate_id]).exclude(merged_into=None).exists()


def answers(case, *said):
    return [lambda one=one: cases.answer(None, case.pk, same=one == "yes") for one in said]


def confirms(person, mail):
    """Return what a browser of a person does, who proves that another account is theirs."""
    mine = Person.objects.get(pk=person.pk)  # each browser has its own
    return lambda: cases.had_an_account(mine, mail, SECRET, "10.0.0.1")


def know(person):
    """Give a person the password that proves them."""
    person.set_password(SECRET)
    person.save(update_fields=["password"])


def test_one_judge_says_yes_and_another_no(asked):
    for number in range(TIMES):
        case = asked(number)
        results = at_once(*answers(case, *(("yes", "no") if number % 2 else ("no", "yes"))))
        assert [type(one) for one in refused(results)] == [cases.Answered]
        assert MatchCase.objects.get(pk=case.pk).answer == ("same" if joined(case) else "different")


@pytest.mark.parametrize("said", ["yes", "no"])
def test_two_judges_say_the_same(asked, said):
    for number in range(TIMES):
        case = asked(number)
        assert [type(one) for one in refused(at_once(*answers(case, said, said)))] == [cases.Answered]
        assert joined(case) is (said == "yes")


def test_a_judge_says_no_while_the_operator_merges(asked):
    for number in range(TIMES):
        case = asked(number)
        said, merged = at_once(*answers(case, "no"), lambda case=case: merging.merge(case.candidate, case.newcomer))
        assert {type(one) for one in refused([said])} <= {cases.Answered}
        assert not refused([merged]), "who runs the site has the last word"
        assert MatchCase.objects.get(pk=case.pk).answer == "same"


def test_27_two_browsers_confirm_at_once_that_both_accounts_are_theirs(asked):
    for number in range(TIMES):
        case = asked(number)
        know(case.candidate)
        results = at_once(*(confirms(case.newcomer, f"old{number}@ac-dijon.example") for _ in range(2)))
        assert len(refused(results)) == 1
        assert MergeLog.objects.filter(survivor=case.candidate, loser=case.newcomer).count() == 1
        assert MatchCase.objects.get(pk=case.pk).answer == "same"
        assert people.find(f"new{number}@ac-dijon.example") == case.candidate


def test_who_asks_in_two_browsers_at_once_asks_one_question(asked):
    for number in range(TIMES):
        newcomer, other = asked(number).newcomer, people.arrive("Zoé Petit", f"zoe{number}@ac-dijon.example")
        know(other)
        results = at_once(*(confirms(newcomer, f"zoe{number}@ac-dijon.example") for _ in range(2)))
        assert [type(one) for one in refused(results)] == [cases.OtherNames] * 2
        assert MatchCase.objects.filter(merging.pair(newcomer.pk, other.pk)).count() == 1
