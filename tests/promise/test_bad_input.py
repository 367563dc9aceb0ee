"""Whatever is sent from outside is at worst refused, in its protocol's own form: never an error of ours.

Every address of a page, every field that a page reads, and every place of the protocols that takes a number or a text, with
what databases and Python do not bear: digits that are none, numbers beyond 64 bits and beyond 4,300 digits, NUL, long texts.
"""

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

import cartable
from cartable.identity import postings, roles
from cartable.identity.delegations import Role
from cartable.identity.models import Person, Structure
from cartable.kernel import given
from cartable.kernel.errors import BadInput
from cartable.spaces import sharing, trash
from tests.drive.wire import Device
from tests.offices import every_form
from tests.worlds import academies, put

BAD = [
    "²",
    "-1",
    "1e30",
    str(2**53),
    str(2**63),
    "9" * 25,
    "9" * 5000,
    "a\0b",
    "\0",
    "é" * 3000,
    "9999-12-31",
    "0001-01-01",
    "0000-00-00",
]
SOURCES = "\n".join(path.read_text() for path in Path(cartable.__file__).parent.rglob("*.py"))
FIELDS = sorted(
    {
        *re.findall(r"""(?:GET|POST|form)(?:\.get(?:list)?\(|\[)"([a-zA-Z\[\]]+)\"""", SOURCES),
        *(name for one in every_form() for name in one.base_fields),
        *("structure-chosen", "structure-for", "structures-chosen"),
    }
)
bad = pytest.mark.parametrize("value", BAD, ids=lambda value: repr(value[:12]))


@pytest.fixture
def ada(world):
    """The browser of somebody to whom every page is open, administration too, and who has just shown that it is they."""
    academies()
    person, ministry = Person.objects.get(pk=world.ada.person), Structure.objects.get(kind=Structure.Kind.MINISTRY)
    postings.begin(person, ministry)
    for role in (Role.ADMIN, Role.AUDITOR, Role.DPO):
        roles.give(None, person, role, ministry)
    client = Client(raise_request_exception=False)
    client.force_login(Person.objects.get(pk=person.pk), "cartable.identity.credentials.ByAddress")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def routes():
    groups = (getattr(one, "url_patterns", [one]) for one in get_resolver().url_patterns)
    return sorted({str(one.pattern) for group in groups for one in group if isinstance(one, URLPattern)})


def test_there_are_routes_and_fields_to_try():
    assert len(routes()) > 60
    assert {"q", "node", "nodes", "at", "principal", "downloads", "until", "label", "page", "path"} <= {*FIELDS}


@bad
def test_an_address_that_names_nothing(ada, value):
    for route in routes():
        url = "/" + re.sub(r"<[^>]*>", lambda _: quote(value[:3000], safe=""), route)
        for method in ("GET", "POST"):
            status = ada.generic(method, url).status_code
            assert status < 500, (method, url)
            unread = (
                {400} if route.startswith("pads/history/") and method == "POST" else set()
            )  # HedgeDoc's form is read first
            assert status in {302, 404, 405, 410, *unread} or "<" not in route, (method, url, status)


@bad
def test_a_field_that_says_nothing(world, ada, value):
    """Each field of each page, beside others that are right."""
    link = sharing.make_link(world.ada, world.note)
    right = {"node": world.note, "into": world.cours, "role": "3", "name": "x", "principal": "everyone", "sure": "1"}
    things = {
        "node_id": world.archives,
        "grant_id": link.id,
        "token": link.link,
        "version_id": 1,
        "team_id": 1,
        "sub": world.bob.sub,
    }
    for route in routes():
        if route.startswith(("me/", "log")):
            continue  # of the account; below
        url = "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(things.get(found[1], 1)), route)
        for fields in (dict.fromkeys(FIELDS, value), {**dict.fromkeys(FIELDS, value), **right}):
            for ask in (ada.get, ada.post):
                answer = ask(url, fields)
                assert answer.status_code < 500, (url, fields)
                if answer.streaming:
                    list(answer.streaming_content)  # read to its end, it closes its file


