"""What listings say, and what they cost."""

import gzip
import hashlib
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from cartable.identity import people, teams
from cartable.spaces import homes, listing, mounts, paths, sharing, tree
from cartable.spaces.access import Right, Role
from cartable.spaces.models import Grant, Space
from tests.drive.wire import NAMES, Device, asking
from tests.worlds import person, put

DESKTOP = (  # Nextcloud desktop 3.7.3, at each folder
    "d:resourcetype", "d:getlastmodified", "d:getcontentlength", "d:getetag", "oc:size", "oc:id", "oc:fileid",
    "oc:downloadURL", "oc:dDC", "oc:permissions", "oc:checksums", "oc:share-types", "nc:lock",
    "nc:lock-owner-displayname", "nc:lock-owner", "nc:lock-owner-type", "nc:lock-owner-editor", "nc:lock-time",
    "nc:lock-timeout",
)  # fmt: skip


def cost(device, path, *names, depth=1):
    device.on("PROPFIND", "/", Depth="0")  # the use of the app password is noted once an hour
    with CaptureQueriesContext(connection) as queries:
        reply = device.on("PROPFIND", path, asking(*names), Depth=str(depth))
    assert reply.status == 207
    return len(queries)


# The traps of clients (LsColXMLParser of desktop 3.7.3)


def test_the_type_is_what_desktop_clients_look_for_to_the_letter(ada):
    assert ada.on("PROPFIND", "/").headers["Content-Type"] == "application/xml; charset=utf-8"


def test_the_resource_itself_comes_first_and_folders_end_in_a_slash(ada):
    put_path = f"{ada.home}/Archives"
    reply = ada.on("PROPFIND", "/Archives", asking(*DESKTOP), Depth="1")
    assert reply.hrefs() == [f"{put_path}/", f"{put_path}/note.txt"]
    assert ada.on("PROPFIND", "/", Depth="1").hrefs() == [f"{ada.home}/{name}" for name in ("", "Archives/", "Cours/")]


def test_there_is_one_propstat_of_what_is_and_one_of_what_is_not(ada):
    for response in ada.on("PROPFIND", "/Archives", asking(*DESKTOP), Depth="1").xml:
        assert [one.findtext("d:status", namespaces=NAMES) for one in response.findall("d:propstat", NAMES)] == [
            "HTTP/1.1 200 OK",
            "HTTP/1.1 404 Not Found",
        ]
        found = [etree.QName(one).localname for one in response.iterfind("d:propstat/d:prop/*", NAMES)]
        assert len(found) == len(set(found)) == len(DESKTOP)


def test_no_address_is_given_to_send_a_password_to(ada):
    for values in ada.listing("/Archives", *DESKTOP).values():
        assert "downloadURL" not in values
        assert "dDC" not in values


def test_the_etag_of_a_folder_is_the_same_in_its_parent_and_by_itself(world, ada, bob):
    for device, folders in ((ada, ["Cours", "Archives"]), (bob, ["Cours", "Archives"])):
        above = device.listing("/", "d:getetag")
        assert [above[name]["getetag"] for name in folders] == [device.etag(f"/{name}") for name in folders]


def test_a_change_anywhere_below_changes_every_etag_above_also_of_who_has_it_mounted(world, ada, bob):
    before = [ada.etag("/"), ada.etag("/Cours"), ada.etag("/Cours/Maths"), bob.etag("/"), bob.etag("/Cours")]
    other = ada.etag("/Archives")
    put(world.ada, world.maths, "new.txt")
    after = [ada.etag("/"), ada.etag("/Cours"), ada.etag("/Cours/Maths"), bob.etag("/"), bob.etag("/Cours")]
    assert not set(before) & set(after)
    assert ada.etag("/Archives") == other


def test_a_right_that_changes_shows_in_the_etags(world, ada, bob):
    before = bob.etag("/"), bob.etag("/Cours")
    sharing.give(world.ada, world.cours, f"person:{world.bob.person}", Role.WRITE)
    assert bob.etag("/") != before[0]
    assert bob.etag("/Cours") != before[1]


