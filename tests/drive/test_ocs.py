"""OCS: the envelope, capabilities, people, shares, sharees."""

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cartable.drive.ocs import capabilities, envelope
from cartable.drive.ocs.envelope import Answer
from cartable.drive.ocs.shares import role_of
from cartable.drive.ocs.view import STATUS
from cartable.identity import credentials, people, teams
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Refusal
from cartable.options import options, public_url
from cartable.spaces import sharing, tree
from cartable.spaces.access import Role
from cartable.spaces.models import Space
from tests.drive.wire import Device

V1, V2 = "/ocs/v1.php", "/ocs/v2.php"
SHARES = "apps/files_sharing/api/v1/shares"
FORM = "application/x-www-form-urlencoded"


def call(device, method, route, body="", *, version=V2, **headers):
    """Return the HTTP status, the one inside, and the data."""
    mark = "&" if "?" in route else "?"
    headers.setdefault("Content_Type", FORM)
    reply = device.ask(method, f"{version}/{route}{mark}format=json", body, OCS_APIRequest="true", **headers)
    ocs = json.loads(reply.body)["ocs"]
    return reply.status, ocs["meta"]["statuscode"], ocs["data"]


# The envelope


def test_the_first_version_says_200_and_100(ada):
    assert call(ada, "GET", "cloud/user", version=V1)[:2] == (200, 100)
    assert call(ada, "GET", "nothing", version=V1)[:2] == (200, 998)
    assert call(ada, "GET", "cloud/users/nobody", version=V1)[:2] == (200, 404)
    assert call(ada, "GET", "cloud/user", version=V2)[:2] == (200, 200)
    assert call(ada, "GET", "nothing", version=V2)[:2] == (404, 404)


def test_json_is_compact_as_the_desktop_searches_it(ada):
    for version in (V1, V2):
        body = ada.ask("GET", f"{version}/cloud/capabilities?format=json").body.decode()
        assert re.search(r'"statuscode":(\d+)', body)[1] in {"100", "200"}


def test_xml_is_the_default_and_json_is_asked_for(ada):
    as_xml = ada.ask("GET", f"{V2}/cloud/user")
    assert as_xml.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert as_xml.xml.findtext("data/id") == ada.sub
    assert as_xml.xml.findtext("data/enabled") == "1"
    by_header = ada.ask("GET", f"{V2}/cloud/user", Accept="application/json")
    assert json.loads(by_header.body)["ocs"]["data"]["id"] == ada.sub


@pytest.mark.parametrize("route", ["cloud/user", f"{SHARES}?path=/Cours", "core/getapppassword"])
def test_nobody_is_told_to_say_who_they_are(stranger, route):
    for version, inside in ((V1, 997), (V2, 401)):
        reply = stranger.ask("GET", f"{version}/{route}{'&' if '?' in route else '?'}format=json")
        assert (reply.status, "WWW-Authenticate" in reply.headers) == (401, True)
        assert json.loads(reply.body)["ocs"]["meta"]["statuscode"] == inside


@pytest.mark.parametrize("url", ["/ocs", "/ocs/v3.php/cloud/user", "/ocs/v2.php", "/ocs/v2.php/x/y/z", "/ocs/x"])
def test_what_is_unknown_is_answered_in_ocs(ada, url):
    reply = ada.ask("GET", url)
    assert (reply.status, reply.xml.tag, reply.xml.findtext("meta/status")) == (404, "ocs", "failure")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,5}", fullmatch=True), inside, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(VALUES, st.sampled_from([1, 2]))
def test_any_answer_is_well_formed_in_both(data, version):
    answer = Answer(data)
    assert etree.fromstring(envelope.sealed(answer, version, as_json=False)).tag == "ocs"
    assert json.loads(envelope.sealed(answer, version, as_json=True))["ocs"]["data"] == data


def test_every_refusal_has_a_status():

    assert {one for one in Refusal.__subclasses__() if one.__module__ == Refusal.__module__} <= set(STATUS)


# What anybody may ask