@bad
@pytest.mark.parametrize("route", ["login", "me/password", "me/confirm", "me/devices/new", "me/language", "language"])
def test_a_form_of_the_account(ada, route, value):
    fields = ("login", "password", "oldpassword", "password1", "password2", "label", "language", "next")
    for client in (ada, Client(raise_request_exception=False)):
        assert client.post(f"/{route}", dict.fromkeys(fields, value)).status_code < 500


@bad
def test_a_link_of_a_stranger(world, value):
    link = sharing.make_link(world.ada, world.archives, password="sésame").link
    stranger = Client(raise_request_exception=False)
    assert stranger.post(f"/s/{link}", {"password": value}).status_code == 403
    assert stranger.get(f"/s/{quote(value, safe='')}").status_code in {404, 410}


# WebDAV


PATCH = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:lastmodified>{}</d:lastmodified></d:prop></d:set></d:propertyupdate>'
SEARCH = (
    '<d:searchrequest xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:basicsearch><d:select><d:prop><d:getetag/></d:prop>'
    "</d:select><d:where><d:{0}><d:prop><{1}/></d:prop><d:literal>{2}</d:literal></d:{0}></d:where>"
    "<d:limit><d:nresults>{2}</d:nresults></d:limit></d:basicsearch></d:searchrequest>"
)


@bad
def test_webdav_answers_in_its_own_form(world, value):
    ada = Device(world.ada)
    trash.discard(world.ada, put(world.ada, world.root, "gone").id)
    dav, at = "/remote.php/dav", quote(value, safe="")
    asked = [
        ("DELETE", f"{dav}/trashbin/{ada.sub}/trash/a.d{at}", {}, b""),
        ("PROPFIND", f"{dav}/versions/{ada.sub}/versions/{at}", {}, b""),
        ("GET", f"{dav}/versions/{ada.sub}/versions/{world.note}/{at}", {}, b""),
        ("MKCOL", f"{dav}/uploads/{ada.sub}/{at}", {}, b""),
        ("PUT", f"{dav}/uploads/{ada.sub}/{at}/1", {}, b"x"),
        ("PROPFIND", f"{dav}/files/{at}/", {}, b""),
        ("PROPFIND", f"{ada.home}/{at}", {}, b""),
        ("PUT", f"{ada.home}/{at}/x", {}, b"x"),
        ("PROPFIND", f"/public.php/dav/files/{at}/", {}, b""),
        ("MOVE", f"{ada.home}/Archives/note.txt", {"Destination": f"{ada.home}/{at}/x"}, b""),
    ]
    if "\0" not in value and value.isascii():  # what a header can say
        asked += [
            ("MKCOL", f"{dav}/uploads/{ada.sub}/x", {"OC_Total_Length": value}, b""),
            ("GET", f"{ada.home}/Archives/note.txt", {"Range": f"bytes={value}-"}, b""),
            ("GET", f"{ada.home}/Archives/note.txt", {"Range": f"bytes=-{value}"}, b""),
            ("PUT", f"{ada.home}/Archives/new.txt", {"X_OC_Mtime": value}, b"x"),
            ("PROPFIND", f"{ada.home}/", {"Depth": value}, b""),
            ("PUT", f"{ada.home}/Archives/new.txt", {"OC_Checksum": f"SHA1:{value}"}, b"x"),
            ("PUT", f"{ada.home}/Archives/new.txt", {"If": value}, b"x"),
        ]
    if "\0" not in value:
        asked += [
            ("PROPPATCH", f"{ada.home}/Archives/note.txt", {}, PATCH.format(value)),
            ("SEARCH", f"{dav}/", {}, SEARCH.format("like", "d:displayname", value)),
            ("SEARCH", f"{dav}/", {}, SEARCH.format("eq", "oc:fileid", value)),
            ("SEARCH", f"{dav}/", {}, SEARCH.format("gt", "d:getlastmodified", value)),
            ("SEARCH", f"{dav}/", {}, SEARCH.format("like", "d:getcontenttype", f"image/{value}")),
        ]
    for method, url, headers, body in asked:
        reply = ada.ask(method, url, body, **headers)
        assert reply.status < 500 or reply.status == 501, (method, url)
        assert reply.status < 400 or reply.status in {404, 416} or reply.message, (method, url, reply.body)


