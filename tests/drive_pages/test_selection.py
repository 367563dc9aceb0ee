import pytest
from django.urls import reverse

from cartable.identity import teams
from cartable.kernel.tasks import run_pending
from cartable.spaces import copying, crossing, erasing, homes, lineage, listing, sharing, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.models import Transit
from tests.worlds import put

JSON = {"HTTP_ACCEPT": "application/json"}


def names(actor, folder):
    return [child.entry.name for child in listing.children(actor, folder)]


def test_documents_are_thrown_away_and_come_back_by_one_post(world, browse):
    ada = browse("ada")
    other = put(world.ada, world.maths, "autre.txt").id
    answer = ada.post("/selection/discard", {"nodes": f"{world.devoir},{other}"}, **JSON).json()
    assert names(world.ada, world.maths) == []
    assert answer["done"] == [world.devoir, other]
    ada.post(answer["undo"], **JSON)
    assert names(world.ada, world.maths) == ["autre.txt", "devoir.pdf"]


def test_without_islands_throwing_away_is_asked_then_said_with_a_button_to_undo(world, browse):
    ada = browse("ada")
    asked = ada.get(f"/selection/discard?node={world.devoir}").content.decode()
    assert "devoir.pdf" in asked
    page = ada.post("/selection/discard", {"node": world.devoir}, follow=True)
    assert page.redirect_chain[0][0] == f"/f/{world.maths}"
    assert f'action="/trash/restore?nodes={world.devoir}"' in page.content.decode()


def test_each_document_has_its_own_fate(world, browse):
    inside = put(world.bob, world.archives, "de bob.txt").id
    answer = browse("bob").post("/selection/discard", {"nodes": f"{inside},{world.devoir}"}, **JSON).json()
    assert answer["done"] == [inside]
    assert [one["node"] for one in answer["refused"]] == [world.devoir]
    assert names(world.ada, world.maths) == ["devoir.pdf"]


def test_when_all_are_refused_the_refusal_is_the_answer(world, browse):
    assert browse("bob").post("/selection/discard", {"node": world.devoir}, **JSON).status_code == 403
    assert browse("eve").post("/selection/discard", {"node": world.devoir}, **JSON).status_code == 404


@pytest.mark.parametrize("verb", ["discard", "move", "copy", "restore", "purge", "archive"])
def test_an_empty_or_senseless_selection_is_refused(browse, verb):
    ada, address = browse("ada"), reverse(verb)
    assert ada.post(address, **JSON).status_code == 400
    assert ada.post(address, {"nodes": "1,x"}, **JSON).status_code == 400


def test_a_move_is_undone_by_one_post(world, browse):
    ada = browse("ada")
    answer = ada.post("/selection/move", {"node": world.devoir, "into": world.archives}, **JSON).json()
    assert names(world.ada, world.archives) == ["devoir.pdf", "note.txt"]
    ada.post(answer["undo"], **JSON)
    assert names(world.ada, world.maths) == ["devoir.pdf"]


def test_a_folder_does_not_go_into_itself(world, browse):
    answer = browse("ada").post("/selection/move", {"node": world.cours, "into": world.maths}, **JSON)
    assert answer.status_code == 409
    assert "lui-même" in answer.json()["sentence"]


def test_a_copy_beside_itself_gets_a_free_name(world, browse):
    said = browse("ada").post("/selection/copy", {"node": world.devoir, "into": world.maths}, **JSON).json()["said"]
    assert "devoir (2).pdf" in said
    assert names(world.ada, world.maths) == ["devoir (2).pdf", "devoir.pdf"]


def test_who_will_see_it_is_said_before_it_goes_to_another_space(world, browse):
    team = teams.form(world.ada, "Équipe SVT")
    root = homes.home(f"team:{team.pk}").root
    ada = browse("ada")
    told = ada.get(f"/selection/move?node={world.devoir}&at={root}").content.decode()
    assert "Toute l’équipe «\u00a0Équipe SVT\u00a0» verra ce que vous y mettez." in told
    assert (
        "ce que vous y mettez" not in ada.get(f"/selection/move?node={world.devoir}&at={world.cours}").content.decode()
    )
    hers = browse("bob").get(f"/selection/copy?node={world.devoir}&at={world.archives}").content.decode()
    assert "ce que vous y mettez" not in hers


