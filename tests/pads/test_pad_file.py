"""A pad is a file: what is typed is in it two seconds later, what is put into it by WebDAV is in the text at once."""

import re
from urllib.parse import quote

import pytest

from tests.pads.test_wire import session
from tests.pads.typists import make
from tests.servers import wait_until


def path_of(site, node):
    """Return where the person's file of this id is."""
    return site.command(
        "shell", "-v", "0", "-c", f"from cartable.spaces.lineage import lineage; print(lineage({node})[0].name)"
    )


@pytest.fixture
def name(site, node):
    return path_of(site, node)


def etag(site, name):
    return site.ask("HEAD", site.top + name)[2]["ETag"]


def filed(typist, count=1):
    """Hear until the file was written so many times since they came."""
    return typist.until(lambda: len(typist.versions) >= count)


def versions(site, node):
    """Return what the file held before, the oldest first."""
    top = f"/remote.php/dav/versions/{site.sub}/versions/{node}"
    body = site.ask("PROPFIND", top, Depth="1")[1].decode()
    hrefs = sorted(re.findall(rf"{top}/(\d+)<", body), key=int)
    return [site.ask("GET", f"{top}/{one}")[1].decode() for one in hrefs]


def test_what_is_typed_is_in_the_file(site, node, name, come):
    before = etag(site, name)
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "à la main 😀"
    filed(one.kept())
    status, body, headers = site.ask("GET", site.top + name)
    assert (status, body.decode()) == (200, "Bonjour à tous 😀\nà la main 😀")
    assert headers["ETag"] == f'"{one.versions[-1]}"' != before
    assert versions(site, node) == ["Bonjour à tous 😀\n"]


def test_the_last_to_leave_leaves_the_file_as_the_text(site, node, name, come):
    one, other = come(node), come(node)
    other.until(lambda: other.ready)
    one.until(lambda: one.ready)
    one.text += "fin"
    one.kept().leave()
    assert len(other.versions) == 0
    other.leave()
    again = come(node)  # the pad is still open, or opened again: either way the file was written, or is soon
    again.until(lambda: again.ready)
    again.text += "!"
    again.kept().until(lambda: site.send("GET", name)[1].decode() == "Bonjour à tous 😀\nfin!")


