"""Trash, versions, links, stars and searches over WebDAV."""

import hashlib

import pytest
from django.core.cache import cache

from cartable.identity import people, teams
from cartable.spaces import guesses, homes, listing, paths, sharing, trash, versions
from cartable.spaces.access import Role
from cartable.spaces.models import Link
from tests.drive.wire import NAMES, Device, asking
from tests.worlds import put, read

NOTE = "/Archives/note.txt"
IN_TRASH = (
    "nc:trashbin-filename", "nc:trashbin-original-location", "nc:trashbin-deletion-time", "nc:trashbin-deleted-by-id",
    "oc:size", "oc:fileid", "oc:permissions", "oc:unknown",
)  # fmt: skip


def trashbin(device, below="trash/"):
    return f"/remote.php/dav/trashbin/{device.sub}/{below}"


def in_trash(device):
    reply = device.ask("PROPFIND", trashbin(device), asking(*IN_TRASH), Depth="1")
    assert reply.status == 207
    return {href: values for href, values in reply.properties().items() if href != trashbin(device)}


# Trash


def test_what_was_deleted_is_shown_with_where_it_was(world, ada):
    ada.on("DELETE", NOTE)
    ada.on("DELETE", "/Cours/Maths")
    found = in_trash(ada)
    assert list(found) == [
        trashbin(ada, f"trash/Maths.d{world.maths}/"),
        trashbin(ada, f"trash/note.txt.d{world.note}"),
    ]
    note = found[trashbin(ada, f"trash/note.txt.d{world.note}")]
    assert abs(int(note.pop("trashbin-deletion-time")) - trash.contents(world.ada, world.space)[1].at.timestamp()) < 2
    assert note == {
        "trashbin-filename": "note.txt", "trashbin-original-location": "Archives/note.txt",
        "trashbin-deleted-by-id": world.ada.sub, "size": "7", "fileid": str(world.note), "permissions": "GD",
    }  # fmt: skip
    one = ada.ask("PROPFIND", trashbin(ada, f"trash/note.txt.d{world.note}"), asking(*IN_TRASH), Depth="0")
    assert one.properties()[trashbin(ada, f"trash/note.txt.d{world.note}")]["size"] == "7"


def test_the_collection_shows_its_two_parts(ada):
    assert ada.ask("PROPFIND", trashbin(ada, ""), Depth="1").hrefs() == [
        trashbin(ada, ""),
        trashbin(ada),
        trashbin(ada, "restore/"),
    ]


def test_what_is_restored_is_where_it_was(world, ada):
    ada.on("DELETE", NOTE)
    put(world.ada, world.archives, "note.txt", b"another")
    to = trashbin(ada, "restore/whatever")
    assert ada.ask("MOVE", trashbin(ada, f"trash/note.txt.d{world.note}"), Destination=to).status == 201
    assert paths.find(world.ada, "/Archives/note (2).txt").id == world.note
    assert in_trash(ada) == {}


def test_what_is_purged_is_gone(world, ada):
    ada.on("DELETE", NOTE)
    ada.on("DELETE", "/Cours")
    assert ada.ask("DELETE", trashbin(ada, f"trash/note.txt.d{world.note}")).status == 204
    assert [values["fileid"] for values in in_trash(ada).values()] == [str(world.cours)]
    assert ada.ask("DELETE", trashbin(ada)).status == 204
    assert in_trash(ada) == {}


@pytest.mark.parametrize(
    ("method", "below", "to", "status"),
    [
        ("MOVE", "trash/x.d999", "restore/x", 404),
        ("MOVE", "trash/x", "restore/x", 404),
        ("MOVE", "trash/note.txt.d{note}", "trash/x", 403),
        ("MOVE", "trash/note.txt.d{note}", "", 403),
        ("MOVE", "trash/note.txt.d{note}", None, 400),
        ("MOVE", "trash/Cours.d1/x/y", "restore/x", 405),
        ("DELETE", "trash/x.d{cours}", None, 404),
        ("DELETE", "restore/", None, 404),
        ("PUT", "trash/x", None, 501),
        ("PROPFIND", "trash/x.d999", None, 404),
        ("PROPFIND", "nothing", None, 404),
    ],
)
def test_what_cannot_be_done_in_the_trash_changes_nothing(world, ada, method, below, to, status):
    ada.on("DELETE", NOTE)
    headers = {} if to is None else {"Destination": trashbin(ada, to)}
    url = trashbin(ada, below.format(note=world.note, cours=world.cours))
    assert ada.ask(method, url, **headers).status == status
    assert [values["fileid"] for values in in_trash(ada).values()] == [str(world.note)]