def test_names_come_back_as_they_were_given(world, ada):
    names = [
        "a & b.txt",
        "100 %.txt",
        "<é>.txt",
        "œuvre “x”.txt",
        "𝄞.txt",
        "a#b?c.txt",
        "+.txt",
        "fin\ufffe.txt",
        "%41.txt",
    ]
    for name in names:
        put(world.ada, world.maths, name)
    found = ada.listing("/Cours/Maths", "d:displayname")
    assert sorted(unquote(href) for href in found if href) == sorted([*names, "devoir.pdf"])
    shown = {values["displayname"] for values in found.values()}
    assert {name.replace("\ufffe", "\ufffd") for name in names} <= shown


# Values


def test_a_file_and_a_folder_as_clients_know_them(world, ada):
    found = ada.listing("/Archives", *DESKTOP)
    node = paths.find(world.ada, "/Archives/note.txt").entry
    assert found["note.txt"] | {"getlastmodified": ""} == {
        "resourcetype": "", "getlastmodified": "", "getcontentlength": "7", "getetag": f'"{node.etag}"', "size": "7",
        "id": f"{world.note:08d}cartable", "fileid": str(world.note), "permissions": "RGDNVW",
        "checksums": found["note.txt"]["checksums"], "share-types": "", "lock": "", "lock-owner-displayname": "",
        "lock-owner": "", "lock-owner-type": "", "lock-owner-editor": "", "lock-time": "", "lock-timeout": "",
    }  # fmt: skip
    sums = found["note.txt"]["checksums"].findtext("oc:checksum", namespaces=NAMES)
    assert sums == f"SHA1:{hashlib.sha1(b'bonjour').hexdigest()}"
    assert found[""]["resourcetype"].find("d:collection", NAMES) is not None
    assert (found[""]["size"], found[""]["permissions"]) == ("7", "RGDNVCK")
    assert "getcontentlength" not in found[""]
    assert [one.text for one in found[""]["share-types"]] == ["0"]


def test_permissions_say_what_one_may_do(world, ada, bob):
    def of(device, path):
        return device.listing(path, "oc:permissions", depth=0)[""]["permissions"]

    assert of(ada, "/") == "RGCK"
    assert of(ada, "/Cours") == "RGDNVCK"
    assert of(bob, "/Cours") == "SMGDN"
    assert of(bob, "/Cours/Maths") == "SG"
    assert of(bob, "/Cours/Maths/devoir.pdf") == "SG"
    assert of(bob, "/Archives") == "SMGDNCK"
    assert of(bob, "/Archives/note.txt") == "SGDNVW"
    listed = bob.listing("/", "oc:permissions", "nc:is-mount-root", "nc:mount-type")
    assert listed["Cours"] == {"permissions": "SMGDN", "is-mount-root": "true", "mount-type": "shared"}
    assert listed[""]["is-mount-root"] == "false"


def test_a_team_shows_as_a_group(world):
    team = teams.form(world.ada, "Équipe")
    ada = people.actor(people.find("ada@ac-dijon.example"))
    homes.home(f"team:{team.pk}")
    found = Device(ada).listing("/", "nc:mount-type", "oc:permissions", "oc:owner-id", "oc:owner-display-name")
    assert found["%C3%89quipe"] == {
        "mount-type": "group", "permissions": "SRMGDNCK", "owner-id": f"team:{team.pk}",
        "owner-display-name": "Équipe",
    }  # fmt: skip


def test_owners_room_and_bits(world, bob):
    Space.objects.filter(pk=world.space).update(quota=2000)
    names = ("oc:owner-id", "oc:owner-display-name", "d:quota-used-bytes", "d:quota-available-bytes")
    found = bob.listing("/Archives", *names, "ocs:share-permissions")[""]
    assert found == {
        "owner-id": world.ada.sub, "owner-display-name": "Ada Lovelace", "quota-used-bytes": "7",
        "quota-available-bytes": "993", "share-permissions": "15",
    }  # fmt: skip
    Space.objects.filter(pk=world.space).update(quota=-1)
    assert bob.listing("/Archives", *names)[""]["quota-available-bytes"] == "-3"


