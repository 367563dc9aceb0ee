"""What a posting by hand opens of a person to who gave it: that posting, and nothing else. Decision 17."""

import pytest

from cartable.identity import appointing, delegations, directory, people, postings
from cartable.identity.delegations import BY_HAND, Act
from cartable.identity.models import Posting
from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from cartable.portal import dossier, trail
from tests.offices import DAY


@pytest.fixture
def offices(offices):
    """Outside, who works in Lyon, is posted by hand to a school of Dijon by its head."""
    long_ago = clock.today() - 900 * DAY  # so that the other posting is the later one
    appointing.give(offices.actor("head"), offices.outside, offices.carnot, "DOC", first_day=long_ago)
    return offices


def places(offices, who, whom="outside"):
    return {one.structure for one, _mine in dossier.of(offices.actor(who), offices.person(whom).sub).postings}


def found(offices, who, text="outside@ac-dijon.example"):
    return [hit.place for hit in directory.find_administered(offices.actor(who), text)]


@pytest.mark.parametrize("who", ["head", "deputy", "school-desk", "rector", "admin", "support", "dpo"])
@pytest.mark.parametrize("listed", [True, False])
def test_where_else_they_work_is_not_shown(offices, who, listed):
    people.list_in_directory(offices.outside, listed=listed)
    assert places(offices, who) == {"Lycée Carnot"}
    if not listed:
        assert found(offices, who) == ["Lycée Carnot, Dijon · Documentation"]
        page = offices.browse(who).get("/admin/people", {"q": "outside@ac-dijon.example"}).content.decode()
        page += offices.browse(who).get(f"/admin/people/{offices.outside.sub}").content.decode()
        assert "Outside Martin" in page
        assert "Ampère" not in page
        assert "Lyon" not in page


def test_who_administers_there_sees_it(offices):
    people.list_in_directory(offices.outside, listed=False)
    for who in ("national", "nation-dpo"):
        assert places(offices, who) == {"Lycée Carnot", "Lycée Ampère"}
        assert found(offices, who) == ["Lycée Ampère, Lyon · Enseignement"]
    assert places(offices, "elsewhere") == {"Lycée Ampère"}
    assert found(offices, "elsewhere") == ["Lycée Ampère, Lyon · Enseignement"]


def test_who_administers_by_what_a_directory_states_sees_where_else_they_work_unless_they_want_not_to_be_found(offices):
    postings.begin(offices.outside, offices.buffon)
    for who in ("admin", "support", "dpo"):
        assert places(offices, who) == {"Lycée Carnot", "Collège Buffon", "Lycée Ampère"}
    assert places(offices, "head") == {"Lycée Carnot"}
    people.list_in_directory(offices.outside, listed=False)
    for who in ("admin", "support", "dpo"):
        assert places(offices, who) == {"Lycée Carnot", "Collège Buffon"}


def test_what_was_given_by_hand_may_still_be_ended(offices):
    people.list_in_directory(offices.outside, listed=False)
    by_hand = Posting.objects.get(source=BY_HAND)
    appointing.end(offices.actor("head"), by_hand.pk, last_day=clock.today())
    assert places(offices, "head") == {"Lycée Carnot"}


def test_their_trail_is_not_read(offices):
    for who in ("auditor", "dpo"):
        assert not delegations.whom_may(offices.actor(who), Act.AUDIT).filter(pk=offices.outside.pk).exists()
        with pytest.raises(NotFound):
            trail.of(offices.actor(who), trail.Asked(who="outside@ac-dijon.example"))
        lines, _older = trail.of(offices.actor(who), trail.Asked(what="person.arrive"))
        assert "Outside Martin" not in {one.who for one in lines}
        assert offices.browse(who).get("/admin/audit", {"who": offices.outside.sub}).status_code == 404
    assert not dossier.of(offices.actor("dpo"), offices.outside.sub).audited
    given, _older = trail.of(offices.actor("auditor"), trail.Asked(what="posting.give"))
    assert [(one.who, one.facts[0]) for one in given] == [("Head Martin", "Outside Martin")], "what the head did is"
    assert trail.of(offices.actor("nation-auditor"), trail.Asked(who="outside@ac-dijon.example"))[0]