def test_one_chooses_where_among_folders_step_by_step(world, browse):
    ada = browse("ada")
    page = ada.get(f"/selection/move?node={world.devoir}").content.decode()
    assert "Déplacer «\u00a0devoir.pdf\u00a0»" in page
    assert f"at={world.cours}" in page
    top = ada.get(f"/selection/move?nodes={world.devoir}&at={world.root}").content.decode()
    assert "Archives" in top
    assert "disabled" not in top.partition("data-selection")[2]


def test_where_one_may_not_write_one_cannot_put(world, browse):
    bob = browse("bob")
    page = bob.get(f"/selection/copy?node={world.devoir}&at={world.cours}").content.decode()
    assert "disabled" in page.partition("data-selection")[2]
    everywhere = bob.get(f"/selection/copy?node={world.devoir}&everywhere=1").content.decode()
    assert "Archives" in everywhere


def test_a_hidden_folder_is_no_place_to_choose(world, browse):
    own = homes.home_of(world.eve).root
    mine = put(world.eve, own, "à moi.txt").id
    page = browse("eve").get(f"/selection/move?node={mine}&at={world.cours}")
    assert page.status_code == 200
    assert "Maths" not in page.content.decode()


def test_purging_is_asked_and_cannot_be_undone(world, browse):
    ada = browse("ada")
    trash.discard(world.ada, world.devoir)
    assert "sans retour possible" in ada.get(f"/selection/purge?node={world.devoir}").content.decode()
    ada.post("/selection/purge", {"node": world.devoir})
    assert lineage.entry(world.devoir) is None


def test_the_trash_tells_who_when_and_from_where(world, browse):
    note = put(world.bob, world.archives, "de bob.txt").id
    trash.discard(world.bob, note)
    page = browse("ada").get("/trash").content.decode()
    assert "de bob.txt" in page
    assert "Supprimé par Bob Dupont" in page
    assert "Documents › Archives" in page


def test_the_trash_of_a_space_one_has_no_part_in_is_not_shown(world, browse):
    trash.discard(world.ada, world.devoir)
    assert "devoir.pdf" not in browse("eve").get(f"/trash?space={world.space}").content.decode()
    assert browse("eve").post("/trash/empty", {"space": world.space}).status_code == 400


def test_a_trash_is_emptied_once_asked(world, browse):
    ada = browse("ada")
    trash.discard(world.ada, world.devoir)
    assert "Vider la corbeille" in ada.get(f"/trash/empty?space={world.space}").content.decode()
    ada.post("/trash/empty", {"space": world.space})
    assert trash.contents(world.ada, world.space) == []


def test_what_is_restored_by_hand_leads_back_to_the_trash(world, browse):
    trash.discard(world.ada, world.devoir)
    address = f"/trash?space={world.space}"
    page = browse("ada").post("/trash/restore", {"node": world.devoir, "next": address})
    assert page.headers["Location"] == address


def test_nothing_leads_to_another_site(world, browse):
    trash.discard(world.ada, world.devoir)
    for elsewhere in ("https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)"):
        page = browse("ada").post("/selection/discard", {"node": world.note, "next": elsewhere})
        assert page.headers["Location"].startswith("/f/")
        trash.restore(world.ada, world.note)


def test_a_shared_folder_is_moved_with_its_shares(world, browse):
    browse("ada").post("/selection/move", {"node": world.maths, "into": world.archives})
    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    assert tree.child(lineage.entry(world.archives), "Maths").id == world.maths


def test_the_copy_of_a_large_folder_is_said_to_be_under_way(world, browse, monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 1)
    ada = browse("ada")
    said = ada.post(f"/selection/copy?node={world.cours}", {"into": world.archives}, **JSON).json()
    assert said["said"] == "Un grand dossier se copie. Il paraîtra ici une fois entier."
    assert said["undo"] == f"/f/{Transit.objects.get().pk}/recall"
    assert b"arrive ici" in ada.get(f"/f/{world.archives}").content
    copying.copy_on.call(Transit.objects.get().pk)
    assert tree.child(lineage.entry(world.archives), "Cours").size == 1000