def test_status_says_that_we_are_here_and_which_version_we_speak(stranger):
    reply = stranger.ask("GET", "/status.php")
    said = json.loads(reply.body)
    assert said == capabilities.status()
    assert (said["installed"], said["maintenance"], said["productname"]) == (True, False, "Cartable")
    assert int(said["version"].split(".")[0]) >= 30


@pytest.mark.parametrize("url", ["/204", "/index.php/204"])
def test_the_way_to_us_is_open(stranger, url):
    reply = stranger.ask("GET", url)
    assert (reply.status, reply.body) == (204, b"")


def test_a_part_of_the_capabilities_is_known_before_signing_in(stranger, ada):
    public, private = (call(device, "GET", "cloud/capabilities")[2]["capabilities"] for device in (stranger, ada))
    assert set(public) == {"core", "theming"}
    assert set(private) >= {"core", "theming", "dav", "files", "files_sharing", "checksums"}
    assert call(Device(login="x", secret="wrong"), "GET", "cloud/capabilities")[2]["capabilities"] == public


def test_capabilities_have_the_types_that_phones_insist_on(ada):
    """Swift's decoder of NextcloudKit stops at the first value of another type."""
    said = call(ada, "GET", "cloud/capabilities", version=V1)[2]
    assert [type(said["version"][name]) for name in ("major", "minor", "micro", "string")] == [int, int, int, str]
    sharing_ = said["capabilities"]["files_sharing"]
    assert isinstance(sharing_["public"]["enabled"], bool)
    assert isinstance(sharing_["public"]["expire_date"]["days"], int)
    assert isinstance(sharing_["default_permissions"], int)
    files = said["capabilities"]["files"]
    assert [type(files[name]) for name in ("undelete", "versioning", "locking")] == [bool, bool, str]
    assert said["capabilities"]["dav"] == {"chunking": "1.0"}
    assert said["capabilities"]["core"]["status"]["version"] == capabilities.status()["version"]


def test_bulk_upload_is_not_announced(ada):
    """Desktop 3.7.3 never gets over an empty file in one."""
    assert "bulkupload" not in call(ada, "GET", "cloud/capabilities")[2]["capabilities"]["dav"]


# People


def test_one_is_named_by_an_id_that_never_changes(world, ada):
    Space.objects.filter(pk=world.space).update(quota=2014)
    status, _, data = call(ada, "GET", "cloud/user")
    assert (status, data["id"], data["display-name"], data["displayname"]) == (
        200,
        world.ada.sub,
        "Ada Lovelace",
        "Ada Lovelace",
    )
    assert (data["email"], data["enabled"], data["groups"]) == ("ada@ac-dijon.example", True, [])
    assert data["quota"] == {"free": 1007, "used": 1007, "total": 2014, "relative": 50.0, "quota": 2014}
    Space.objects.filter(pk=world.space).update(quota=-1)
    assert call(ada, "GET", "cloud/user")[2]["quota"]["quota"] == -3


def test_a_colleague_is_shown_as_the_directory_does(world, ada):
    status, _, data = call(ada, "GET", f"cloud/users/{world.bob.sub}")
    assert (status, data["id"], data["displayname"]) == (200, world.bob.sub, "Bob Dupont")
    assert "email" not in data
    assert call(ada, "GET", "cloud/users/nobody")[:2] == (404, 404)
    assert call(ada, "GET", f"cloud/users/{world.ada.sub}")[2]["email"] == "ada@ac-dijon.example"


def test_a_client_that_signs_out_loses_its_password(world, ada):
    other = Device(world.ada)
    assert call(other, "DELETE", "core/apppassword")[0] == 200
    assert other.on("PROPFIND", "/").status == 401
    assert ada.on("PROPFIND", "/").status == 207


def test_a_client_that_has_a_password_gets_no_other(ada):
    assert call(ada, "GET", "core/getapppassword")[0] == 403


def test_an_open_session_draws_no_password(world, client):
    """Nor does a link to that address on any site, which a browser follows with its cookie."""
    client.force_login(people.find(world.ada.sub))
    browser = Device()
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    assert browser.ask("GET", f"{V2}/cloud/user", Cookie=cookie).status == 200  # it is read
    reply = browser.ask("GET", f"{V2}/core/getapppassword", Cookie=cookie)
    assert (reply.status, b"<apppassword>" in reply.body) == (403, False)
    assert credentials.devices(world.ada.person) == []


