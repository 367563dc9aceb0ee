"""Pads made, read and published by HedgeDoc's addresses: statuses, headers and bodies (docs/protocols/hedgedoc.md)."""

import re

import pytest

from cartable.config.bridge import Bridge
from cartable.identity import credentials, people
from cartable.kernel import clock
from cartable.pads import urls as pads
from cartable.pads.addresses import naming
from cartable.pads.addresses.models import Name
from cartable.pads.formats import pages as taking
from cartable.spaces import listing, paths, sharing, trash, tree
from cartable.spaces.access import Role
from tests.pads.hedgedoc.conftest import BASE
from tests.worlds import put, read

TEXT = "---\ntitle: Volcans\ntags: svt, 4e\n---\n# Un\n\nLa lave **monte**.\n"


@pytest.fixture
def ada(program):
    return program("ada")


def names(world, path="/Pads"):
    folder = paths.find(world.ada, path)
    return [one.entry.name for one in listing.children(world.ada, folder.id)]


def test_a_pad_is_made_of_a_text_in_the_folder_of_pads(world, ada):
    answer = ada.ask("POST", "new", b"# Ma note / du jour\r\nmots", content_type="text/markdown")
    name = re.fullmatch(rf"Found\. Redirecting to {BASE}/([\w-]{{22}})", answer.content.decode())[1]
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{BASE}/{name}")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert read(world.ada, naming.resolve(name)) == b"# Ma note / du jour\nmots"
    ada.new("# Ma note / du jour")
    ada.new("")
    assert names(world) == ["Ma note du jour (2).md", "Ma note du jour.md", "Sans titre.md"]
    assert [one["text"] for one in ada.history()] == ["Sans titre", "Ma note / du jour", "Ma note / du jour"]


def test_a_form_of_codimd_makes_one_too(world, ada):
    answer = ada.post("/pads/new", {"content": "# Note"})
    assert read(world.ada, naming.resolve(answer.headers["Location"].rpartition("/")[2])) == b"# Note"


def test_a_new_pad_may_have_a_word_of_ones_own_and_nobody_else_has_it(world, ada, program):
    assert ada.new("# A", "réunion-du-4") == "r%C3%A9union-du-4"
    node = naming.resolve("réunion-du-4")
    for name in (naming.known(node).id, naming.known(node).short, "réunion-du-4"):
        for one in (ada, program("eve")):
            answer = one.ask("POST", f"new/{name}", b"x", content_type="text/markdown")
            assert answer.status_code == 409
    assert len(names(world)) == 1
    assert ada.ask("GET", naming.known(node).id).headers["Location"] == f"{BASE}/r%C3%A9union-du-4"


@pytest.mark.parametrize("name", ["me", "Uploads", "robots.txt", "s", "socket.io"])
def test_words_that_are_ours_are_refused(world, ada, name):
    assert ada.ask("POST", f"new/{name}", b"x", content_type="text/markdown").status_code == 403
    assert paths.locate(world.ada, "/Pads").node is None


@pytest.mark.parametrize(
    ("name", "status"),
    [("..%2f..%2fetc", 404), ("%2e%2e", 400), ("a" * 101, 400), ("a%0ab", 400), ("a%E2%80%AEb", 400)],
)
def test_words_that_do_not_do_are_refused(world, ada, name, status):
    assert ada.ask("POST", f"new/{name}", b"x", content_type="text/markdown").status_code == status
    assert Name.objects.count() == 0


