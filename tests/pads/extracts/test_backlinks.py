"""Which texts lead to a document, of those that one may read."""

import pytest

from cartable.identity.actors import holder
from cartable.options import public_url
from cartable.pads.extracts import backlinks, keeping
from cartable.pads.extracts.backlinks import leads
from cartable.spaces import sharing, trash, tree
from cartable.spaces.access import Right, Role, reach
from tests.worlds import put


def leading(actor, node):
    return [one.title for one in backlinks.to(actor, reach(actor, node, Right.READ))]


@pytest.fixture
def but(world):
    """A text in Maths, and three that lead to it, of which Bob reads the two that are in Cours; others do not."""
    node = put(world.ada, world.maths, "Fin d'année.md", b"# Fin [moi](<Fin d'ann\xc3\xa9e.md>)").id
    texts = {
        "beside": (world.maths, "[x](Fin%20d%27ann%C3%A9e.md#partie)"),
        "above": (world.cours, "[x](./Maths/Fin%20d'année.md)"),
        "elsewhere": (world.archives, f"[x]({public_url()}/p/{node}) et [y](../Cours/Maths/Fin%20d'ann%C3%A9e.md)"),
        "homonym": (world.archives, "[x](Fin%20d'année.md)"),
        "outside": (world.maths, "[x](../../../Cours/Maths/Fin%20d'année.md)"),
    }
    for name, (folder, text) in texts.items():
        put(world.ada, folder, f"{name}.md", text.encode())
    keeping.follow()
    return node


def test_those_that_one_reads_by_address_or_by_path_each_once(world, but):
    assert leading(world.ada, but) == ["above", "beside", "elsewhere"]
    assert leading(world.bob, but) == ["above", "beside", "elsewhere"], "he writes in Archives"
    sharing.give(world.ada, but, f"person:{world.eve.person}", Role.READ)
    assert leading(world.eve, but) == []
    archives = next(
        one for one in sharing.of(world.ada, world.archives) if one.principal == f"person:{world.bob.person}"
    )
    sharing.revoke(world.ada, archives.id)
    assert leading(world.bob, but) == ["above", "beside"]


def test_a_path_leads_where_both_stand_now(world, but):
    tree.move(world.ada, world.maths, into=world.archives)
    assert leading(world.ada, but) == ["beside", "elsewhere"]
    tree.move(world.ada, world.maths, into=world.cours, name="Calcul")
    assert leading(world.ada, but) == ["beside", "elsewhere"]
    tree.move(world.ada, but, into=world.archives)
    assert leading(world.ada, but) == ["elsewhere", "homonym"]


def test_what_is_thrown_away_leads_nowhere(world, but):
    for one in backlinks.to(world.ada, reach(world.ada, but, Right.READ)):
        trash.discard(world.ada, one.node)
    assert leading(world.ada, but) == []


def test_it_costs_the_same_however_many_lead_there(
    world, but, django_assert_num_queries, django_assert_max_num_queries
):
    reached = reach(world.ada, but, Right.READ)
    with django_assert_max_num_queries(6):
        backlinks.to(world.ada, reached)
    alone = reach(world.ada, world.note, Right.READ)
    with django_assert_num_queries(1):
        assert backlinks.to(world.ada, alone) == []
    with django_assert_num_queries(0):
        assert backlinks.to(holder(1), reached) == []


def test_no_path_leads_above_the_root(world, but):
    chain = reach(world.ada, but, Right.READ).chain
    for path in ("../../../x", "..", "x", "../../../../.."):
        assert not leads(path, chain, chain)


def test_the_pages_of_a_pad_say_what_leads_there(world, but, browse):
    for page in (f"/p/{but}", f"/p/{but}/read"):
        said = browse("ada").get(page).content.decode()
        assert "Mènent ici" in said
        assert ">elsewhere</a>" in said
    alone = put(world.ada, world.maths, "seul.md", b"rien").id
    assert "Mènent ici" not in browse("ada").get(f"/p/{alone}").content.decode()