def test_who_may_not_share_does_not_see_with_whom_it_is_shared(world, ada, bob):
    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    sharing.make_link(world.ada, world.maths)
    mine = ada.listing("/Cours", "oc:share-types", "nc:sharees")["Maths"]
    assert sorted(one.text for one in mine["share-types"]) == ["0", "3"]
    assert [one.findtext("nc:display-name", namespaces=NAMES) for one in mine["sharees"]] == ["Eve Martin"]
    assert bob.listing("/Cours", "oc:share-types", "nc:sharees")["Maths"] == {"share-types": "", "sharees": ""}


def test_a_restored_backup_shows_in_the_fingerprint(world, ada):
    assert ada.listing("/", "oc:data-fingerprint", depth=0)[""]["data-fingerprint"] == ""
    Space.objects.filter(pk=world.space).update(epoch=2)
    assert ada.listing("/", "oc:data-fingerprint", depth=0)[""]["data-fingerprint"] == "2"


def test_a_star_is_ones_own(world, ada, bob):
    listing.star(world.bob, world.maths, on=True)
    assert bob.listing("/Cours", "oc:favorite")["Maths"]["favorite"] == "1"
    assert ada.listing("/Cours", "oc:favorite")["Maths"]["favorite"] == "0"


def test_without_a_body_one_gets_the_usual_and_with_propname_the_names(ada):
    usual = ada.listing("/Archives")
    assert {"resourcetype", "getetag", "getcontentlength", "getlastmodified", "getcontenttype"} <= set(
        usual["note.txt"]
    )
    spaces = f'xmlns:d="DAV:" xmlns:oc="{NAMES["oc"]}"'
    named = ada.on("PROPFIND", "/Archives", f"<d:propfind {spaces}><d:propname/></d:propfind>", Depth="1").properties()
    assert named[f"{ada.home}/Archives/note.txt"]["permissions"] == ""
    more = f"<d:propfind {spaces}><d:allprop/><d:include><oc:permissions/></d:include></d:propfind>"
    found = ada.on("PROPFIND", "/Archives", more, Depth="0").properties()[f"{ada.home}/Archives/"]
    assert found["permissions"] == "RGDNVCK"
    assert "getetag" in found


@pytest.mark.parametrize(
    ("body", "depth", "status"),
    [
        (b"<d:propfind", "0", 400),
        (b'<d:propfind xmlns:d="DAV:"/>', "0", 400),
        (b'<d:other xmlns:d="DAV:"/>', "0", 400),
        (b'<!DOCTYPE x [<!ENTITY e "e">]><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>', "0", 400),
        (b'<d:propfind xmlns:d="DAV:" xmlns:x=""><d:allprop/></d:propfind>', "0", 400),
        (b"", "infinity", 403),
        (b"", "2", 403),
    ],
)
def test_what_is_not_understood_is_refused(ada, body, depth, status):
    reply = ada.on("PROPFIND", "/", body, Depth=depth)
    assert reply.status == status
    if status == 403:
        assert reply.xml.find("d:propfind-finite-depth", NAMES) is not None


def test_what_we_lack_is_not_told_a_thousand_times_for_each_line(ada):
    """A request of 900 kB would be answered by 350 MB for 200 children."""
    for names in ([f"n{n}" for n in range(101)], ["n" * 5000, "m" * 5000]):
        props = "".join(f"<{name}/>" for name in names)
        assert (
            ada.on("PROPFIND", "/", f'<d:propfind xmlns:d="DAV:"><d:prop>{props}</d:prop></d:propfind>').status == 400
        )
    assert ada.on("PROPFIND", "/", asking(*(f"oc:n{n}" for n in range(100)))).status == 207


def test_absent_is_404_and_never_an_empty_listing(ada):
    assert ada.on("PROPFIND", "/absent", Depth="1").status == 404
    assert ada.on("PROPFIND", "/absent/below", Depth="1").status == 404