@pytest.mark.parametrize(("body", "status"), [(b"\xff", 400), (b"a\0b", 400), (b"a" * ((4 << 20) + 1), 413)])
def test_what_is_no_text_makes_no_pad(world, ada, body, status, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 30
    assert ada.ask("POST", "new", body, content_type="text/markdown").status_code == status
    assert paths.locate(world.ada, "/Pads").node is None


def test_too_many_in_a_row_are_refused(ada, later):
    for _ in range(20):
        ada.new("x")
    answer = ada.ask("POST", "new", b"x", content_type="text/markdown")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    later(minutes=5)
    ada.new("x")


def test_who_is_not_known_makes_nothing(world, program):
    for method in ("GET", "POST"):
        answer = program().ask(method, "new", b"x", content_type="text/markdown")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{BASE}/")


def test_a_new_pad_by_its_address(world, ada, browse):
    answer = ada.ask("GET", "new")
    assert answer.status_code == 302
    assert read(world.ada, naming.resolve(answer.headers["Location"].rpartition("/")[2])) == b""
    bob = browse("bob", headers={"accept": "text/html"})
    typed = bob.get("/pads/new", headers={"sec-fetch-site": "none"})
    assert typed.headers["Location"].startswith(f"{BASE}/")
    led = bob.get("/pads/new", headers={"sec-fetch-site": "cross-site"})  # by a page that is not ours
    folder = paths.find(people.actor(people.find("bob@ac-dijon.example")), "/Pads").id
    assert led.headers["Location"] == f"/f/{folder}/new-pad"
    assert len(bob.get("/pads/history").json()["history"]) == 1


def test_the_text_is_downloaded_under_its_title(world, ada):
    name = ada.new(TEXT)
    for path in (f"{name}/download", f"s/{naming.known(naming.resolve(name)).short}/download"):
        answer = ada.ask("GET", path)
        assert answer.content.decode() == TEXT
        assert answer.headers["Content-Type"] == "text/markdown; charset=UTF-8"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="Volcans.md"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "private"


def test_what_a_pad_is(ada):
    name = ada.new(TEXT)
    short = ada.ask("GET", f"{name}/publish").headers["Location"].rpartition("/")[2]
    ada.ask("GET", f"s/{short}")
    answer = ada.ask("GET", f"{name}/info")
    told = answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (told["title"], told["description"], told["viewcount"]) == ("Volcans", "La lave monte.", 1)
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told[one]) for one in ("createtime", "updatetime")
    )


def test_a_pad_is_read_and_published(world, ada):
    name = ada.new(TEXT)
    read_page = ada.ask("GET", name)
    assert read_page.status_code == 200
    assert "<strong>monte</strong>" in read_page.content.decode()
    assert f'href="{BASE}/{name}"' in read_page.content.decode()  # to the editor, by its address
    assert read_page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "script-src 'none'" in read_page.headers["Content-Security-Policy"]
    for verb in ("publish", "pretty"):
        page = ada.ask("GET", f"{name}/{verb}").headers["Location"]
        assert re.fullmatch(rf"{BASE}/s/\w{{10}}", page)
    assert b"<title>Volcans" in ada.get(page).content
    assert ada.get(f"{page}/edit").headers["Location"] == f"{BASE}/{name}?both"
    assert ada.get(f"{page}/what").headers["Location"] == page
    assert ada.ask("GET", f"s/{name}").headers["Location"] == page
    assert ada.ask("GET", f"{name}/what").headers["Location"] == f"{BASE}/{name}"


def test_the_published_page_of_a_chosen_word_is_under_it(ada):
    ada.new(TEXT, "volcans")
    assert ada.ask("GET", "volcans/publish").headers["Location"] == f"{BASE}/s/volcans"
    short = naming.known(naming.resolve("volcans")).short
    assert ada.ask("GET", f"s/{short}").headers["Location"] == f"{BASE}/s/volcans"
    assert ada.ask("GET", "s/volcans").status_code == 200
    assert ada.ask("GET", short).headers["Location"] == f"{BASE}/volcans"


def test_slides_are_at_their_address_and_all_they_need_at_the_same_host(ada):
    name = ada.new(f"{TEXT}\n---\n## Suite\n\n```mermaid\ngraph TD\n```\n")
    address = ada.ask("GET", f"{name}/slide").headers["Location"]
    assert re.fullmatch(rf"{BASE}/p/\w{{10}}", address)
    page = ada.get(address)
    html = page.content.decode()
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert html.count('<section class="prose"') == 2
    assert "<strong>monte</strong>" in html
    assert set(re.findall(r'(?:src|href|data-[a-z]+)="(/[a-z]+/)', html)) == {
        "/static/"
    }  # nothing of the site but its look
    assert f'href="{address.replace("/p/", "/s/")}"' in html
    assert ada.get(f"{address}/edit").headers["Location"] == f"{BASE}/{name}?both"
    assert ada.get(f"{address}/what").headers["Location"] == address
    assert ada.ask("GET", f"p/{name}").headers["Location"] == address
    assert ada.ask("GET", f"{name}/info").json()["viewcount"] == 1