def test_old_clients_get_what_they_ask_first(stranger):
    assert call(stranger, "GET", "config", version=V1)[2]["host"] == public_url().partition("://")[2]


# Shares


@pytest.mark.parametrize(
    ("bits", "role"),
    [(1, Role.READ), (17, Role.READ), (3, Role.WRITE), (5, Role.WRITE), (9, Role.WRITE), (15, Role.WRITE),
     (31, Role.WRITE), (19, Role.WRITE), (4, Role.DEPOSIT)],
)  # fmt: skip
def test_what_permission_bits_mean(bits, role):
    assert role_of(bits) == role


@pytest.mark.parametrize("bits", [0, 2, 8, 16, 10])
def test_bits_that_mean_nothing_are_refused(bits):
    with pytest.raises(BadInput):
        role_of(bits)


def test_bits_give_no_right_to_share_but_keep_it():
    assert role_of(31, Role.MANAGE) == Role.MANAGE
    assert role_of(15, Role.MANAGE) == Role.WRITE


def share(device, **fields):
    return call(device, "POST", SHARES, "&".join(f"{name}={value}" for name, value in fields.items()))


def test_a_person_is_given_a_folder(world, ada, eve):
    status, inside, data = share(ada, path="/Cours", shareType=0, shareWith=world.eve.sub, permissions=15, note="Voilà")
    assert (status, inside) == (200, 200)
    expected = {
        "share_type": 0, "uid_owner": world.ada.sub, "displayname_owner": "Ada Lovelace", "permissions": 15,
        "can_edit": True, "can_delete": True, "token": None, "expiration": None, "uid_file_owner": world.ada.sub,
        "note": "Voilà", "path": "/Cours", "item_type": "folder", "item_source": world.cours, "file_source": world.cours,
        "share_with": world.eve.sub, "share_with_displayname": "Eve Martin", "hide_download": 0,
    }  # fmt: skip
    assert {name: data[name] for name in expected} == expected
    assert isinstance(data["id"], str)
    assert call(ada, "GET", f"{SHARES}/{data['id']}")[2] == [data]
    assert eve.on("PUT", "/Cours/x", b"x").status == 201


def test_a_team_and_a_structure_are_groups(world, ada):
    team = teams.form(world.ada, "Équipe")
    ada = Device(people.actor(people.find("ada@ac-dijon.example")))
    data = share(ada, path="/Cours", shareType=1, shareWith=f"team:{team.pk}", permissions=1)[2]
    assert (data["share_type"], data["share_with"], data["share_with_displayname"]) == (1, f"team:{team.pk}", "Équipe")
    assert share(ada, path="/Cours", shareType=1, shareWith="everyone", permissions=1)[0] == 200


def test_a_file_is_shared_with_the_bits_of_a_file(world, ada):
    data = share(ada, path="/Archives/note.txt", shareType=0, shareWith=world.eve.sub, permissions=19)[2]
    assert (data["permissions"], data["item_type"], data["mimetype"]) == (3, "file", "text/plain")


def test_a_link_is_made_with_its_password_and_last_day(world, ada):
    status, _, data = share(
        ada, path="/Cours", shareType=3, password="s%C3%A9same", expireDate="2199-12-31", label="Parents", permissions=1
    )
    assert status == 200
    assert (data["share_type"], data["expiration"], data["label"]) == (3, "2199-12-31 00:00:00", "Parents")
    assert (data["url"], data["share_with"]) == (f"{public_url()}/s/{data['token']}", "***")
    assert sharing.follow(data["token"], "sésame")[1].role == Role.READ