@pytest.mark.parametrize("login", ["a\0b", "²", "é" * 3000])
def test_credentials_that_are_none(world, login):
    assert Device(login=login, secret="x\0").ask("PROPFIND", "/remote.php/dav/files/x/").status == 401
    assert Device(login=login, secret="x").ask("PROPFIND", "/public.php/webdav/").status in {401, 404}


# OCS


SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"


@bad
def test_ocs_answers_in_its_own_form(world, value):
    ada = Device(world.ada)
    link = sharing.make_link(world.ada, world.note)
    at = quote(value, safe="")
    asked = [("GET", f"{SHARES}/{at}", ""), ("GET", f"/ocs/v2.php/cloud/users/{at}", "")]
    asked += [("GET", f"/ocs/v2.php/apps/files_sharing/api/v1/sharees?search={at}&perPage={at}&shareType={at}", "")]
    asked += [("GET", f"{SHARES}?path={at}", "")]
    for field in ("path", "shareType", "permissions", "expireDate", "label", "note", "password", "hideDownload"):
        asked += [("POST", SHARES, {"path": "/Archives/note.txt", "shareType": "3", field: value})]
        asked += [("PUT", f"{SHARES}/{link.id}", {field: value})]
    for kind in "01":
        for who in (value, f"team:{value}", f"structure:{value}"):
            asked += [("POST", SHARES, {"path": "/Archives/note.txt", "shareType": kind, "shareWith": who})]
    for method, url, fields in asked:
        body = "&".join(f"{name}={quote(text)}" for name, text in fields.items()) if fields else ""
        reply = ada.ask(method, url, body, Content_Type="application/x-www-form-urlencoded")
        assert reply.status < 500, (method, url, fields)
        assert reply.xml.find("meta/statuscode") is not None, (method, url)


# The one place


@pytest.mark.parametrize("raw", ["", " 1", "+1", "-1", "1.0", "²", "\u0661", "1_0", str(2**53), "9" * 5000, "a\0"])
def test_what_is_no_whole_number(raw):
    with pytest.raises(BadInput):
        given.whole(raw)


def test_whole_numbers_up_to_the_largest():
    assert [given.whole(one) for one in ("0", "007", str(2**53 - 1))] == [0, 7, 2**53 - 1]
    assert given.whole("12", most=12) == 12
    with pytest.raises(BadInput):
        given.whole("13", most=12)


@pytest.mark.parametrize("raw", ["a\0b", "a\x1bb", "a" * 11, "\ud800"])
def test_what_is_no_text(raw):
    with pytest.raises(BadInput):
        given.text(raw, 10)


def test_texts_keep_their_lines():
    assert given.text("  a\nb\tc ", 10) == "a\nb\tc"


@pytest.mark.parametrize(
    "raw",
    ["", "2026-02-30", "9999-12-31", "2201-01-01", "1899-12-31", "0001-01-01", "20261231x", "2026-1", "12/31/2026"],
)
def test_what_is_no_day(raw):
    with pytest.raises(BadInput):
        given.day(raw)


def test_the_converters_of_addresses_are_the_only_ones():
    """`<int:…>` and `<str:…>` let through what databases do not bear."""
    bare = [one for one in routes() if re.search(r"<(int|str|slug):", one) and not one.startswith("words/")]
    assert bare == []
    assert "cartable.kernel" in settings.INSTALLED_APPS
