"""A directory that writes several things at once: what the safety valve lets by, and who is in a team. Each race is run many times."""

from datetime import timedelta

import pytest

from cartable.identity.feeds.models import ScimHour
from cartable.identity.models import Membership, Posting
from cartable.identity.scim import weighing
from tests.identity.test_scim import Source
from tests.identity.test_scim_teams import arrives, forms, group, someone
from tests.races.together import at_once
from tests.worlds import academies

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)
TIMES = 5


@pytest.fixture
def dijon():
    academies()
    return Source()


def asks(*words):
    """Return what asks that of a client of its own: one is of one thread."""

    def ask(source):
        other = Source.__new__(Source)
        other.browser, other.headers = type(source.browser)(), source.headers
        return lambda: other(*words)[0]

    return ask


def test_the_safety_valve_lets_no_more_by_when_all_come_at_once(dijon):
    for number in range(TIMES):
        ids = [arrives(dijon, 5 * number + one + 1) for one in range(5)]
        weighing.allow("DIJON", timedelta())
        before = Posting.objects.filter(end=None).count()
        results = at_once(*(asks("DELETE", f"/Users/{one}")(dijon) for one in ids))
        assert sorted(results) == [204, 204, 204, 403, 403]
        assert before - Posting.objects.filter(end=None).count() == 3
        assert ScimHour.objects.get().ended == 3


def test_who_appears_while_a_group_is_stated_is_in_the_team(dijon):
    for number in range(TIMES):
        one = arrives(dijon, number + 1, active=False)
        team = forms(dijon, name=f"Équipe {number}")
        results = at_once(
            asks("PUT", f"/Users/{one}", someone(number + 1, active=True))(dijon),
            asks("PUT", f"/Groups/{team}", group(one, name=f"Équipe {number}"))(dijon),
        )
        assert results == [200, 200]
        assert Membership.objects.filter(team__name=f"Équipe {number}").count() == 1


def test_who_goes_while_a_group_is_stated_is_in_no_team(dijon):
    for number in range(TIMES):
        one = arrives(dijon, number + 1)
        team = forms(dijon, one, name=f"Équipe {number}")
        weighing.allow("DIJON", weighing.HOUR)
        results = at_once(
            asks("DELETE", f"/Users/{one}")(dijon),
            asks("PUT", f"/Groups/{team}", group(one, name=f"Équipe {number}", externalId=str(number)))(dijon),
        )
        assert results[0] == 204
        assert results[1] in {200, 412}
        assert not Membership.objects.exists()