def test_a_pad_is_taken_away_in_other_forms(ada, monkeypatch):
    monkeypatch.setattr(taking, "MADE", 2)
    name = ada.new(TEXT)
    pdf = ada.ask("GET", f"{name}/pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="Volcans.pdf"'
    page = ada.ask("GET", f"{name}/pandoc", QUERY_STRING="exportType=html")
    assert page.content.startswith(b"<!doctype html>")
    assert ada.ask("GET", f"{name}/pdf").status_code == 429


def test_what_there_is_not_yet_says_so(ada):
    name = ada.new(TEXT)
    assert [ada.ask("GET", f"{name}/pandoc{one}").status_code for one in ("", "?exportType=epub")] == [404, 404]
    assert ada.ask("GET", "socket.io/", QUERY_STRING="noteId=x").status_code == 410
    assert ada.ask("GET", "status").status_code == 403


def test_the_texts_that_a_pad_had(world, ada, later):
    name = ada.new("un")
    node = naming.resolve(name)
    moments = []
    for text in ("deux", "trois"):
        later(minutes=1)
        moments.append(int(clock.now().timestamp()) * 1000)
        assert ada.ask(
            "PUT", f"api/notes/{name}", f'{{"content": "{text}"}}', content_type="application/json"
        ).json() == {"status": "ok"}
    listed = ada.ask("GET", f"{name}/revision").json()["revision"]
    assert [one["length"] for one in listed] == [5, 4, 2]
    assert [one["time"] for one in listed][:2] == moments[::-1]
    told = ada.ask("GET", f"{name}/revision/{listed[1]['time'] - 1}").json()
    assert told == {"content": "deux", "patch": [], "authorship": []}
    for at in (listed[0]["time"] + 1, "x", "9" * 30):
        assert ada.ask("GET", f"{name}/revision/{at}").status_code == 404
    assert read(world.ada, node) == b"trois"


def test_each_address_refuses_a_stranger_a_guest_and_who_no_longer_may(world, ada, program, browse):
    node = put(world.ada, world.archives, "plan.md", TEXT.encode()).id
    name, short = naming.known(node).id, naming.known(node).short
    of_pad = [
        name,
        *(f"{name}/{one}" for one in ("download", "info", "publish", "slide", "pdf", "revision", "revision/1", "what")),
    ]
    every = [*of_pad, *(f"{at}/{short}{one}" for at in "sp" for one in ("", "/download", "/edit", "/what"))]
    bob, eve, guest = program("bob"), program("eve"), program()
    assert all(bob.ask("GET", one).status_code in {200, 302, 404} for one in every)
    assert bob.ask("GET", f"{name}/download").status_code == 200
    [given] = [one for one, entry in sharing.given_by(world.ada) if entry.id == world.archives]
    sharing.revoke(world.ada, given.id)
    for path in every:
        absent = path.replace(name, "x" * 22).replace(short, "x" * 10)
        for one in (bob, eve):
            hidden, nothing = one.ask("GET", path), one.ask("GET", absent)
            assert (hidden.status_code, nothing.status_code) == (404, 404), path
            assert hidden.content == nothing.content
        for there in (path, absent):
            answer = guest.ask("GET", there)
            assert (answer.status_code, answer.headers["Location"]) == (302, f"{BASE}/"), there
            led = browse(headers={"accept": "text/html"}).get(f"/pads/{there}")
            assert led.headers["Location"] == f"/login?next=/pads/{there}"
    assert bob.history() == []


def test_who_only_reads_does_not_write_and_who_only_looks_does_not_read(world, ada, program):
    node = put(world.ada, world.cours, "plan.md", TEXT.encode()).id
    name, bob, eve = naming.known(node).id, program("bob"), program("eve")
    write = {"body": '{"content": "x"}', "content_type": "application/json"}
    assert bob.ask("PUT", f"api/notes/{name}", **write).status_code == 403
    assert bob.ask("DELETE", f"api/notes/{name}").status_code == 403
    assert eve.ask("PUT", f"api/notes/{name}", **write).status_code == 404
    assert program().ask("DELETE", f"api/notes/{name}").status_code == 302
    sharing.give(world.ada, node, f"person:{world.eve.person}", Role.VIEW)
    assert eve.ask("GET", f"{name}/download").status_code == 403
    assert read(world.ada, node) == TEXT.encode()


def test_a_pad_is_known_under_its_words_wherever_it_goes(world, ada):
    name = ada.new(TEXT, "plan")
    node = naming.resolve(name)
    tree.move(world.ada, node, into=world.cours, name="autre.md")
    assert ada.ask("GET", "plan/download").content.decode() == TEXT
    assert ada.ask("DELETE", "api/notes/plan").json() == {"status": "ok"}
    assert ada.ask("GET", "plan").status_code == 404
    assert [one.entry.id for one in trash.contents(world.ada, world.space)] == [node]
    trash.restore(world.ada, node)
    tree.move(world.ada, node, into=world.cours, name="autre.txt")
    assert ada.ask("GET", "plan").status_code == 404


def test_a_browser_that_is_signed_in_goes_to_the_editor(world, ada, browse):
    name = ada.new(TEXT)
    browser = browse("ada", headers={"accept": "text/html"})
    assert browser.get(f"/pads/{name}?both").headers["Location"] == f"/p/{naming.resolve(name)}"
    assert browser.get(f"/pads/{name}/publish").headers["Location"].startswith(f"{BASE}/s/")


def test_a_page_of_another_site_writes_nothing(world, ada, browse):
    secret = credentials.new_app_password(world.ada.person, "x")
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        for path in ("new", "history", "logout", "login"):
            answer = ada.post(f"/pads/{path}", {"email": "ada@ac-dijon.example", "password": secret}, headers=headers)
            assert answer.status_code == 403
            assert not answer.cookies
    forged = browse("ada", enforce_csrf_checks=True)
    assert forged.post("/pads/new", {"content": "x"}).headers["Location"] == f"{BASE}/"
    assert paths.locate(world.ada, "/Pads").node is None


@pytest.mark.parametrize(
    ("host", "path", "placed"),
    [
        ("pads.localhost:8000", "/abc", "/pads/abc"),
        ("PADS.localhost", "/", "/pads/"),
        ("pads.localhost", "/admin", "/pads/admin"),
        ("pads.localhost", "/static/web/web.css", "/static/web/web.css"),
        ("127.0.0.1:8000", "/abc", "/abc"),
    ],
)
def test_a_host_name_of_its_own_stands_for_a_path(host, path, placed):
    site = Bridge(early={}, sockets={}, threads=1, hosts=pads.hosts)
    scope = {"type": "http", "path": path, "raw_path": path.encode(), "scheme": "http", "client": ("127.0.0.1", 1)}
    found = site._placed(scope | {"headers": [(b"host", host.encode())]})
    assert (found["path"], found["raw_path"]) == (placed, placed.encode())


def test_at_its_host_name_a_browser_is_led_to_the_site_and_a_program_to_the_root(world, ada, browse, settings):
    settings.ALLOWED_HOSTS = ["pads.localhost", "testserver"]
    name, own = ada.new(TEXT), "http://pads.localhost:8000"
    there = {"HTTP_HOST": "pads.localhost:8000"}
    for browser in (browse(), browse("ada")):  # no session of the site counts there
        led = browser.get(f"/pads/{name}?both", headers={"accept": "text/html"}, **there)
        assert led.headers["Location"] == f"http://127.0.0.1:8000/pads/{name}?both"
        assert browser.get(f"/pads/{name}/download", **there).headers["Location"] == f"{own}/"
        assert browser.get("/pads/me", **there).json() == {"status": "forbidden"}
    assert ada.get(f"/pads/{name}/publish", **there).headers["Location"].startswith(f"{own}/s/")
