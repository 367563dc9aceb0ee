"""What a link opens to whoever holds it, and to nobody else."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from cartable.kernel import clock
from cartable.kernel.errors import Denied
from cartable.kernel.storage import storage
from cartable.spaces import guesses, listing, sharing, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.models import Link, Space
from tests.drive_pages.test_files import body, head, sent, unzipped
from tests.worlds import put


@pytest.fixture
def visitor():
    return Client()


def link(world, node, role=Role.READ, **more):
    return f"/s/{sharing.make_link(world.ada, node, role, **more).link}"


def page(response):
    return re.sub(r"[ \n]+", " ", response.content.decode())


def test_a_folder_is_listed_walked_and_taken(world, visitor):
    address = link(world, world.cours)
    shown = page(visitor.get(address))
    assert "Cours" in shown
    assert "Partagé par Ada Lovelace" in shown
    assert f"{address}/f/{world.maths}" in shown
    assert "devoir.pdf" in page(visitor.get(f"{address}/f/{world.maths}"))
    assert body(visitor.get(f"{address}/f/{world.devoir}/download")) == b"d" * 1000
    assert "Cours/Maths/devoir.pdf" in unzipped(visitor.get(f"{address}/download"))


def test_a_file_has_its_page(world, visitor):
    text = put(world.ada, world.maths, "notes.txt", b"bonjour").id
    assert "bonjour" in page(visitor.get(link(world, text)))


def test_what_is_outside_is_absent(world, visitor):
    address = link(world, world.maths)
    for node in (world.cours, world.root, world.note, 10**9):
        for door in ("", "/download", "/raw"):
            assert visitor.get(f"{address}/f/{node}{door}").status_code == 404


def test_the_trail_begins_at_what_was_shared(world, visitor):
    shown = page(visitor.get(f"{link(world, world.maths)}/f/{world.devoir}"))
    assert "Maths" in shown
    assert "Cours" not in shown


def test_an_ended_a_used_up_a_withdrawn_and_an_absent_link_look_the_same(world, visitor, monkeypatch):
    ended = link(world, world.cours, expires_at=clock.now() + timedelta(minutes=1))
    used = link(world, world.devoir, downloads_max=1)
    head(visitor.get(f"{used}/download"))
    gone = link(world, world.archives)
    trash.discard(world.ada, world.archives)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    answers = {(visitor.get(one).status_code, page(visitor.get(one))) for one in (ended, used, gone, "/s/absent")}
    told_apart = r'data-token="\w+"|name="csrfmiddlewaretoken" value="\w+"|name="next" value="[^"]*"'
    answers = {(status, re.sub(told_apart, "", shown)) for status, shown in answers}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 410


def test_a_link_gives_no_more_downloads_than_it_says(world, visitor):
    address = link(world, world.devoir, downloads_max=2)
    for _ in range(2):
        assert body(visitor.get(f"{address}/download")) == b"d" * 1000
    assert visitor.get(f"{address}/download").status_code == 410


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=0-0", "bytes=-5000", "bytes=0-1,4-5", "lines=1-2"])
@pytest.mark.parametrize("door", ["/download", "/f/{}/raw"])
def test_a_limit_of_downloads_is_not_gone_round(world, visitor, door, asked):
    address = link(world, world.devoir, downloads_max=1)
    body(visitor.get(address + door.format(world.devoir), HTTP_RANGE=asked))
    assert Link.objects.get().downloads == 1
    assert visitor.get(address + door.format(world.devoir), HTTP_RANGE=asked).status_code == 410


def test_a_download_that_goes_on_is_the_same_one(world, visitor):
    address = link(world, world.devoir, downloads_max=2)
    body(visitor.get(f"{address}/download"))
    assert body(visitor.get(f"{address}/download", HTTP_RANGE="bytes=1-")) == b"d" * 999
    assert Link.objects.get().downloads == 1


def test_to_look_at_the_page_of_a_limited_link_takes_no_download(world, visitor):
    address = link(world, world.devoir, downloads_max=1)
    assert "/raw" not in page(visitor.get(f"{address}/f/{world.devoir}"))
    assert body(visitor.get(f"{address}/download")) == b"d" * 1000


def test_a_view_only_link_shows_and_gives_nothing_to_keep(world, visitor):
    address, data = link(world, world.cours, Role.VIEW), put(world.ada, world.maths, "mesures.bin").id
    assert "devoir.pdf" in page(visitor.get(f"{address}/f/{world.maths}"))
    for node in (world.cours, world.maths, world.devoir, data):
        assert "download" not in page(visitor.get(f"{address}/f/{node}"))
        assert visitor.get(f"{address}/f/{node}/download").status_code == 403
    assert f"{address}/f/{world.devoir}/raw#toolbar=0" in page(visitor.get(f"{address}/f/{world.devoir}"))
    assert head(visitor.get(f"{address}/f/{world.devoir}/raw"))["Content-Disposition"].startswith("inline")
    assert visitor.get(f"{address}/f/{data}/raw").status_code == 403
    assert visitor.get(f"{address}/selection?node={world.devoir}").status_code == 403


# Passwords


def test_a_password_is_asked_once_in_each_browser(world, visitor):
    address = link(world, world.cours, password="sésame")
    assert "Maths" not in page(visitor.get(address))
    assert visitor.get(f"{address}/download").status_code == 403
    assert visitor.post(address, {"password": "césame"}).status_code == 403
    answer = visitor.post(address, {"password": "sésame"})
    assert answer.headers["Location"] == address
    assert answer.cookies["link"]["path"] == address
    assert answer.cookies["link"]["httponly"]
    assert "Maths" in page(visitor.get(address))
    assert "Maths" not in page(Client().get(address))


def test_another_password_asks_again(world, visitor):
    share = sharing.make_link(world.ada, world.cours, password="un")
    visitor.post(f"/s/{share.link}", {"password": "un"})
    sharing.change(world.ada, share.id, password="deux")
    assert "Maths" not in page(visitor.get(f"/s/{share.link}"))


def test_the_proof_of_one_link_opens_no_other(world, visitor):
    one, other = link(world, world.cours, password="un"), link(world, world.archives, password="un")
    proof = visitor.post(one, {"password": "un"}).cookies["link"].value
    stranger = Client()
    stranger.cookies["link"] = proof
    assert "note.txt" not in page(stranger.get(other))
    assert "Maths" in page(stranger.get(one))


def guess(address, password="non", **more):
    return Client(**more).post(address, {"password": password})


def test_guesses_from_one_address_are_slowed_down_whatever_the_browser(world):
    address = link(world, world.cours, password="sésame")
    assert [guess(address).status_code for _ in range(20)] == [403] * 20
    refused = guess(address)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) in range(1, 181)
    assert "Trop d’essais en peu de temps. Réessayez dans 3 minutes." in page(refused)
    assert guess(address, "sésame").status_code == 429


def test_pages_and_clients_count_together(world):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    for _ in range(20):
        with pytest.raises(Denied):
            sharing.follow(share.link, "non", address="127.0.0.1")
    assert guess(f"/s/{share.link}").status_code == 429


def test_guesses_from_everywhere_are_slowed_down_together_but_nobody_who_came_before(world, visitor, monkeypatch):
    monkeypatch.setattr(guesses, "FROM_ALL", 6)
    address = link(world, world.cours, password="sésame")
    visitor.post(address, {"password": "sésame"}, REMOTE_ADDR="203.0.113.1")
    for number in range(6):
        assert guess(address, REMOTE_ADDR=f"192.0.2.{number}").status_code == 403
    assert guess(address, "sésame", REMOTE_ADDR="198.51.100.1").status_code == 429
    assert "Maths" in page(visitor.get(address, REMOTE_ADDR="198.51.100.1"))  # the browser shows its proof
    assert guess(address, "sésame", REMOTE_ADDR="203.0.113.1").status_code == 303  # another one, where it was opened


def test_guesses_on_many_links_are_slowed_down_by_address(world, monkeypatch):
    monkeypatch.setattr(guesses, "OF_ALL", 6)
    addresses = [link(world, world.cours, password="sésame") for _ in range(4)]
    for address in addresses[:-1]:
        assert [guess(address).status_code for _ in range(2)] == [403, 403]
    assert guess(addresses[-1]).status_code == 429
    assert guess(addresses[-1], REMOTE_ADDR="192.0.2.7").status_code == 403


def test_the_owner_is_never_kept_out(world, browse):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    for _ in range(21):
        guess(f"/s/{share.link}")
    ada = browse("ada")
    assert ada.get(f"/f/{world.cours}").status_code == 200
    sharing.change(world.ada, share.id, password="")
    assert "Maths" in page(Client().get(f"/s/{share.link}"))


def test_a_guess_is_allowed_again_after_a_while(world, later):
    address = link(world, world.cours, password="sésame")
    for _ in range(21):
        guess(address)
    later(minutes=3)
    assert guess(address, "sésame").status_code == 303


# Deposit


def test_a_deposit_says_who_it_comes_from(world, visitor):
    address = link(world, world.archives, Role.DEPOSIT)
    assert "Votre nom" in page(visitor.get(address))
    visitor.post(address, {"file": sent("devoir.docx"), "by": " Lina  Roy "})
    assert "Lina Roy – devoir.docx" in [child.entry.name for child in listing.children(world.ada, world.archives)]
    assert visitor.post(address, {"file": sent("devoir.docx"), "by": "Lina/Roy"}).status_code == 400


@pytest.mark.parametrize(
    ("by", "names", "field", "why"),
    [
        ("Lina/Roy", ["a.txt"], "by", "Un nom ne contient pas de"),
        ("é" * 128, ["a.txt"], "by", "Ce nom est trop long"),
        ("Lina \u202eRoy", ["a.txt"], "by", "un caractère invisible"),
        ("Lina Roy", ["a.txt", "é" * 120 + ".txt"], "file", "Ce nom est trop long"),
        ("Lina Roy", [], "file", "Choisissez"),
    ],
)
def test_a_deposit_refused_for_a_name_keeps_the_form_and_leaves_nothing(world, visitor, by, names, field, why, own_day):
    address, before = link(world, world.archives, Role.DEPOSIT, label="Copies"), set(storage().keys(clock.today()))
    answer = visitor.post(address, {"file": [sent(name) for name in names], "by": by})
    shown = page(answer)
    assert answer.status_code == 400
    assert why in re.search(rf'<p class="error" id="{field}-wrong">([^<]*)<', shown)[1]
    assert "choisissez de nouveau vos fichiers" in shown
    typed = re.search(r'id="by" name="by" value="([^"]*)"', shown)[1]
    assert typed == by.replace("\u202e", "\ufffd")
    faulty = re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true"[^>]*>', shown)
    assert faulty == [field]
    assert "Déposer dans «\u00a0Copies\u00a0»" in shown
    assert [child.entry.name for child in listing.children(world.ada, world.archives)] == ["note.txt"]
    assert set(storage().keys(clock.today())) == before
    assert visitor.post(address, {"file": sent("a.txt"), "by": "Lina Roy"}).status_code == 303


def test_an_ended_link_is_called_so_and_leads_nowhere(world, visitor):
    shown = page(visitor.get("/s/absent"))
    assert "Lien fermé" in shown
    assert "Revenir à l’accueil" not in shown


def test_a_deposit_takes_files_and_shows_nothing(world, visitor):
    address = link(world, world.archives, Role.DEPOSIT)
    shown = page(visitor.get(address))
    assert "Déposer dans" in shown
    assert "note.txt" not in shown
    said = page(visitor.post(address, {"file": [sent("copie.txt"), sent("note.txt")]}, follow=True))
    assert "Bien reçu" in said
    names = [child.entry.name for child in listing.children(world.ada, world.archives)]
    assert names == ["copie.txt", "note (2).txt", "note.txt"]


@pytest.mark.parametrize("door", ["/f/{note}", "/f/{note}/download", "/f/{note}/raw", "/download"])
def test_a_deposit_opens_no_other_door(world, visitor, door):
    address = link(world, world.archives, Role.DEPOSIT)
    answer = visitor.get(address + door.format(note=world.note))
    assert b"bonjour" not in (b"".join(answer.streaming_content) if answer.streaming else answer.content)
    assert answer.status_code in {200, 404}
    if answer.status_code == 200:
        assert "note.txt" not in page(answer)


def test_a_deposit_goes_into_its_own_folder_only(world, visitor):
    inside = tree.make_folder(world.ada, world.archives, "Dedans").id
    address = link(world, world.archives, Role.DEPOSIT)
    assert visitor.post(f"{address}/f/{inside}", {"file": sent("copie.txt")}).status_code == 404


def test_a_reading_link_takes_no_file(world, visitor):
    assert visitor.post(link(world, world.archives), {"file": sent("copie.txt")}).status_code == 403


@pytest.mark.parametrize("door", ["read", "forged", "too much"])
def test_what_is_refused_leaves_no_byte_behind(world, door, own_day):
    before = set(storage().keys(clock.today()))
    address = link(world, world.archives, Role.READ if door == "read" else Role.DEPOSIT)
    files = [sent("copie.txt"), sent("autre.txt")]
    if door == "too much":  # the first has room, the second has not
        Space.objects.filter(pk=world.space).update(quota=Space.objects.get(pk=world.space).used + files[0].size)
    answer = Client(enforce_csrf_checks=door == "forged").post(address, {"file": files})
    assert answer.status_code == {"read": 403, "forged": 403, "too much": 507}[door]
    assert len(set(storage().keys(clock.today())) - before) == 0
    assert len(listing.children(world.ada, world.archives)) == 1


def test_who_leaves_a_file_does_not_learn_that_another_did(world, visitor):
    said = page(visitor.post(link(world, world.archives, Role.DEPOSIT), {"file": [sent("note.txt")]}, follow=True))
    assert "« note.txt »" in said.replace("\xa0", " ")
    assert "(2)" not in said


def test_a_writing_link_takes_files_anywhere_below(world, visitor):
    address = link(world, world.cours, Role.WRITE)
    assert "Ajouter des fichiers" in page(visitor.get(f"{address}/f/{world.maths}"))
    visitor.post(f"{address}/f/{world.maths}", {"file": sent("ajout.txt")})
    names = [child.entry.name for child in listing.children(world.ada, world.maths)]
    assert names == ["ajout.txt", "devoir.pdf"]


def test_a_form_of_another_site_leaves_nothing(world):
    address = link(world, world.archives, Role.DEPOSIT)
    assert Client(enforce_csrf_checks=True).post(address, {"file": sent("copie.txt")}).status_code == 403
    assert len(listing.children(world.ada, world.archives)) == 1
