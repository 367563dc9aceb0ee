import pytest

from cartable.identity import people, teams
from cartable.kernel.errors import Denied, NameTaken, NoSuchFolder, NotFound
from cartable.spaces import homes, mounts, paths, sharing, trash, tree
from cartable.spaces.access import Right, Role
from cartable.spaces.lineage import lineage
from cartable.spaces.models import Node
from tests.worlds import actor, put


def names(actor):
    return sorted(one.name for one in mounts.of(actor))


def etag(actor):
    return mounts.root_etag(actor, lineage(homes.home_of(actor).root)[0], mounts.of(actor))


def test_what_is_shared_shows_in_the_root(world):
    assert names(world.bob) == ["Archives", "Cours"]
    assert names(world.ada) == names(world.eve) == []
    assert paths.find(world.bob, "Cours/Maths/devoir.pdf").id == world.devoir
    assert paths.path_of(world.bob, world.devoir) == "/Cours/Maths/devoir.pdf"
    assert paths.path_of(world.ada, world.devoir) == "/Cours/Maths/devoir.pdf"


def test_the_root_changes_with_what_is_mounted_in_it_and_only_then(world):
    before, ada = etag(world.bob), etag(world.ada)
    assert etag(world.bob) == before
    put(world.ada, world.maths, "a.txt")
    after = etag(world.bob)
    assert after != before
    assert etag(world.ada) != ada
    tree.make_folder(world.ada, world.root, "À moi")  # not shared with him
    assert etag(world.bob) == after


def test_a_name_that_is_taken_gets_the_nodes_number_and_keeps_it(world):
    eve = homes.home_of(world.eve)
    mine = tree.make_folder(world.eve, eve.root, "Cours").id
    sharing.give(world.ada, world.cours, f"person:{world.eve.person}", Role.READ)
    assert names(world.eve) == [f"Cours ({world.cours})"]
    trash.discard(world.eve, mine)
    assert names(world.eve) == [f"Cours ({world.cours})"]
    assert paths.find(world.eve, f"Cours ({world.cours})/Maths").id == world.maths


def test_a_mount_bears_a_name_of_the_persons_own(world):
    mounts.rename(world.bob, world.cours, "Chez Ada")
    assert names(world.bob) == ["Archives", "Chez Ada"]
    assert Node.objects.get(pk=world.cours).name == "Cours"
    with pytest.raises(NameTaken):
        mounts.rename(world.bob, world.cours, "Archives")
    with pytest.raises(NotFound):
        mounts.rename(world.eve, world.cours, "x")
    assert paths.find(world.bob, "Chez Ada/Maths").id == world.maths


def test_a_mount_put_away_takes_nothing_away(world):
    mounts.hide(world.bob, world.cours)
    assert names(world.bob) == ["Archives"]
    assert tree.child(lineage(world.cours)[0], "Maths")
    mounts.show(world.bob, world.cours)
    assert names(world.bob) == ["Archives", "Cours"]
    with pytest.raises(NotFound):
        mounts.show(world.eve, world.cours)
    with pytest.raises(NotFound):
        mounts.hide(world.eve, world.cours)


def test_a_team_joined_shows_its_space(world):
    team = teams.form(world.ada, "Équipe SVT", [people.find("eve@ac-dijon.example")])
    homes.home(f"team:{team.pk}")
    assert names(actor("eve@ac-dijon.example")) == ["Équipe SVT"]


def test_what_is_in_the_trash_shows_nowhere(world):
    trash.discard(world.ada, world.cours)
    assert names(world.bob) == ["Archives"]
    trash.restore(world.ada, world.cours)
    assert names(world.bob) == ["Archives", "Cours"]


def test_mounts_cost_the_same_whatever_their_number(world, django_assert_max_num_queries):
    for n in range(30):
        folder = tree.make_folder(world.ada, world.root, f"{n}")
        sharing.give(world.ada, folder.id, f"person:{world.bob.person}", Role.READ)
    assert len(mounts.of(world.bob)) == 32
    with django_assert_max_num_queries(2):
        mounts.of(world.bob)


def test_what_is_given_anew_shows_again(world):
    mounts.hide(world.bob, world.cours)
    sharing.give(world.ada, world.cours, f"person:{world.bob.person}", Role.WRITE)  # more of the same: it stays away
    assert world.cours not in {one.entry.id for one in mounts.of(world.bob)}
    [grant] = [one for one in sharing.of(world.ada, world.cours) if one.number == world.bob.person]
    sharing.revoke(world.ada, grant.id)
    sharing.give(world.ada, world.cours, f"person:{world.bob.person}", Role.READ)
    assert {"Cours"} <= {one.name for one in mounts.of(world.bob)}


@pytest.mark.parametrize("path", ["Absent", "Absent/x", "Cours/Absent/x", "Archives/note.txt/x"])
def test_nothing_is_there(world, path):
    with pytest.raises((NotFound, NoSuchFolder)):
        paths.find(world.ada, path)


def test_hidden_looks_as_absent(world, django_assert_num_queries):
    tree.close(world.ada, world.maths, closed=True)
    for path in ("Cours/Maths", "Cours/Absent"):
        place = paths.locate(world.bob, path)
        assert (place.node, place.name) == (None, path.rpartition("/")[2])
    with pytest.raises(NoSuchFolder):
        paths.locate(world.bob, "Cours/Maths/devoir.pdf")
    with pytest.raises(NoSuchFolder):
        paths.locate(world.bob, "Cours/Absent/devoir.pdf")
    with pytest.raises(Denied):
        paths.find(world.bob, "Cours", need=Right.WRITE)


def test_a_path_leads_to_what_is_live(world):
    trash.discard(world.ada, world.maths)
    again = tree.make_folder(world.ada, world.cours, "Maths").id
    below = put(world.ada, again, "devoir.pdf").id
    assert paths.find(world.ada, "Cours/Maths").id == again
    assert paths.find(world.ada, "Cours/Maths/devoir.pdf").id == below
    assert paths.locate(world.ada, "Cours/Maths/devoir.pdf").node.id == below