def test_a_large_folder_is_said_to_be_on_its_way_and_its_pages_too(world, browse, monkeypatch):
    monkeypatch.setattr(crossing, "AT_ONCE", 1)
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    ada, bob = browse("ada"), browse("bob")
    said = ada.post(f"/selection/move?node={world.cours}", {"into": home.root}, **JSON).json()
    assert said["said"].startswith("Un grand dossier part pour un autre espace.")
    assert said["undo"] == f"/f/{world.cours}/recall"
    for node in (world.cours, world.maths, world.devoir):
        assert b"part pour un autre espace\xc2\xa0: 0" in ada.get(f"/f/{node}").content
    assert b"arrive ici" in bob.get(f"/f/{home.root}").content
    assert 'data-act="upload"' not in ada.get(f"/f/{world.maths}").content.decode()
    refused = ada.post(f"/f/{world.maths}/new", {"name": "x"}, **JSON)
    assert refused.status_code == 423
    crossing.cross.call(world.cours)
    assert b"part pour" not in ada.get(f"/f/{world.cours}").content


def test_a_large_move_is_given_up_by_the_button_beside_its_progress(world, browse, monkeypatch):
    monkeypatch.setattr(crossing, "AT_ONCE", 1)
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    ada, bob = browse("ada"), browse("bob")
    ada.post("/selection/move", {"node": world.cours, "into": home.root})
    button = f'action="/f/{world.cours}/recall"'
    assert button in ada.get(f"/f/{world.devoir}").content.decode()
    assert "recall" not in bob.get(f"/f/{home.root}").content.decode()
    assert bob.post(f"/f/{world.cours}/recall").status_code == 404
    assert browse("eve").post(f"/f/{world.cours}/recall").status_code == 404
    assert ada.get(f"/f/{world.cours}/recall").status_code == 405
    answer = ada.post(f"/f/{world.cours}/recall", {"next": f"/f/{world.cours}"}, follow=True)
    assert "Le déplacement est abandonné" in answer.content.decode()
    assert "Déposer" in answer.content.decode()
    assert lineage.entry(world.cours).parent == world.root
    assert ada.post(f"/f/{world.cours}/recall").status_code == 404
    crossing.cross.call(world.cours)
    assert lineage.entry(world.cours).parent == world.root


def test_while_it_comes_back_the_page_says_so(world, browse, monkeypatch):
    monkeypatch.setattr(crossing, "AT_ONCE", 1)
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    ada = browse("ada")
    ada.post("/selection/move", {"node": world.cours, "into": home.root})
    crossing._carry(Transit.objects.get(), [world.maths])
    ada.post(f"/f/{world.cours}/recall", follow=True)
    page = ada.get(f"/f/{world.cours}").content.decode()
    assert "est abandonné. Le temps que tout revienne" in page
    assert "recall" not in page
    run_pending()
    assert "abandonné" not in ada.get(f"/f/{world.cours}").content.decode()


def test_a_large_copy_is_given_up_where_it_arrives(world, browse, monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 1)
    ada = browse("ada")
    ada.post("/selection/copy", {"node": world.cours, "into": world.archives})
    way = Transit.objects.get().pk
    assert f'action="/f/{way}/recall"' in browse("bob").get(f"/f/{world.archives}").content.decode()  # he writes there
    answer = ada.post(f"/f/{way}/recall", {"next": f"/f/{world.archives}"}, follow=True)
    assert "La copie est abandonnée" in answer.content.decode()
    assert "arrive ici" not in answer.content.decode()
    run_pending()
    assert tree.child(lineage.entry(world.archives), "Cours") is None


def test_what_is_locked_by_a_way_says_which_and_what_to_do(world, browse, monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 1)
    ada = browse("ada")
    ada.post("/selection/copy", {"node": world.cours, "into": world.archives})
    refused = ada.post("/selection/discard", {"node": world.archives}, **JSON)
    assert refused.status_code == 423
    assert refused.json()["sentence"].startswith("Un grand dossier arrive ici.")
    assert "abandonnez" in refused.json()["sentence"]


def test_a_large_trash_is_said_to_be_emptied_while_it_is(world, browse, monkeypatch):
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    ada = browse("ada")
    assert "efface" not in ada.get("/trash").content.decode()
    for node in (world.note, world.devoir):
        trash.discard(world.ada, node)
    said = ada.post("/trash/empty", {"space": world.space}, **JSON).json()["said"]
    assert said == "La corbeille se vide. La place revient peu à peu."
    assert "s’efface" in ada.get("/trash").content.decode()
    assert "s’efface" not in browse("bob").get("/trash").content.decode()
    run_pending()
    assert trash.contents(world.ada, world.space) == []
    assert "s’efface" not in ada.get("/trash").content.decode()