def test_a_trash_is_shown_to_who_may_write_there(world, ada, bob):
    ada.on("DELETE", NOTE)
    assert in_trash(bob) == {}
    url = trashbin(ada, f"trash/note.txt.d{world.note}")
    assert bob.ask("PROPFIND", url).status == 404
    team = teams.form(world.ada, "Équipe", [people.find("bob@ac-dijon.example")])
    both = [Device(people.actor(people.find(f"{name}@ac-dijon.example"))) for name in ("ada", "bob")]
    home = homes.home(f"team:{team.pk}")
    file = put(people.actor(people.find("bob@ac-dijon.example")), home.root, "commun.txt")
    both[0].on("DELETE", "/Équipe/commun.txt")
    for device in both:
        assert str(file.id) in {values["fileid"] for values in in_trash(device).values()}
        assert device.ask("DELETE", trashbin(device)).status == 204  # each empties their own, not the others'
    assert [one.entry.id for one in trash.contents(people.actor(people.find(world.ada.sub)), home.space)] == [file.id]


# Versions


def history(device, node, below=""):
    return f"/remote.php/dav/versions/{device.sub}/versions/{node}/{below}"


def test_versions_are_listed_read_and_restored(world, ada):
    ada.on("PUT", NOTE, b"bonsoir !", X_OC_Mtime="1700000000")
    ada.on("PUT", NOTE, b"3")
    names = ("d:getcontentlength", "d:getlastmodified", "d:getcontenttype", "nc:version-author", "nc:version-label")
    found = ada.ask("PROPFIND", history(ada, world.note), asking(*names), Depth="1").properties()
    [latest, first] = [values for values in found.values() if values]
    assert latest | {"getlastmodified": latest["getlastmodified"]} == {
        "getcontentlength": "9", "getlastmodified": "Tue, 14 Nov 2023 22:13:20 GMT", "getcontenttype": "text/plain",
        "version-author": world.ada.sub, "version-label": "",
    }  # fmt: skip
    assert first["getcontentlength"] == "7"
    [_, newer, older] = list(found)
    assert (ada.ask("GET", older).body, ada.ask("HEAD", older).headers["Content-Length"]) == (b"bonjour", "7")
    assert ada.ask("GET", newer, Range="bytes=0-2").body == b"bon"
    to = f"/remote.php/dav/versions/{ada.sub}/restore/target"
    assert ada.ask("MOVE", older, Destination=to).status == 201
    assert read(world.ada, world.note) == b"bonjour"


def test_a_version_is_named_and_removed(world, ada, bob):
    ada.on("PUT", NOTE, b"2")
    [version] = versions.of(world.ada, world.note)
    url = history(ada, world.note, version.id)
    patch = f'<d:propertyupdate xmlns:d="DAV:" xmlns:nc="{NAMES["nc"]}"><d:set><d:prop><nc:version-label>Bon</nc:version-label></d:prop></d:set></d:propertyupdate>'
    assert ada.ask("PROPPATCH", url, patch).status == 207
    assert versions.of(world.ada, world.note)[0].label == "Bon"
    assert ada.ask("PROPPATCH", url, patch.replace("version-label", "other")).status == 400
    assert bob.ask("GET", history(bob, world.note, version.id)).body == b"bonjour"
    assert ada.ask("DELETE", url).status == 204
    assert versions.of(world.ada, world.note) == []


@pytest.mark.parametrize(
    ("method", "below", "status"),
    [
        ("PROPFIND", "versions/{note}/999", 404),
        ("PROPFIND", "versions/999999", 404),
        ("PROPFIND", "versions/x", 404),
        ("PROPFIND", "versions/{cours}", 207),
        ("GET", "versions/{note}/999", 404),
        ("GET", "versions/{note}", 404),
        ("DELETE", "versions/{note}/999", 404),
        ("DELETE", "versions/{note}", 404),
        ("MOVE", "versions/{note}/999", 404),
        ("PUT", "versions/{note}/1", 501),
    ],
)
def test_what_cannot_be_done_to_versions(world, ada, method, below, status):
    url = f"/remote.php/dav/versions/{ada.sub}/{below.format(note=world.note, cours=world.cours)}"
    to = f"/remote.php/dav/versions/{ada.sub}/restore/target"
    assert ada.ask(method, url, Destination=to).status == status


