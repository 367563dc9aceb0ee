"""Properties that clients keep, stars and dates: all or nothing."""

import sys

import pytest

from cartable.spaces import paths, properties
from tests.drive.wire import NAMES, asking

NOTE = "/Archives/note.txt"
SPACES = "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMES.items()) + ' xmlns:x="urn:x"'


def patch(*actions):
    return f"<d:propertyupdate{SPACES}>{''.join(actions)}</d:propertyupdate>"


def kept(*elements):
    return f"<d:set><d:prop>{''.join(elements)}</d:prop></d:set>"


def dropped(*elements):
    return f"<d:remove><d:prop>{''.join(elements)}</d:prop></d:remove>"


def outcomes(reply):
    return {
        one.tag: propstat.findtext("d:status", namespaces=NAMES).split()[1]
        for propstat in reply.xml.findall(".//d:propstat", NAMES)
        for one in propstat.find("d:prop", NAMES)
    }


def dead(device, path):
    body = f"<d:propfind{SPACES}><d:prop><x:color/><x:size/></d:prop></d:propfind>"
    return next(iter(device.on("PROPFIND", path, body, Depth="0").properties().values()))


def test_a_property_is_kept_read_and_forgotten(world, ada, bob):
    before = ada.etag(NOTE)
    reply = ada.on("PROPPATCH", NOTE, patch(kept("<x:color>red</x:color>", "<x:size><x:w>1</x:w></x:size>")))
    assert (reply.status, set(outcomes(reply).values())) == (207, {"200"})
    assert dead(bob, NOTE)["color"] == "red"
    assert dead(bob, NOTE)["size"][0].text == "1"
    assert ada.etag(NOTE) == before
    assert ada.on("PROPPATCH", NOTE, patch(dropped("<x:color/>", "<x:never/>"))).status == 207
    assert "color" not in dead(ada, NOTE)


def test_properties_show_where_all_is_asked_and_their_names_where_names_are(ada):
    ada.on("PROPPATCH", NOTE, patch(kept("<x:color>100 %s</x:color>")))
    assert ada.listing("/Archives")["note.txt"]["color"] == "100 %s"
    names = ada.on("PROPFIND", NOTE, f"<d:propfind{SPACES}><d:propname/></d:propfind>", Depth="0").properties()
    assert next(iter(names.values()))["color"] == ""


def test_properties_follow_a_move_and_a_copy(ada):
    ada.on("PROPPATCH", "/Cours/Maths", patch(kept("<x:color>red</x:color>")))
    ada.on("COPY", "/Cours", Destination=ada.to("/Copie"))
    ada.on("MOVE", "/Cours/Maths", Destination=ada.to("/Maths"))
    assert dead(ada, "/Maths")["color"] == dead(ada, "/Copie/Maths")["color"] == "red"


def test_what_is_ours_cannot_be_set_and_makes_all_fail(world, ada):
    reply = ada.on(
        "PROPPATCH", NOTE, patch(kept("<x:color>red</x:color>", "<d:getetag>x</d:getetag>", "<oc:id>1</oc:id>"))
    )
    assert outcomes(reply) == {"{DAV:}getetag": "403", f"{{{NAMES['oc']}}}id": "403", "{urn:x}color": "424"}
    assert properties.of([world.note]) == {}
    assert outcomes(ada.on("PROPPATCH", NOTE, patch(dropped("<d:getlastmodified/>")))) == {
        "{DAV:}getlastmodified": "403"
    }


@pytest.mark.parametrize("name", ["lastmodified", "getlastmodified"])
def test_a_date_is_given_and_changes_the_etag(world, ada, name):
    before, above = ada.etag(NOTE), ada.etag("/")
    reply = ada.on("PROPPATCH", NOTE, patch(kept(f"<d:{name}>1700000000</d:{name}>")))
    assert set(outcomes(reply).values()) == {"200"}
    assert paths.find(world.ada, NOTE).entry.mtime == 1700000000
    assert ada.etag(NOTE) != before
    assert ada.etag("/") != above


@pytest.mark.parametrize("date", ["yesterday", "", "inf"])
def test_what_is_no_date_is_refused(world, ada, date):
    before = paths.find(world.ada, NOTE).entry
    assert ada.on("PROPPATCH", NOTE, patch(kept(f"<d:lastmodified>{date}</d:lastmodified>"))).status == 400
    assert paths.find(world.ada, NOTE).entry == before


def test_a_star_needs_no_right_to_write(world, bob):
    path = "/Cours/Maths"
    assert bob.on("PROPPATCH", path, patch(kept("<oc:favorite>1</oc:favorite>"))).status == 207
    assert bob.listing(path, "oc:favorite", depth=0)[""]["favorite"] == "1"
    bob.on("PROPPATCH", path, patch(dropped("<oc:favorite/>")))
    assert bob.listing(path, "oc:favorite", depth=0)[""]["favorite"] == "0"


def test_too_much_is_not_kept(world, ada):
    assert ada.on("PROPPATCH", NOTE, patch(kept(f"<x:a>{'x' * 70_000}</x:a>"))).status == 413
    many = [f"<x:p{number}/>" for number in range(201)]
    assert ada.on("PROPPATCH", NOTE, patch(kept(*many))).status == 413
    assert properties.of([world.note]) == {}


def test_conditions_hold_for_properties_too(world, ada):
    assert ada.on("PROPPATCH", NOTE, patch(kept("<x:a/>")), If_Match='"x"').status == 412
    assert ada.on("PROPPATCH", "/absent", patch(kept("<x:a/>"))).status == 404


def test_a_listing_looks_for_kept_properties_only_where_they_are_asked_for(world, ada, django_assert_num_queries):
    ada.on("PROPFIND", "/")
    with django_assert_num_queries(3):
        ada.on("PROPFIND", "/Archives", asking("d:getetag", "oc:unknown", "nc:unknown"), Depth="0")
    with django_assert_num_queries(4):
        dead(ada, "/Archives")


def test_a_listing_opens_no_file_and_asks_no_zone_twice(world, ada):
    opened = []
    watching = False
    sys.addaudithook(lambda event, given: opened.append(given[0]) if watching and event == "open" else None)
    ada.on("PROPFIND", "/Archives", Depth="0")
    watching = True
    reply = ada.on("PROPFIND", "/Archives", Depth="0")
    watching = False
    assert reply.status == 207
    assert opened == []
