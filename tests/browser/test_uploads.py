"""What goes up: in pieces, through cuts and reloads, with names already taken, where sync clients do not go, and given up."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CAMILLE, PASSWORD, new_folder, ready, rows, sign_in
from tests.browser.test_journey import upload

pytestmark = pytest.mark.browser

MIB = 2**20


@pytest.fixture
def film(tmp_path):
    """A file of four pieces."""
    path = tmp_path / "film.bin"
    path.write_bytes(os.urandom(26 * MIB))
    return path


def bytes_of(page, name):
    """Download a file of the list, and return its bytes."""
    page.get_by_role("row", name=name).get_by_role("button", name="Actions sur").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Télécharger").click()
    return download.value.path().read_bytes()


def test_a_large_file_goes_in_pieces_and_comes_back_the_same(page, film):
    sign_in(page)
    new_folder(page, "Gros fichier")
    ready(page)
    upload(page, film, "Des fichiers")
    expect(page.get_by_role("row", name="film.bin")).to_be_visible(timeout=30_000)
    assert bytes_of(page, "film.bin") == film.read_bytes()


def test_after_a_cut_and_a_reload_only_what_is_missing_is_sent(new_page, film):
    new_page.expected.add("/uploads/")
    page = sign_in(new_page())
    new_folder(page, "Envoi coupé")
    ready(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/uploads/**/00004", lambda route: route.abort())
    with page.expect_response(lambda response: response.url.endswith("/00003") and response.ok):
        upload(page, film, "Des fichiers")
    page.reload()
    ready(page)
    page.unroute("**/uploads/**/00004")  # not before: the page that was left tried again
    sent = []
    page.on("request", lambda request: sent.append(request.url[-5:]) if request.method == "PUT" else None)
    upload(page, film, "Des fichiers")
    expect(page.get_by_role("row", name="film.bin")).to_be_visible(timeout=30_000)
    assert "00004" in sent
    assert len(sent) < 4
    assert bytes_of(page, "film.bin") == film.read_bytes()


def lose_answers(page, pattern, method, body):
    """Let the server do what is asked first, and a front server say 502. Playwright loses the bodies of files: it is given."""
    lost = []

    def route(asked):
        if asked.request.method != method or lost:
            return asked.continue_()
        lost.append(asked.fetch(post_data=body).status)
        return asked.fulfill(status=502)

    page.route(pattern, route)
    return lost


@pytest.mark.parametrize(("size", "pattern", "method"), [(26 * MIB, "**/.file", "MOVE"), (1000, "**/court.bin", "PUT")])
def test_an_upload_whose_answer_was_lost_is_done(new_page, tmp_path, size, pattern, method):
    new_page.expected |= {"502", "404", "412"}
    page = sign_in(new_page())
    new_folder(page, f"Réponse perdue {method}")
    ready(page)
    path = tmp_path / "court.bin"
    path.write_bytes(os.urandom(size))
    lost = lose_answers(page, pattern, method, path.read_bytes() if method == "PUT" else None)
    upload(page, path, "Des fichiers")
    expect(page.get_by_role("row", name="court.bin")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Le dossier n’existe plus.")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert lost == [201]
    assert bytes_of(page, "court.bin") == path.read_bytes()


def test_an_upload_given_up_leaves_nothing(new_page, film):
    new_page.expected.add("/uploads/")
    page = sign_in(new_page())
    new_folder(page, "Envoi annulé")
    ready(page)
    page.route("**/uploads/**/00002", lambda route: route.abort())
    upload(page, film, "Des fichiers")
    page.get_by_role("button", name="Annuler film.bin").click()
    expect(page.get_by_text("Annulé", exact=True)).to_be_visible()
    page.reload()
    ready(page)
    assert rows(page) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [(507, "L’espace est plein."), (423, "Un grand dossier arrive ici.")],
)
def test_a_refusal_says_why_and_leads_to_what_can_be_done(new_page, tmp_path, status, said):
    page = sign_in(new_page(reduced_motion="reduce"))
    new_folder(page, f"Refus {status}")
    ready(page)
    (tmp_path / "note.txt").write_text("x")
    body = f'<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>{said}</s:message></d:error>'
    answer = {"status": status, "body": body, "content_type": "application/xml; charset=utf-8"}
    page.route(
        "**/note.txt", lambda route: route.fulfill(**answer) if route.request.method == "PUT" else route.continue_()
    )
    upload(page, tmp_path / "note.txt", "Des fichiers")
    expect(page.get_by_label("Fichiers envoyés").get_by_text(said)).to_be_visible()
    way = page.get_by_role("link", name="Voir ce qui prend de la place")
    if status == 423:
        expect(way).to_have_count(0)
        return
    way.click()
    expect(page.get_by_role("heading", name="Place utilisée")).to_be_visible()


@pytest.mark.parametrize("size", [10, 2 * MIB])
def test_an_upload_after_the_session_ended_says_so_and_goes_on_once_one_is_back(new_page, tmp_path, size):
    new_page.expected.add("401")
    page = sign_in(new_page())
    new_folder(page, f"Session finie {size}")
    ready(page)
    (tmp_path / "note.bin").write_bytes(os.urandom(size))
    page.context.clear_cookies()
    with page.expect_response(lambda response: "/remote.php/" in response.url) as answered:
        upload(page, tmp_path / "note.bin", "Des fichiers")
    assert (answered.value.status, answered.value.header_value("WWW-Authenticate")) == (401, None)
    line = page.get_by_label("Fichiers envoyés")
    expect(line.get_by_text("Votre session est terminée.")).to_be_visible()
    with page.context.expect_page() as opened:
        line.get_by_role("link", name="Se reconnecter").click()
    again = opened.value
    again.get_by_label("Adresse académique").fill(CAMILLE)
    again.get_by_label("Mot de passe").fill(PASSWORD)
    again.get_by_role("button", name="Se connecter", exact=True).click()
    again.wait_for_url(page.url)
    page.get_by_role("button", name="Réessayer note.bin").click()
    expect(page.get_by_role("row", name="note.bin")).to_be_visible()


def test_a_name_already_taken_is_asked_about_before_a_byte_is_sent(page, tmp_path):
    sign_in(page)
    new_folder(page, "Noms pris")
    ready(page)
    for content in ("un", "deux"):
        for name in ("plan.txt", "liste.txt"):
            (tmp_path / name).write_text(content)
        upload(page, [tmp_path / "plan.txt", tmp_path / "liste.txt"], "Des fichiers")
        if content == "deux":
            page.get_by_label("Faire de même pour les suivants").check()
            page.get_by_role("button", name="Garder les deux").click()
        expect(page.get_by_text("2 fichiers déposés sur 2")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(5)
    assert rows(page) == ["liste (2).txt", "liste.txt", "plan (2).txt", "plan.txt"]


def test_where_sync_clients_do_not_go_the_form_takes_the_file(page, tmp_path):
    sign_in(page)
    page.get_by_role("link", name="Lycée Carnot").click()
    ready(page)
    (tmp_path / "affiche.txt").write_text("À tous")
    with page.expect_request(re.compile(r"/f/\d+/upload$")):
        upload(page, tmp_path / "affiche.txt", "Des fichiers")
    expect(page.get_by_role("row", name="affiche.txt")).to_be_visible()
    (tmp_path / "Sorties" / "Musée").mkdir(parents=True)
    (tmp_path / "Sorties" / "Musée" / "plan.txt").write_text("Salle 3")
    upload(page, tmp_path / "Sorties", "Un dossier")
    for name in ("Sorties", "Musée"):  # the folders come with what they hold
        row = page.get_by_role("row", name=name)
        row.get_by_role("link", name=name).click()
        ready(page)
    expect(page.get_by_role("row", name="plan.txt")).to_be_visible()


def test_files_dropped_on_the_page_go_up_with_their_folders(page):
    sign_in(page)
    new_folder(page, "Lâchés ici")
    ready(page)
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['bonjour'], 'lâché.txt')); return t }"
    )
    page.dispatch_event("main", "dragover", {"dataTransfer": transfer})
    expect(page.get_by_text("Lâchez pour déposer ici")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("row", name="lâché.txt")).to_be_visible()


def test_a_server_that_does_not_answer_is_said_not_to(new_page, tmp_path):
    new_page.expected.add("ERR_FAILED")
    page = sign_in(new_page())
    new_folder(page, "Coupure")
    ready(page)
    page.route("**/remote.php/**", lambda route: route.abort())
    (tmp_path / "plan.txt").write_text("un")
    upload(page, tmp_path / "plan.txt", "Des fichiers")
    expect(page.get_by_role("region", name="Envois")).to_contain_text("Connexion perdue, nouvel essai…")
    expect(page.locator("#voice")).to_have_text("Connexion perdue, nouvel essai…")
    page.unroute("**/remote.php/**")
    expect(page.get_by_role("row", name="plan.txt")).to_be_visible()
