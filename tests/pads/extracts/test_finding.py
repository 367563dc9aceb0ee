"""Words are found in the texts of all one's pads: of those that one may read, now."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity.actors import EVERYONE, holder
from cartable.kernel.errors import Denied
from cartable.pads.addresses import history, presets
from cartable.pads.extracts import finding, keeping
from cartable.pads.extracts.excerpts import excerpt
from cartable.spaces import content, sharing, trash, tree
from cartable.spaces.access import Role
from tests.worlds import blob, put

LAVE = "# Volcans\n\nLa **lave** s’écoule\nlentement, puis l’Été passe.\n".encode()


def titles(hits):
    return [one.title for one in hits]


def marked(hit):
    return [part.text for part in hit.passage if part.found]


@pytest.fixture
def volcans(world):
    node = put(world.ada, world.maths, "volcans.md", LAVE).id
    keeping.follow()
    return node


def test_a_text_is_found_by_the_beginnings_of_its_words_with_the_passage_where_they_stand(world, volcans):
    [hit] = finding.find(world.ada, "ETE lav")
    assert (hit.node, hit.title) == (volcans, "Volcans")
    assert marked(hit) == ["lave", "Été"]
    assert "".join(part.text for part in hit.passage) == "Volcans La lave s’écoule lentement, puis l’Été passe."
    for absent in ("lave absent", "av", "", "*", "e"):
        assert finding.find(world.ada, absent) == []


def test_who_may_not_read_finds_nothing(world, volcans):
    assert titles(finding.find(world.bob, "lave")) == ["Volcans"], "shared with him"
    assert finding.find(world.eve, "lave") == []
    tree.close(world.ada, world.maths, closed=True)
    assert finding.find(world.bob, "lave") == []
    tree.close(world.ada, world.maths, closed=False)
    share = next(one for one in sharing.of(world.ada, world.cours) if one.principal == f"person:{world.bob.person}")
    sharing.change(world.ada, share.id, role=Role.VIEW)
    assert finding.find(world.bob, "lave") == [], "who may see a file may not read what it says"
    sharing.revoke(world.ada, share.id)
    assert finding.find(world.bob, "lave") == []


def test_a_pad_that_one_opened_once_is_found_until_its_share_is_revoked(world):
    node = put(world.ada, world.root, "secret.md", LAVE).id
    share = sharing.give(world.ada, node, f"person:{world.eve.person}", Role.READ)
    keeping.follow()
    history.opened(world.eve, node, "secret.md", "")
    assert titles(finding.find(world.eve, "lave")) == ["Volcans"]
    sharing.revoke(world.ada, share.id)
    assert finding.find(world.eve, "lave") == []


def test_the_address_of_a_pad_is_needed_once(world, volcans):
    agent = replace(world.eve, principals=world.eve.principals | {EVERYONE})
    presets.apply(world.ada, volcans, "protected")
    assert finding.find(agent, "lave") == []
    history.opened(agent, volcans, "volcans.md", "")
    assert titles(finding.find(agent, "lave")) == ["Volcans"]
    assert finding.find(world.eve, "lave") == [], "who has no posting is no agent"
    presets.apply(world.ada, volcans, "private")
    assert finding.find(agent, "lave") == []


def test_what_the_file_says_no_more_is_in_no_passage(world, volcans):
    content.write_over(world.ada, volcans, blob(b"# Autre\n\nrien de cela\n"))
    [hit] = finding.find(world.ada, "lave")
    assert (hit.title, marked(hit)) == ("Autre", [])
    keeping.follow()
    assert finding.find(world.ada, "lave") == []


def test_what_is_thrown_away_or_a_text_no_more_is_not_found(world, volcans):
    tree.move(world.ada, volcans, into=world.maths, name="volcans.txt")
    assert finding.find(world.ada, "lave") == []
    tree.move(world.ada, volcans, into=world.maths, name="volcans.md")
    content.write_over(world.ada, volcans, blob(b"\xff\xfe"))
    assert finding.find(world.ada, "lave") == []
    trash.discard(world.ada, volcans)
    assert finding.find(world.ada, "lave") == []


def test_the_ones_that_one_opened_come_first_and_only_some_are_shown(world, volcans, monkeypatch):
    last = put(world.ada, world.root, "dernier.md", b"# Dernier\nlave").id
    keeping.follow()
    history.opened(world.ada, volcans, "volcans.md", "---\ntags: svt\n---\n")
    assert titles(finding.find(world.ada, "lave")) == ["Volcans", "Dernier"]
    assert titles(finding.find(world.ada, "lave", "svt")) == ["Volcans"]
    assert titles(finding.find(world.ada, "lave", "autre")) == []
    monkeypatch.setattr(finding, "SHOWN", 1)
    assert len(finding.find(world.ada, "lave")) == 1
    assert last


def test_it_costs_a_fixed_number_of_queries_and_two_for_each_that_is_shown(world, volcans):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            finding.find(world.ada, "lave")
        return len(asked)

    first = cost()
    for number in range(3):
        put(world.ada, world.maths, f"{number}.md", LAVE)
    keeping.follow()
    assert cost() - first == 6
    assert first <= 12


def test_who_holds_only_a_link_has_no_pads(world, volcans):
    with pytest.raises(Denied):
        finding.find(holder(1), "lave")


def test_a_passage_cuts_no_word_and_its_marks_are_left_out():
    text = "---\ntitle: x\n---\n" + "avant " * 50 + "- [ ] la `cible` [là](x.md) est " + "après " * 50
    said = "".join(part.text for part in excerpt(text, ["cible"]))
    assert said.startswith("… avant")
    assert said.endswith("après …")
    assert "la cible là est" in said
    assert excerpt("", ["x"]) == []
    assert [part.text for part in excerpt("a" * 1000 + " b", ["b"]) if part.found] == ["b"]


def test_the_page_of_ones_pads_shows_where_the_words_stand_and_nothing_that_acts(world, browse):
    put(world.ada, world.maths, "volcans.md", b"# Volcans\n\nla <script>lave</script> & \xe2\x80\xaecoule\n")
    keeping.follow()
    page = browse("ada").get("/p/", {"q": "lave"}).content.decode()
    [passage] = re.findall(r'<small class="passage">(.*?)</small>', page)
    assert passage == "Volcans la &lt;script&gt;<mark>lave</mark>&lt;/script&gt; &amp; \ufffdcoule"
    assert "Aucun de vos pads" not in page
    assert "passage" not in browse("eve").get("/p/", {"q": "lave"}).content.decode()