def test_who_reads_it_reads_what_was_typed_until_then(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "à l’instant"
    one.kept()
    before = versions(site, node)
    status, body, headers = site.ask("GET", site.top + name)
    assert (status, body.decode()) == (200, "Bonjour à tous 😀\nà l’instant")
    assert headers["ETag"] == etag(site, name)
    assert len(versions(site, node)) == len(before) + 1
    for _ in range(3):
        assert site.send("GET", name)[1] == body
    assert len(versions(site, node)) == len(before) + 1, "what has not changed is not written"


def test_what_is_put_into_it_is_in_the_text_at_once(site, node, name, come):
    one, other = come(node), come(node)
    for typist in (one, other):
        typist.until(lambda typist=typist: typist.ready)
    one.text += "de la main"
    one.kept()
    assert site.send("PUT", name, "Bonjour à toutes et à tous 😀\n".encode())[0] == 204
    for typist in (one, other):
        typist.until(lambda typist=typist: str(typist) == "Bonjour à toutes et à tous 😀\nde la main")
    filed(one)
    assert site.send("GET", name)[1].decode() == str(one)


def test_what_was_received_is_a_version_and_then_what_became_of_it(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "de la main"
    one.kept()
    received = "Bonjour à vous 😀\n"
    _, _, headers = site.ask("PUT", site.top + name, received.encode())
    filed(one.until(lambda: "vous" in str(one)))
    assert etag(site, name) != headers["ETag"], "whoever put it learns that it is another since"
    assert versions(site, node)[-1] == received


def test_lines_end_as_they_did(site, come):
    node = make(site, "windows.md", b"un\r\ndeux\r\n")
    one = come(node)
    one.until(lambda: str(one) == "un\ndeux\n")
    one.text += "trois\n"
    filed(one.kept())
    assert site.send("GET", "windows.md")[1] == b"un\r\ndeux\r\ntrois\r\n"


def test_bytes_that_are_no_text_win_and_the_pad_ends(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    assert site.send("PUT", name, b"\xff\xfe\0")[0] == 204
    assert one.code() == 4015
    assert site.send("GET", name)[1] == b"\xff\xfe\0"


@pytest.mark.parametrize(
    ("data", "code"), [(b"\xff\xfe\0", 4015), (b"a" * ((4 << 20) + 1), 4013)], ids=["binary", "large"]
)
def test_what_was_typed_into_a_file_that_becomes_no_text_is_one_of_its_versions(site, node, name, come, data, code):
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "à garder"
    one.kept()
    status = site.send("PUT", name, data)[0]
    assert (status, one.code()) == (204, code)
    assert site.send("GET", name)[1] == data
    assert versions(site, node)[-1] == "Bonjour à tous 😀\nà garder"


def test_a_file_that_is_thrown_away_closes_its_pad(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    assert site.send("DELETE", name)[0] == 204
    assert one.code() == 4004


def test_a_file_that_goes_elsewhere_is_typed_on(site, node, name, come):
    site.send("MKCOL", "ailleurs")
    one = come(node)
    one.until(lambda: one.ready)
    assert site.send("MOVE", name, Destination=f"{site.url}{site.top}ailleurs/{name}")[0] == 201
    one.text += "fin"
    filed(one.kept())
    assert site.send("GET", f"ailleurs/{name}")[1].decode().endswith("fin")


def test_who_is_there_hears_what_the_file_is_called(site, node, name, come):
    one = come(node)
    one.until(lambda: one.name == name)
    now = f"é\u202egpj{name}"
    assert site.send("MOVE", name, Destination=f"{site.url}{site.top}{quote(now)}")[0] == 201
    one.until(lambda: one.name == f"é\ufffdgpj{name}")
    other = come(node)
    other.until(lambda: other.name == one.name)


def test_a_file_that_is_no_longer_one_of_text_closes_its_pad(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    assert site.send("MOVE", name, Destination=f"{site.url}{site.top}{name}.zip")[0] == 201
    assert one.code() == 4015


def test_what_changed_while_nobody_was_there_is_there(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "fin"
    filed(one.kept()).leave()
    site.stop()
    site.start()
    assert site.send("PUT", name, "Bonsoir à tous 😀\nfin".encode())[0] == 204
    back = come(node, doc=one.doc)
    back.until(lambda: str(back) == "Bonsoir à tous 😀\nfin")


def test_a_server_that_stops_writes_what_was_typed(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "au dernier moment"
    one.kept()
    site.stop()
    assert one.code() == 1001
    site.start()
    assert site.send("GET", name)[1].decode().endswith("au dernier moment")


@pytest.mark.once  # where others may have a pad, they wait for the end of its lease
def test_a_file_that_a_server_left_behind_as_it_died_is_written_by_the_next(site, node, name, come):
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "juste avant"
    one.kept()
    site.kill()
    site.start()

    def follows():
        if not site.send("GET", name)[1].decode().endswith("juste avant"):
            raise BlockingIOError

    wait_until(follows, site.process)


def test_who_wrote_last_is_the_author(site, node, name, come):
    sub, secret = site.arrive("auteur@ac-dijon.example", "Alix Auteur")
    site.command(
        "shell", "-c",
        "from cartable.identity import people; from cartable.identity.models import Person; from cartable.spaces import sharing; "
        "from cartable.spaces.access import Role; one = lambda sub: Person.objects.get(sub=sub); "
        f"sharing.give(people.actor(one('{site.sub}')), {node}, f'person:{{one(\"{sub}\").pk}}', Role.WRITE)",
    )  # fmt: skip
    one = come(node, site.basic(sub, secret))
    one.until(lambda: one.ready)
    one.text += "d’Alix"
    filed(one.kept())
    author = site.command(
        "shell", "-v", "0", "-c",
        f"from cartable.identity.models import Person; from cartable.spaces.lineage import lineage; print(Person.objects.get(pk=lineage({node})[0].author).sub)",
    )  # fmt: skip
    assert author == sub


def test_who_had_read_an_earlier_version_is_joined_and_not_refused(site, node, name, come):
    """A client that synchronises keeps the ETag it was answered: it must be that of the bytes it has."""
    read = etag(site, name)
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "de la main"
    filed(one.kept())
    received = "Bonjour à toutes et à tous 😀\n"
    status, _, headers = site.ask("PUT", site.top + name, received.encode(), **{"If-Match": read})
    assert status == 204
    one.until(lambda: str(one) == "Bonjour à toutes et à tous 😀\nde la main")
    assert site.send("GET", name)[1].decode() == str(one)
    assert headers["ETag"] not in {read, etag(site, name)}
    assert versions(site, node)[-1] == received


def test_a_version_that_never_was_and_one_of_no_text_are_refused(site, node, name, come):
    read = etag(site, name)
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "de la main"
    filed(one.kept())
    for etags, body in (('"0123456789abcdef"', b"x"), ('"x"', b"x"), (read, b"\xff\xfe")):
        assert site.send("PUT", name, body, **{"If-Match": etags})[0] == 412
    assert site.send("GET", name)[1].decode() == str(one)


def test_where_nobody_is_an_earlier_version_is_refused_as_for_any_file(site, node, name, come):
    read = etag(site, name)
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "de la main"
    filed(one.kept()).leave()
    site.stop()
    site.start()
    assert site.send("PUT", name, b"x", **{"If-Match": read})[0] == 412


LOCK = b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'


def test_a_file_that_is_typed_in_is_not_locked_and_one_that_is_locked_is_only_read(site, node, name, come):
    other = make(site, f"locked-{name}", b"un")
    assert site.send("LOCK", f"locked-{name}", LOCK)[0] == 200
    reader = come(other)
    reader.until(lambda: reader.writes is False)
    one = come(node)
    one.until(lambda: one.ready)
    assert site.send("LOCK", name, LOCK)[0] == 423


def test_a_task_that_is_ticked_on_its_page_is_ticked_in_the_text_that_is_open(site, come):
    node = make(site, "taches.md", b"# Sortie\n\n- [ ] cars\n")
    one = come(node)
    one.until(lambda: one.ready)
    one.text += "- [ ] repas\n"
    filed(one.kept())
    one.text += "et pendant ce temps"
    one.kept()
    cookie, token = session(site, site.sub), "t" * 32
    cookie["Cookie"] += f"; csrftoken={token}"
    page = ""
    while "repas" not in page:  # the task that reads texts has its own time
        page = site.ask("GET", "/p/todo", **cookie)[1].decode()
    [address] = re.findall(r'action="([^"]+)"><input[^>]*><button[^>]*\brepas"', page)
    answer = site.ask("POST", address.replace("&amp;", "&"), b"", **cookie, **{"X-CSRFToken": token})
    assert answer[0] == 303, answer
    one.until(lambda: "- [x] repas" in str(one))
    assert str(one) == "# Sortie\n\n- [ ] cars\n- [x] repas\net pendant ce temps"
