"""A second Cartable, served as the first one is, is the academy by which people sign in: nothing between the two is written for a test."""

import re
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.identity.oidc.served import PASSWORD, site

CLOSED, OPEN = "dijon", "dijon-open"  # the same academy twice: from the one nobody new may come


class Browser(httpx.Client):
    """A browser that follows what it is told; the two sites are two hosts to it, each with its cookies."""

    def __init__(self):
        super().__init__(follow_redirects=True, timeout=60)

    def send_form(self, shown, fields, to=""):
        """Fill the form of a page, and send it to that page, or `to` another of the same site."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)[1]
        kept = {name: value for name, value in parse_qsl(shown.url.query.decode()) if name == "next"}
        return self.post(shown.url.join(to), data={"csrfmiddlewaretoken": token, **kept, **fields})

    def sign_in(self, shown, mail):
        """Sign in on a page that asks who one is."""
        assert shown.url.path == "/login", shown.url
        return self.send_form(shown, {"login": mail, "password": PASSWORD})

    def agree(self, shown):
        """Let the academy tell who one is."""
        assert (shown.url.path, "Cartable national" in shown.text) == ("/oidc/authorize", True), shown.url
        return self.send_form(shown, {"action": "grant"})


@pytest.fixture(scope="module")
def academy(tmp_path_factory):
    with site(tmp_path_factory.mktemp("academy"), host="localhost") as one:
        yield one


@pytest.fixture(scope="module")
def national(tmp_path_factory, academy):
    """The site that the academy signs people in to, by commands alone."""
    with site(tmp_path_factory.mktemp("national")) as one:
        back = [f"{one.address}/login/oidc/{key}/back" for key in (CLOSED, OPEN)]
        known = academy.client("--name", "Cartable national", *(word for uri in back for word in ("--redirect", uri)))
        told = httpx.get(f"{known['issuer']}/.well-known/openid-configuration", timeout=60).json()
        assert told["issuer"] == known["issuer"] == academy.address
        words = ("--academy", "DIJON", "--issuer", known["issuer"], "--client-id", known["client_id"])
        for key, more in ((CLOSED, ()), (OPEN, ("--arrivals",))):
            said = one.command("federation", "add", "oidc", *words, "--key", key, *more, stdin=known["client_secret"])
            assert f"{one.address}/login/oidc/{key}/back" in said
        yield one


def way(national, key=CLOSED, to="/me", **more):
    return f"{national.address}/login/oidc/{key}?" + str(httpx.QueryParams({"next": to, **more}))


def at(site, path):
    return f"{site.address}{path}"


def test_an_account_is_linked_to_its_academy_once_and_opened_by_it_from_then_on(academy, national):
    mail = "ada@ac-dijon.fr"
    for one in (academy, national):
        one.person(mail)
    with Browser() as http:
        there = http.get(way(national))
        assert there.url.host == "localhost", "it is the academy that asks who one is"
        shown = http.agree(http.sign_in(there, mail))
        assert str(shown.url) == at(national, "/login/academy/account")
        assert "<strong>Ada Lovelace</strong>, que ce site ne connaît pas encore" in shown.text
        assert http.get(at(national, "/me")).url.path == "/login", "the same name and address open nothing"
        shown = http.sign_in(http.get(at(national, "/login?next=/login/academy/account")), mail)
        assert "Est-ce bien le vôtre" in shown.text
        assert str(http.send_form(shown, {}, "/login/academy/account/link").url) == at(national, "/me")
        assert http.send_form(http.get(at(national, "/logout")), {}).url.path == "/login"
        assert str(http.get(way(national)).url) == at(national, "/me"), "signed in there, one is asked nothing"
    with Browser() as fresh:
        shown = fresh.sign_in(fresh.get(way(national)), mail)  # and agreed once for all
        assert str(shown.url) == at(national, "/me")
        assert "Ada Lovelace" in shown.text


def test_whom_an_academy_may_not_send_is_refused_and_whom_it_may_arrives_and_comes_back(academy, national):
    mail = "zoe@ac-dijon.fr"
    academy.person(mail, "Zoé Petit")
    with Browser() as http:
        shown = http.agree(http.sign_in(http.get(way(national)), mail))
        assert "Zoé Petit" in shown.text
        refused = http.send_form(shown, {}, "/login/academy/account/new")
        assert (refused.status_code, "ne peut pas ouvrir de compte" in refused.text) == (403, True)
        assert http.get(at(national, "/me")).url.path == "/login"
        shown = http.get(way(national, OPEN))
        mine = http.send_form(shown, {}, "/login/academy/account/new")
        assert str(mine.url) == at(national, "/me")
        assert "Zoé Petit" in mine.text
        assert "Dijon" in mine.text
    with Browser() as fresh:
        shown = fresh.sign_in(fresh.get(way(national, OPEN)), mail)
        assert str(shown.url) == at(national, "/me")
        asked = fresh.get(way(national, OPEN, again="1"))
        assert (asked.url.host, asked.url.path) == ("localhost", "/me/confirm"), "who is signed in there is asked again"
        shown = fresh.send_form(asked, {"password": PASSWORD})
        assert str(shown.url) == at(national, "/me")


def test_whom_the_academy_closed_comes_no_more(academy, national):
    mail = "leo@ac-dijon.fr"
    sub = academy.person(mail, "Léo Roux")
    with Browser() as http:
        http.send_form(http.agree(http.sign_in(http.get(way(national, OPEN)), mail)), {}, "/login/academy/account/new")
        assert "Léo Roux" in http.get(at(national, "/me")).text
        http.send_form(http.get(at(national, "/logout")), {})
        academy.command("erase", sub, "--now", "--reason", "asked for", "--yes")
        shown = http.get(way(national, OPEN))
        assert (shown.url.host, shown.url.path) == ("localhost", "/login"), "its session there is over"
        refused = http.sign_in(shown, mail)
        assert "ne vont pas ensemble" in refused.text
        assert http.get(at(national, "/me")).url.path == "/login"
