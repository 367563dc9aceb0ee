"""Nothing leaks through any door: pages, WebDAV, OCS, against the model of `test_nothing_leaks`.

For each person and each node they have no right on, each door answers as for a node that never was: the same status, the
same body once the id and the tokens of the page are taken out, the same number of queries.
"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from cartable.identity.models import Person
from cartable.spaces import homes, tree
from cartable.spaces.access import Right
from cartable.spaces.models import Grant, Node, Version
from tests.drive.wire import Device
from tests.promise.test_nothing_leaks import ABSENT, world_of_all
from tests.standing import stands
from tests.worlds import put

PEOPLE = ("ada", "bob", "eve")


@stands
def world():
    """The actors, the model of their rights, and a version and a share on what most of them may not see."""
    actors, rights = world_of_all()
    for node in Node.objects.filter(pk__in=rights, kind=0, blob__isnull=False):
        chain = {pk for pk, row in rights.items() if row["ada"]}
        if node.pk in chain:
            Version.objects.create(
                node=node, blob_id=node.blob_id, size=1, mtime=1, replaced_at="2026-01-01T00:00:00+00:00"
            )
    return actors, rights


OPEN = ("s/", "p/<id:node_id>/guest")  # to who is not signed in: tests/drive_pages, tests/pads/test_guests.py


def pages_about_a_node():
    """Return every address of a page that names one node by its id."""
    groups = (getattr(one, "url_patterns", [one]) for one in get_resolver().url_patterns)
    routes = (str(one.pattern) for group in groups for one in group if isinstance(one, URLPattern))
    return sorted(route for route in routes if "<id:node_id>" in route and not route.startswith(OPEN))


def ask(client, method, route, node):
    """Ask for a page; return its status, its body without ids or tokens, and the queries it took."""
    route = route.replace("<id:node_id>", str(node)).replace("<id:grant_id>", "999999")
    url = "/" + re.sub(r"<\w+:\w+>", "1", route)
    with CaptureQueriesContext(connection) as taken:
        answer = client.generic(method, url, b"name=x&label=x&into=1&role=7&on=1", "application/x-www-form-urlencoded")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = re.sub(rb"/f/%d\b|csrfmiddlewaretoken[^>]*|data-token=\S*|[0-9a-f]{16}" % node, b"", body)
    location = answer.headers.get("Location", "").replace(str(node), "")
    return answer.status_code, text, location, len(taken)


def test_there_are_pages_to_try():
    assert len(pages_about_a_node()) >= 15


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", pages_about_a_node())
def test_a_page_about_a_hidden_node_is_that_of_an_absent_one(world, route, method):
    actors, rights = world
    for name in PEOPLE:
        client = Client()
        client.force_login(Person.objects.get(pk=actors[name].person), "cartable.identity.credentials.ByAddress")
        client.get("/")  # whatever the first visit writes is written
        absent = ask(client, method, route, ABSENT)
        absent = ask(client, method, route, ABSENT)
        assert absent[0] in {302, 400, 404, 405}, route
        for node, row in rights.items():
            if not row[name] and node != ABSENT:
                assert ask(client, method, route, node) == absent, (name, node)


def test_a_page_needs_somebody(world):
    _, rights = world
    for route in pages_about_a_node():
        for node in rights:
            status, _, location, _ = ask(Client(), "GET", route, node)
            assert (status, location.partition("?")[0]) == (302, "/login"), route


# WebDAV and OCS, which name a node by its path


MAKING = ("PUT", "MKCOL", "LOCK")  # what is absent
METHODS = ("GET", "HEAD", "PROPFIND", "PROPPATCH", "PUT", "MKCOL", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT")
PATCH = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x/></d:prop></d:set></d:propertyupdate>'
LOCK = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
BODIES = {"PROPPATCH": PATCH, "LOCK": LOCK}


def dav(device, method, path):
    url = f"{device.home}/{path}"
    headers = {"Destination": f"{device.home}/ailleurs", "Overwrite": "F", "Lock_Token": "<opaquelocktoken:x>"}
    with CaptureQueriesContext(connection) as taken:
        reply = device.ask(method, url, BODIES.get(method, b""), **headers)
    return reply.status, reply.body.replace(path.encode(), b""), len(taken)


@pytest.mark.parametrize("method", [one for one in METHODS if one not in MAKING])
def test_a_hidden_path_answers_as_an_absent_one(world, method):
    """Bob reads Cours; `Privé` in it is closed to him. Nothing tells it from a name that nobody has."""
    actors, _ = world
    bob = Device(actors["bob"])
    bob.ask("PROPFIND", f"{bob.home}/", Depth="1")  # the names of his mounts are drawn
    for hidden, absent in (
        ("Cours/Priv%C3%A9", "Cours/Absent"),
        ("Cours/Priv%C3%A9/secret.txt", "Cours/Absent/secret.txt"),
    ):
        assert dav(bob, method, hidden) == dav(bob, method, absent)


@pytest.mark.parametrize("method", MAKING)
def test_making_something_tells_nothing_either(world, method):
    actors, _ = world
    bob = Device(actors["bob"])
    bob.ask("PROPFIND", f"{bob.home}/", Depth="1")
    for hidden, absent in (("Cours/Priv%C3%A9", "Cours/Absent"), ("Cours/Priv%C3%A9/x", "Cours/Absent/x")):
        assert dav(bob, method, hidden)[:2] == dav(bob, method, absent)[:2]


@pytest.mark.parametrize("method", METHODS)
def test_nobody_enters_the_root_of_another(world, method):
    actors, _ = world
    ada, eve = Device(actors["ada"]), Device(actors["eve"])
    paths = (f"{ada.home}/Cours", f"{ada.home}/", "/remote.php/dav/files/nobody/Cours", "/remote.php/dav/files/nobody/")
    replies = [eve.ask(method, path, BODIES.get(method, b""), Destination=f"{eve.home}/x") for path in paths]
    assert {reply.status for reply in replies} <= {403, 404, 405, 409}
    assert replies[0].status == replies[2].status
    assert replies[1].status == replies[3].status
    wrong = Device(login=ada.sub, secret="wrong")
    assert wrong.ask(method, f"{ada.home}/Cours").status == 401


def test_a_listing_over_webdav_shows_what_the_model_says(world):
    actors, rights = world
    for name in PEOPLE:
        device = Device(actors[name])
        root = homes.home_of(actors[name]).root
        shown = {
            int(values["fileid"])
            for folder in walked(device)
            for values in device.ask("PROPFIND", folder, Depth="1").properties().values()
            if values.get("fileid")
        }
        allowed = {node for node, row in rights.items() if row[name] & Right.VIEW} | {root}
        others = set(Node.objects.filter(space=homes.home_of(actors[name]).space).values_list("pk", flat=True))
        assert shown <= allowed | others, name


def walked(device):
    """Yield the folders that a client finds, from its root down."""
    todo = [f"{device.home}/"]
    while todo:
        folder = todo.pop()
        yield folder
        inside = device.ask("PROPFIND", folder, Depth="1").hrefs()
        todo += [href for href in inside if href.endswith("/") and href != folder]


SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"


def test_shares_are_told_to_who_manages_them(world):
    actors, _ = world
    devices = {name: Device(actors[name]) for name in PEOPLE}
    for grant in Grant.objects.exclude(given_by=None).filter(principal__startswith="link:"):
        for name in ("bob", "eve"):
            for method in ("GET", "PUT", "DELETE"):
                hidden = devices[name].ask(method, f"{SHARES}/{grant.pk}?format=json")
                absent = devices[name].ask(method, f"{SHARES}/999999?format=json")
                assert (hidden.status, hidden.body) == (absent.status, absent.body), (name, method)
    assert Grant.objects.filter(principal__startswith="link:").count() == 2


def test_sharing_what_is_hidden_is_sharing_what_is_absent(world):
    actors, _ = world
    bob = Device(actors["bob"])
    replies = [
        bob.ask(
            "POST",
            f"{SHARES}?format=json",
            f"path=/{path}&shareType=3",
            Content_Type="application/x-www-form-urlencoded",
        )
        for path in ("Cours/Privé", "Cours/Absent")
    ]
    assert len({(reply.status, reply.body) for reply in replies}) == 1
    assert replies[0].status == 404


def test_what_is_put_in_a_private_folder_stays_private(world):
    actors, _ = world
    ada = actors["ada"]
    secret = tree.make_folder(ada, homes.home_of(ada).root, "Secret").id
    put(ada, secret, "s.txt")
    for name in ("bob", "eve"):
        client = Client()
        client.force_login(Person.objects.get(pk=actors[name].person), "cartable.identity.credentials.ByAddress")
        for page in ("/", "/recent", "/shared", "/favorites", "/search?q=s.t", "/search?q=Secre", "/trash"):
            shown = client.get(page).content.decode()
            assert "s.txt" not in shown
            assert "Secret" not in shown