def test_who_may_only_read_restores_and_removes_no_version(world, ada, bob):
    ada.on("PUT", "/Cours/Maths/devoir.pdf", b"2")
    [version] = versions.of(world.ada, world.devoir)
    url = history(bob, world.devoir, version.id)
    assert bob.ask("GET", url).status == 200
    assert bob.ask("MOVE", url, Destination=f"/remote.php/dav/versions/{bob.sub}/restore/x").status == 403
    assert bob.ask("DELETE", url).status == 403
    eve = Device(world.eve)
    assert eve.ask("GET", history(eve, world.devoir, version.id)).status == 404
    assert read(world.ada, world.devoir) == b"2"


# Links


class Holder(Device):
    """Whoever holds a link, and perhaps its password."""

    def __init__(self, share, password=None, *, old=False):
        super().__init__(login=share.link if old else "anonymous", secret=password)
        if old:
            self.secret = password or ""
        self.home = "/public.php/webdav" if old else f"/public.php/dav/files/{share.link}"


@pytest.mark.parametrize("old", [False, True])
def test_a_link_opens_a_folder_for_reading(world, old):
    holder = Holder(sharing.make_link(world.ada, world.cours), old=old)
    found = holder.listing("/", "oc:permissions", "oc:owner-id", "d:displayname")
    assert found[""]["permissions"] == "SG"
    assert found["Maths"]["permissions"] == "SG"
    assert holder.on("GET", "/Maths/devoir.pdf").body == b"d" * 1000
    assert holder.on("PUT", "/x", b"x").status == 403
    assert holder.on("DELETE", "/Maths").status == 403
    assert holder.on("PROPFIND", "/../Archives").status == 400
    assert holder.on("MOVE", "/", Destination=f"{holder.home}/x").status == 403


def test_a_link_for_writing_writes_below_it_and_nowhere_else(world, ada):
    holder = Holder(sharing.make_link(world.ada, world.cours, Role.WRITE))
    assert holder.on("PUT", "/Maths/x.txt", b"x").status == 201
    assert holder.on("MKCOL", "/Maths/Y").status == 201
    assert holder.on("MOVE", "/Maths/x.txt", Destination=f"{holder.home}/x.txt").status == 201
    assert holder.on("MOVE", "/x.txt", Destination=ada.to("/x.txt")).status == 400
    assert holder.on("DELETE", "/x.txt").status == 204


def test_a_link_opens_one_file(world):
    holder = Holder(sharing.make_link(world.ada, world.note))
    assert holder.on("GET", "").body == b"bonjour"
    assert holder.listing("", "d:getcontentlength")[""]["getcontentlength"] == "7"
    assert holder.on("GET", "/x").status == 404


@pytest.mark.parametrize("old", [False, True])
def test_a_link_asks_for_its_password_and_few_guesses_are_allowed(world, old):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    assert Holder(share, old=old).on("PROPFIND", "/").status == 401
    for _ in range(20):
        assert Holder(share, "wrong", old=old).on("PROPFIND", "/").status == 401
    refused = Holder(share, "wrong", old=old).on("PROPFIND", "/")
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) in range(1, 181)
    assert "Trop d’essais" in refused.message


def test_who_opened_a_link_is_not_kept_out_by_guesses_from_elsewhere(world, monkeypatch):
    monkeypatch.setattr(guesses, "FROM_ALL", 6)
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    right, wrong = Holder(share, "sésame"), Holder(share, "wrong")
    assert right.on("PROPFIND", "/").status == 207
    for number in range(6):
        wrong.address = f"192.0.2.{number}"
        assert wrong.on("PROPFIND", "/").status == 401
    wrong.address = "198.51.100.1"
    assert wrong.on("PROPFIND", "/").status == 429
    cache.clear()  # as in another process
    assert right.on("PROPFIND", "/").status == 207


def test_the_right_password_after_too_many_wrong_ones_is_told_as_they_are(world):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    assert Holder(share, "sésame").on("PROPFIND", "/").status == 207
    for _ in range(20):
        Holder(share, "wrong").on("PROPFIND", "/")
    assert {Holder(share, one).on("PROPFIND", "/").status for one in ("wrong", "sésame")} == {429}


def test_a_client_is_not_counted_for_the_right_password(world):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    for _ in range(25):
        cache.clear()
        assert Holder(share, "sésame").on("PROPFIND", "/").status == 207
    sharing.change(world.ada, share.id, password="other")
    assert Holder(share, "sésame").on("PROPFIND", "/").status == 401