def test_a_link_ends_as_the_site_says_unless_its_author_does(world, ada):
    data = share(ada, path="/Cours", shareType=3)[2]
    kept = sharing.one(world.ada, int(data["id"]))
    assert abs(kept.expires_at - clock.now() - timedelta(days=options.link_days)) < timedelta(minutes=1)
    assert share(ada, path="/Cours", shareType=3, expireDate="")[2]["expiration"] is None


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({"permissions": 1}, Role.READ),
        ({"permissions": 17}, Role.READ),
        ({"publicUpload": "true"}, Role.WRITE),
        ({"permissions": 15}, Role.WRITE),
        ({"permissions": 4}, Role.DEPOSIT),
        ({"hideDownload": "true"}, Role.VIEW),
    ],
)
def test_kinds_of_links(world, ada, fields, role):
    data = share(ada, path="/Cours", shareType=3, **fields)[2]
    assert sharing.one(world.ada, int(data["id"])).role == role


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("permissions=15", {"permissions": 15}),
        ("permissions=4", {"permissions": 4}),
        ("publicUpload=true", {"permissions": 15}),
        ("hideDownload=true", {"hide_download": 1}),
        ("password=x", {"share_with": "***"}),
        ("expireDate=2199-01-31", {"expiration": "2199-01-31 00:00:00"}),
        ("expireDate=", {"expiration": None}),
        ("label=Nom", {"label": "Nom"}),
        ("note=Mot", {"note": "Mot"}),
        ("", {"permissions": 1}),
    ],
)
def test_one_field_is_changed_at_a_time(world, ada, form, wanted):
    number = share(ada, path="/Cours", shareType=3, note="Avant")[2]["id"]
    status, _, data = call(ada, "PUT", f"{SHARES}/{number}", form)
    assert (status, {name: data[name] for name in wanted}) == (200, wanted)
    assert data["note"] == wanted.get("note", "Avant")


def test_fields_come_as_json_too(world, ada):
    body = json.dumps({"path": "/Cours", "shareType": 3, "hideDownload": True, "label": None})
    status, _, data = call(ada, "POST", SHARES, body, Content_Type="application/json")
    assert (status, data["hide_download"]) == (200, 1)
    for nonsense in ("[", "[]", '"x"'):
        assert call(ada, "POST", SHARES, nonsense, Content_Type="application/json")[0] == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"path": "/absent", "shareType": 3}, 404),
        ({"shareType": 0, "shareWith": "nobody"}, 404),
        ({"shareType": 1, "shareWith": "team:999"}, 404),
        ({"shareType": 1, "shareWith": "person:1"}, 400),
        ({"shareType": 6, "shareWith": "a@b"}, 400),
        ({"shareType": "x"}, 400),
        ({}, 400),
        ({"shareType": 3, "permissions": 2}, 400),
        ({"shareType": 3, "permissions": "all"}, 400),
        ({"shareType": 3, "expireDate": "tomorrow"}, 400),
        ({"shareType": 3, "expireDate": "2020-01-01"}, 400),
        ({"shareType": 3, "expireDate": "2199-02-31"}, 400),
        ({"path": "/Archives/note.txt", "shareType": 3, "permissions": 4}, 400),
    ],
)
def test_a_share_that_cannot_be_is_refused_with_a_sentence(world, ada, fields, status):
    before = sharing.given_by(world.ada)
    body = "&".join(f"{name}={value}" for name, value in ({"path": "/Cours"} | fields).items())
    reply = ada.ask("POST", f"{V2}/{SHARES}", body, Content_Type=FORM)
    assert (reply.status, bool(reply.xml.findtext("meta/message"))) == (status, True)
    assert sharing.given_by(world.ada) == before


def test_who_may_not_share_shares_nothing(world, bob, eve):
    assert share(bob, path="/Archives", shareType=0, shareWith=world.eve.sub, permissions=1)[0] == 403
    assert share(bob, path="/Cours", shareType=3)[0] == 403
    [given] = sharing.of(world.ada, world.cours)
    assert call(bob, "PUT", f"{SHARES}/{given.id}", "permissions=31")[0] == 403
    assert call(eve, "PUT", f"{SHARES}/{given.id}", "permissions=31")[0] == 404
    assert call(eve, "GET", f"{SHARES}/{given.id}")[0] == 404
    assert call(eve, "DELETE", f"{SHARES}/{given.id}")[0] == 404
    assert sharing.of(world.ada, world.cours) == [given]