def test_a_long_answer_is_compressed_for_who_takes_it(world, ada):
    for number in range(30):
        put(world.ada, world.maths, f"{number}.txt")
    plain = ada.on("PROPFIND", "/Cours/Maths", Depth="1")
    packed = ada.on("PROPFIND", "/Cours/Maths", Depth="1", Accept_Encoding="gzip, deflate")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in ada.on("PROPFIND", "/Cours", Depth="0", Accept_Encoding="gzip").headers


# Mounts


def test_a_name_taken_since_by_ones_own_document_hides_no_mount(world, bob):
    bob.on("PROPFIND", "/")
    mine = tree.make_folder(world.bob, homes.home_of(world.bob).root, "Cours")
    found = bob.listing("/", "oc:fileid")
    assert found["Cours"]["fileid"] == str(mine.id)
    assert found[f"Cours%20%28{world.cours}%29"]["fileid"] == str(world.cours)
    assert bob.on("PROPFIND", f"/Cours ({world.cours})/Maths").status == 207


def test_an_own_space_and_mounts_are_listed_together(world, bob):
    put(world.bob, homes.home_of(world.bob).root, "à moi.txt")
    assert set(bob.listing("/", "d:getetag")) == {"", "%C3%A0%20moi.txt", "Archives", "Cours"}


# Costs


def fill(world, count):
    folder = tree.make_folder(world.ada, world.root, f"{count}").id
    for number in range(count):
        put(world.ada, folder, f"{number}.txt")
    return f"/{count}"


def test_a_listing_costs_the_same_whatever_is_in_it(world, ada):
    few, many = fill(world, 10), fill(world, 200)
    assert cost(ada, few, *DESKTOP) == cost(ada, many, *DESKTOP) <= 9


def test_a_listing_costs_the_same_whatever_is_shared_in_it(world, ada, bob):
    path = f"/Cours{fill(world, 20)}"
    tree.move(world.ada, paths.find(world.ada, "/20").id, into=world.cours)
    before = cost(ada, path, *DESKTOP), cost(bob, path, *DESKTOP)
    for child in listing.children(world.ada, paths.find(world.ada, path).id):
        Grant.objects.bulk_create(
            Grant(node_id=child.entry.id, principal=f"team:{number}", rights=int(Right.READ), given_by=world.ada.person)
            for number in range(5)
        )
    assert (cost(ada, path, *DESKTOP), cost(bob, path, *DESKTOP)) == before


def test_the_root_costs_the_same_whatever_is_mounted_in_it(world, eve):
    def mount(count):
        for number in range(count):
            made = tree.make_folder(world.ada, world.root, f"m{number}").id
            sharing.give(world.ada, made, f"person:{world.eve.person}", Role.READ)
            sharing.give(world.ada, put(world.ada, made, "f").id, f"person:{world.bob.person}", Role.READ)

    mount(1)
    mounts.of(world.eve)  # its name is drawn
    one = cost(eve, "/", *DESKTOP)
    for number in range(50):
        made = tree.make_folder(world.ada, world.root, f"x{number}").id
        sharing.give(world.ada, made, f"person:{world.eve.person}", Role.READ)
    mounts.of(world.eve)
    assert cost(eve, "/", *DESKTOP) == one <= 12
    assert len(eve.listing("/", "d:getetag")) == 52


@pytest.mark.parametrize("path", ["/", "/Cours", "/Cours/Maths", "/Cours/Maths/devoir.pdf"])
def test_to_look_whether_something_changed_costs_little(world, ada, path):
    assert cost(ada, path, "d:getetag", depth=0) <= 4


def test_people_far_from_each_other_cost_nothing(world, ada):
    before = cost(ada, "/", *DESKTOP)
    for number in range(5):
        other = people.actor(person(f"Zoé {number}", f"zoe{number}@ac-lyon.example"))
        sharing.give(other, homes.home_of(other).root, f"person:{world.bob.person}", Role.READ)
    assert cost(ada, "/", *DESKTOP) == before