def test_absent_ended_and_used_up_links_look_the_same(world, later):
    ended = sharing.make_link(world.ada, world.cours)
    used = sharing.make_link(world.ada, world.note, downloads_max=1)
    assert Holder(used).on("GET", "").status == 200
    sharing.revoke(world.ada, ended.id)
    absent = Device()
    absent.home = "/public.php/dav/files/nothing"
    replies = [device.on("PROPFIND", "/") for device in (Holder(ended), Holder(used), absent)]
    assert {(reply.status, reply.body) for reply in replies} == {(404, replies[0].body)}


def test_only_whole_downloads_of_a_link_are_counted(world):
    share = sharing.make_link(world.ada, world.note, downloads_max=5)
    holder = Holder(share)
    holder.on("GET", "")
    holder.on("HEAD", "")
    holder.on("GET", "", Range="bytes=1-")
    holder.on("PROPFIND", "")
    assert Link.objects.get().downloads == 1
    for whole in ("bytes=0-", "bytes=-7", "bytes=0-1,3-4"):
        holder.on("GET", "", Range=whole)
    assert Link.objects.get().downloads == 4


def test_one_leaves_files_and_sees_nothing(world, ada):
    holder = Holder(sharing.make_link(world.ada, world.cours, Role.DEPOSIT))
    assert holder.listing("/", "oc:permissions") == {"": {"permissions": "CK"}}
    for _ in range(2):
        assert holder.on("PUT", "/Maths", b"mine").status == 201
    assert read(world.ada, paths.find(world.ada, "/Cours/Maths (2)").id) == b"mine"
    assert read(world.ada, paths.find(world.ada, "/Cours/Maths (3)").id) == b"mine"
    assert holder.on("PUT", "/Maths/x", b"x").status == 404
    assert holder.on("PROPFIND", "/Maths").status == 404
    for method in ("GET", "DELETE", "MOVE", "COPY", "MKCOL", "LOCK", "REPORT", "PROPPATCH"):
        assert holder.on(method, "/Maths").status == 501
    wrong = {"OC_Checksum": f"SHA1:{hashlib.sha1(b'x').hexdigest()}"}
    assert holder.on("PUT", "/y", b"y", **wrong).status == 400


def test_other_public_addresses_are_nothing(stranger):
    assert stranger.ask("PROPFIND", "/public.php/webdav/").status == 401
    for url in ("/public.php/", "/public.php/dav/files/", "/public.php/dav/uploads/x/"):
        assert stranger.ask("PROPFIND", url).status in {401, 404}


# Stars and searches


def report(*rules, prop="oc:fileid"):
    spaces = "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMES.items())
    return f"<oc:filter-files{spaces}><d:prop><{prop}/></d:prop><oc:filter-rules>{''.join(rules)}</oc:filter-rules></oc:filter-files>"


def search(where, *, limit="", prop="oc:fileid"):
    spaces = "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMES.items())
    return (
        f"<d:searchrequest{spaces}><d:basicsearch><d:select><d:prop><{prop}/></d:prop></d:select>"
        f"<d:from><d:scope><d:href>/files/x</d:href><d:depth>infinity</d:depth></d:scope></d:from>"
        f"<d:where>{where}</d:where>{limit}</d:basicsearch></d:searchrequest>"
    )


def test_what_one_starred_is_reported_below_a_folder(world, ada, bob):
    for node in (world.maths, world.note):
        listing.star(world.bob, node, on=True)
    starred = report("<oc:favorite>1</oc:favorite>")
    assert bob.on("REPORT", "/", starred).hrefs() == [f"{bob.home}/Cours/Maths/", f"{bob.home}{NOTE}"]
    assert bob.on("REPORT", "/Archives", starred).hrefs() == [f"{bob.home}{NOTE}"]
    assert ada.on("REPORT", "/", starred).hrefs() == []
    sharing.revoke(world.ada, next(one.id for one in sharing.of(world.ada, world.archives)))
    assert bob.on("REPORT", "/", starred).hrefs() == [f"{bob.home}/Cours/Maths/"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(report(), 400), ("<x", 400), ('<d:sync-collection xmlns:d="DAV:"/>', 415), ('<d:x xmlns:d="DAV:"/>', 415)],
)
def test_a_report_we_do_not_know_is_refused(ada, body, status):
    assert ada.on("REPORT", "/", body).status == status


