"""A device gets its app password through the browser: Nextcloud's login flow v2."""

import re

import pytest
from django.test import Client

from cartable.identity import credentials
from cartable.options import public_url
from tests.drive.wire import Device
from tests.worlds import person

MAIL, PASSWORD = "ada@ac-dijon.example", "correct cheval pile"
DESKTOP = "Mozilla/5.0 (Linux) mirall/3.16.0 (Nextcloud)"


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", MAIL, PASSWORD)


def sign_in(browser):
    fresh = Client()
    assert fresh.post("/login", {"login": MAIL, "password": PASSWORD}).status_code == 302
    browser.cookies = fresh.cookies


def started(client, at="/index.php/login/v2"):
    reply = client.post(at, headers={"User-Agent": DESKTOP})
    assert reply.status_code == 200
    return reply.json()


def local(url):
    assert url.startswith(public_url())
    return url.removeprefix(public_url())


@pytest.mark.parametrize("at", ["/index.php/login/v2", "/login/v2"])
def test_a_device_signs_in_through_the_browser(client, ada, at):
    said = started(client, at)
    assert len(said["poll"]["token"]) == 128
    ask = {"path": local(said["poll"]["endpoint"]), "data": {"token": said["poll"]["token"]}}
    pending = client.post(**ask)
    assert (pending.status_code, pending.json()) == (404, [])
    page = local(said["login"])
    sign_in(client)
    shown = client.get(page, {"user": "whoever"})
    assert "mirall/3.16.0" in shown.content.decode()
    assert client.post(**ask).status_code == 404
    done = client.post(page, follow=True)
    assert done.status_code == 200
    got = client.post(**ask).json()
    assert (got["server"], got["loginName"]) == (public_url(), ada.sub)
    device = Device(login=got["loginName"], secret=got["appPassword"])
    assert device.ask("PROPFIND", f"/remote.php/dav/files/{ada.sub}/").status == 207
    assert client.post(**ask).status_code == 404, "once"
    assert [one.label for one in credentials.devices(ada.pk)] == [DESKTOP]


def test_the_browser_signs_in_first(client, ada):
    page = local(started(client)["login"])
    reply = client.get(page)
    assert reply.status_code == 302
    assert page.replace("/", "%2F") in reply.headers["Location"].replace("/", "%2F")


def test_another_site_cannot_allow_in_a_visitors_name(ada):

    browser = Client(enforce_csrf_checks=True)
    said = started(browser)
    sign_in(browser)
    assert browser.post(local(said["login"])).status_code == 403
    token = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(local(said["login"])).content.decode()
    )[1]
    assert browser.post(local(said["login"]), {"csrfmiddlewaretoken": token}).status_code == 303


def test_a_page_is_good_for_twenty_minutes_and_for_one_device(client, ada, later):
    said, other = started(client), started(client)
    sign_in(client)
    assert client.post(local(said["login"])).status_code == 303
    assert client.get(local(said["login"])).status_code == 410
    assert client.get("/login/v2/flow/nothing").status_code == 410
    later(minutes=21)
    confirm = client.get(local(other["login"])).headers["Location"]
    assert client.post(confirm, {"password": PASSWORD}, follow=True).status_code == 410
    poll = {"path": local(said["poll"]["endpoint"]), "data": {"token": said["poll"]["token"]}}
    assert client.post(**poll).status_code == 404


def test_allowing_a_device_asks_who_is_there_ten_minutes_after_signing_in(client, ada, later):
    said = started(client)
    sign_in(client)
    later(minutes=11)
    for asked in (client.get(local(said["login"])), client.post(local(said["login"]))):
        assert asked.headers["Location"].startswith("/me/confirm?next=")
    poll = {"path": local(said["poll"]["endpoint"]), "data": {"token": said["poll"]["token"]}}
    assert client.post(**poll).status_code == 404
    assert client.post(asked.headers["Location"], {"password": PASSWORD}).headers["Location"] == "/login/v2/done"
    assert client.post(**poll).status_code == 200


def test_tokens_of_the_page_and_of_the_poll_do_not_stand_for_each_other(client, ada):
    said = started(client)
    sign_in(client)
    assert client.get(f"/login/v2/flow/{said['poll']['token']}").status_code == 410
    client.post(local(said["login"]))
    flow = said["login"].rpartition("/")[2]
    assert client.post(local(said["poll"]["endpoint"]), {"token": flow}).status_code == 404


def test_a_client_that_is_refused_keeps_its_files(client, db):
    for prefix in ("", "/index.php"):
        for what in ("check", "success"):
            reply = client.post(f"{prefix}/core/wipe/{what}", {"token": "x"})
            assert (reply.status_code, reply.json()) == (404, [])


def test_addresses_that_clients_open_lead_to_our_pages(client, ada):
    assert client.get("/index.php/f/12").status_code == 302  # to sign in
    sign_in(client)
    assert client.get("/index.php/f/12").headers["Location"] == "/f/12"
    client.logout()
    assert client.get("/index.php/s/abc").headers["Location"] == "/s/abc"
    for absent in ("/index.php/avatar/x/64", "/avatar/x/64/dark", "/index.php/core/preview", "/core/preview.png"):
        assert client.get(absent).status_code == 404


def test_few_starts_are_enough(client, db, monkeypatch):
    monkeypatch.setattr("cartable.drive.login.flow.STARTS", 2)
    started(client)
    started(client)
    reply = client.post("/index.php/login/v2")
    assert (reply.status_code, int(reply.headers["Retry-After"]) > 0) == (429, True)