def test_shares_are_listed_each_way(world, ada, bob, eve):
    def sources(device, query):
        return [one["path"] for one in call(device, "GET", f"{SHARES}{query}")[2]]

    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    assert sorted(sources(ada, "")) == ["/Archives", "/Cours", "/Cours/Maths"]
    assert sources(ada, "?path=/Cours&reshares=true") == ["/Cours"]
    assert sources(ada, "?path=/Cours&subfiles=true") == ["/Cours/Maths"]
    assert sources(ada, "?path=/Cours/Maths/devoir.pdf") == []
    assert sources(ada, "/inherited?path=/Cours/Maths/devoir.pdf") == ["/Cours/Maths", "/Cours"]
    assert sources(bob, "?path=/Cours") == []
    assert sources(bob, "/inherited?path=/Cours/Maths") == []
    assert sorted(sources(bob, "?shared_with_me=true")) == ["/Archives", "/Cours"]
    assert sources(bob, "?shared_with_me=true&path=/Cours") == ["/Cours"]
    assert sources(eve, "?shared_with_me=true") == ["/Maths"]
    for empty in ("/pending", "?path=/Archives/note.txt"):
        assert sources(ada, empty) == []
    assert call(ada, "GET", "apps/files_sharing/api/v1/remote_shares")[2] == []
    assert call(ada, "GET", f"{SHARES}?path=/absent")[0] == 404


def test_a_share_is_taken_back_by_its_author_and_given_up_by_who_has_it(world, ada, bob):
    cours, archives = (sharing.of(world.ada, node)[0].id for node in (world.cours, world.archives))
    assert call(ada, "DELETE", f"{SHARES}/{cours}")[0] == 200
    assert bob.on("PROPFIND", "/Cours").status == 404
    assert call(bob, "DELETE", f"{SHARES}/{archives}")[0] == 200
    assert bob.on("PROPFIND", "/Archives").status == 404


def test_a_list_of_shares_costs_the_same_whatever_its_length(world, ada, django_assert_max_num_queries):
    for number in range(30):
        made = tree.make_folder(world.ada, world.root, f"d{number}").id
        sharing.give(world.ada, made, f"person:{world.bob.person}", Role.READ)
    call(ada, "GET", SHARES)
    with django_assert_max_num_queries(16):
        assert len(call(ada, "GET", SHARES)[2]) == 32


# Sharees


def sharees(device, text, more=""):
    return call(device, "GET", f"apps/files_sharing/api/v1/sharees?search={text}&itemType=file{more}")[2]


def test_people_are_found_by_name_with_what_tells_homonyms_apart(world, ada):
    found = sharees(ada, "bob")
    assert [one["value"] for one in found["users"]] == [{"shareType": 0, "shareWith": world.bob.sub}]
    assert found["users"][0]["label"] == "Bob Dupont"
    assert sharees(ada, "Bob%20Dupont")["exact"]["users"][0]["value"]["shareWith"] == world.bob.sub
    assert sharees(ada, "bob@ac-dijon.example")["exact"]["users"][0]["value"]["shareWith"] == world.bob.sub
    assert sharees(ada, "ada") == sharees(ada, "") == sharees(ada, "zzzz")
    assert set(found) >= {"exact", "users", "groups", "emails", "remotes", "circles", "rooms", "lookup"}


def test_groups_are_found_and_kinds_are_chosen(world, ada):
    teams.form(world.ada, "Boboland", [people.find("bob@ac-dijon.example")])
    ada = Device(people.actor(people.find("ada@ac-dijon.example")))
    both = sharees(ada, "bob")
    assert (len(both["users"]), len(both["groups"])) == (1, 1)
    only = sharees(ada, "bob", "&shareType[]=1")
    assert (len(only["users"]), len(only["groups"])) == (0, 1)
    assert len(sharees(ada, "bob", "&perPage=1")["users"]) == 1
    assert call(ada, "GET", "apps/files_sharing/api/v1/sharees_recommended")[2]["users"] == []


def test_a_client_is_told_the_language_of_its_person(world, ada):
    people.speak(people.find(ada.sub), "en")
    assert ada.ask("GET", "/ocs/v2.php/cloud/user?format=json").body.find(b'"language":"en"') > 0