def test_a_name_is_searched_wherever_one_may_see(world, ada, bob, eve):
    by_name = search("<d:like><d:prop><d:displayname/></d:prop><d:literal>%DEVOIR%</d:literal></d:like>")
    for device in (ada, bob):
        reply = device.ask("SEARCH", "/remote.php/dav/", by_name, Content_Type="text/xml")
        assert reply.properties() == {f"{device.home}/Cours/Maths/devoir.pdf": {"fileid": str(world.devoir)}}
        assert device.on("SEARCH", "/", by_name).hrefs() == reply.hrefs()
    assert eve.ask("SEARCH", "/remote.php/dav/", by_name).hrefs() == []


def test_a_document_is_searched_by_its_number(world, bob, eve):
    by_id = search(f"<d:eq><d:prop><oc:fileid/></d:prop><d:literal>{world.devoir}</d:literal></d:eq>")
    assert bob.ask("SEARCH", "/remote.php/dav", by_id).hrefs() == [f"{bob.home}/Cours/Maths/devoir.pdf"]
    assert eve.ask("SEARCH", "/remote.php/dav", by_id).hrefs() == []
    nonsense = search("<d:eq><d:prop><oc:fileid/></d:prop><d:literal>x</d:literal></d:eq>")
    assert bob.ask("SEARCH", "/remote.php/dav", nonsense).hrefs() == []


def test_stars_are_searched_and_a_limit_is_kept(world, ada):
    for node in (world.maths, world.note):
        listing.star(world.ada, node, on=True)
    starred = "<d:eq><d:prop><oc:favorite/></d:prop><d:literal>yes</d:literal></d:eq>"
    assert len(ada.ask("SEARCH", "/remote.php/dav", search(starred)).hrefs()) == 2
    limit = "<d:limit><d:nresults>1</d:nresults></d:limit>"
    assert len(ada.ask("SEARCH", "/remote.php/dav", search(starred, limit=limit)).hrefs()) == 1


def test_pictures_are_searched_by_their_kind_and_date(world, ada, bob):
    def of(kind):
        return f"<d:like><d:prop><d:getcontenttype/></d:prop><d:literal>{kind}/%</d:literal></d:like>"

    def dated(operator, literal):
        return f"<d:{operator}><d:prop><d:getlastmodified/></d:prop><d:literal>{literal}</d:literal></d:{operator}>"

    for name, date in [
        ("a.jpg", "1700000000"),
        ("b.MP4", "1700000100"),
        ("c.png", "1700000200"),
        ("d.txt", "1700000100"),
    ]:
        ada.on("PUT", f"/Cours/{name}", b"x", X_OC_Mtime=date)
    kinds = f"<d:or>{of('image')}{of('video')}</d:or>"

    def found(device, where):
        hrefs = device.ask("SEARCH", "/remote.php/dav", search(where)).hrefs()
        return [href.rpartition("/")[2] for href in hrefs]

    assert found(ada, kinds) == found(bob, kinds) == ["c.png", "b.MP4", "a.jpg"]
    assert found(ada, of("image")) == ["c.png", "a.jpg"]
    between = dated("lt", "1700000200") + dated("gte", "Tue, 14 Nov 2023 22:13:20 GMT")
    assert found(ada, f"<d:and>{kinds}{between}</d:and>") == ["b.MP4", "a.jpg"]
    assert found(ada, f"<d:and>{kinds}{dated('gt', '2023-11-14T22:15:00Z')}</d:and>") == ["c.png"]
    assert (
        ada.ask("SEARCH", "/remote.php/dav", search(f"<d:and>{kinds}{dated('gt', 'long ago')}</d:and>")).status == 400
    )
    assert found(ada, of("nothing")) == []


def test_avatars_are_absent_in_the_form_of_webdav(ada):
    reply = ada.ask("GET", f"/remote.php/dav/avatars/{ada.sub}/128.png")
    assert (reply.status, b"NotFound" in reply.body) == (404, True)


@pytest.mark.parametrize(
    "body",
    [
        search(""),
        search("<d:gt><d:prop><d:getlastmodified/></d:prop><d:literal>1</d:literal></d:gt>"),
        search("<d:and><d:not/></d:and>"),
        search("<d:or><d:gt><d:prop><d:getlastmodified/></d:prop><d:literal>1</d:literal></d:gt></d:or>"),
        search("<d:like><d:prop><d:getetag/></d:prop><d:literal>1</d:literal></d:like>"),
        '<d:searchrequest xmlns:d="DAV:"/>',
        "",
    ],
)
def test_a_search_we_do_not_know_is_refused_not_widened(ada, body):
    assert ada.ask("SEARCH", "/remote.php/dav", body).status == 400
