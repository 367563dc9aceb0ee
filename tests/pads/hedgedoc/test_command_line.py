"""The command line of HedgeDoc (`hedgedoc/cli`, June 2025) against a real server, at a host name of its own.

That script is under the AGPL and so is not here: what it does with curl, wget, awk and jq is done again, request by request.
"""

import io
import json
import re
from contextlib import ExitStack
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit
from zipfile import ZipFile

import pytest

from tests.servers import postgresql
from tests.sites import running


@pytest.fixture(scope="module")
def own(tmp_path_factory, request):
    """An installation whose pads are at `localhost`, and the site at 127.0.0.1."""
    with ExitStack() as stack:
        options = {"CARTABLE_PADS_HOST": "localhost"}
        if request.config.getoption("--database") == "postgresql":
            options["CARTABLE_DATABASE"] = stack.enter_context(postgresql())
        yield stack.enter_context(running(tmp_path_factory.mktemp("hedgedoc"), **options))


class CommandLine:
    """The functions of the script, under its names. The jar of curl lives as long as this."""

    def __init__(self, site, under=""):
        host = "localhost" if not under else "127.0.0.1"
        self.server, self.site = f"http://{host}:{site.port}{under}", site
        self.jar, self.seen = {}, []

    def curl(self, method, url, body=None, agent="curl/7.88.1", **headers):
        """Return the status, the headers and the body of one answer; cookies are kept as `--cookie-jar` does."""
        parts = urlsplit(url)
        link = HTTPConnection("127.0.0.1", self.site.port, timeout=20)
        sent = {"Host": parts.netloc, "User-Agent": agent, "Accept": "*/*", **headers}
        if self.jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        link.request(method, parts.path or "/", body, sent)
        answer = link.getresponse()
        data = answer.read()
        link.close()
        for said in answer.headers.get_all("Set-Cookie", []):
            self.seen.append(said)
            name, _, value = said.partition(";")[0].partition("=")
            self.jar.pop(name, None) if value in {"", '""'} else self.jar.update({name: value})
        return answer.status, answer.headers, data

    def follow(self, url, agent="curl/7.88.1"):
        """Return the last address (`--location`, `%{url_effective}`) and what is there."""
        for _ in range(10):
            status, headers, data = self.curl("GET", url, agent=agent)
            if status not in {301, 302, 303, 307}:
                return url, status, data
            url = headers["Location"]
        raise AssertionError("it goes round")

    def login(self, method, username, password):
        argument, path = {"--email": ("email", "login"), "--ldap": ("username", "auth/ldap")}[method]
        form = urlencode({argument: username, "password": password})
        self.curl("POST", f"{self.server}/{path}", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        return self.is_authenticated()

    def is_authenticated(self):
        return json.loads(self.curl("GET", f"{self.server}/me")[2])["status"] == "ok"

    def import_note(self, text, note_id=""):
        """Return the exit code and the word that is echoed: `awk '{print $4}' | awk -F / '{print $4}'` of the body."""
        path = f"new/{note_id}" if note_id else "new"
        status, _, data = self.curl("POST", f"{self.server}/{path}", text, **{"Content-Type": "text/markdown"})
        if status != 302:
            return 2, ""
        return 0, data.decode().split()[3].split("/")[3]

    def publish_note(self, note_id):
        return (self.follow(f"{self.server}/{note_id}/publish")[0].split("/") + [""] * 5)[4]

    def export(self, kind, note_id):
        if kind == "--html":
            return self.follow(f"{self.server}/s/{self.publish_note(note_id)}", agent="Wget/1.21.3")[2]
        return self.curl("GET", f"{self.server}/{note_id}/{ {'--md': 'download', '--pdf': 'pdf'}[kind] }")[2]

    def export_slides(self, note_id):
        """Return the page, and what `wget --recursive` gets of what it names at the same host: the status of each."""
        page = self.follow(f"{self.server}/{note_id}/slide", agent="Wget/1.21.3")[2].decode()
        named = re.findall(r'(?:<link [^>]*href|<script [^>]*src)="(/[^"]+)"', page)
        return page, [self.curl("GET", f"http://{urlsplit(self.server).netloc}{one}")[0] for one in named]

    def history(self):
        return [
            (one["id"], one["text"]) for one in json.loads(self.curl("GET", f"{self.server}/history")[2])["history"]
        ]

    def profile(self):
        told = json.loads(self.curl("GET", f"{self.server}/me")[2])
        return told["name"], told["id"], told["photo"]


@pytest.fixture
def cli(own):
    return CommandLine(own)


TEXT = "# Conseil de classe\n\nPrésents : *tous*.\n".encode()


def test_each_command_of_the_command_line(own, cli):
    assert not cli.is_authenticated()
    assert cli.import_note(TEXT) == (0, "")  # as HedgeDoc's 302 to its root is taken by the script
    assert not cli.login("--email", own.sub, "encre craie marelle")
    assert cli.login("--email", own.sub, own.secret)
    assert CommandLine(own).login("--ldap", own.sub, own.secret)
    assert cli.profile() == ("Kim Durand", own.sub, "")
    code, note = cli.import_note(TEXT)
    assert (code, len(note)) == (0, 22)
    assert cli.import_note(TEXT, "conseil") == (0, "conseil")
    assert cli.import_note(TEXT, "conseil") == (2, "")
    assert cli.export("--md", note) == TEXT
    published = cli.publish_note(note)
    assert len(published) == 10
    assert cli.publish_note("conseil") == "conseil"
    assert "Présents : <em>tous</em>" in cli.export("--html", note).decode()
    assert cli.export("--pdf", note).startswith(b"%PDF-")
    page, needed = cli.export_slides(note)
    assert "Présents : <em>tous</em>" in page
    assert len(needed) > 5
    assert {*needed} == {200}
    assert {("conseil", "Conseil de classe"), (note, "Conseil de classe")} <= {*cli.history()}
    backup = ZipFile(io.BytesIO(cli.curl("GET", f"{cli.server}/me/export")[2]))
    assert {"Conseil de classe (2).md", "Conseil de classe.md"} <= {*backup.namelist()}
    assert backup.read("Conseil de classe.md") == TEXT
    assert cli.curl("DELETE", f"{cli.server}/history/{note}")[::2] == (200, b"")
    assert {"conseil", note} & {one for one, _ in cli.history()} == {"conseil"}
    assert cli.export("--md", note) == TEXT
    cli.curl("GET", f"{cli.server}/logout")
    assert not cli.is_authenticated()
    assert cli.curl("GET", f"{cli.server}/{note}/download")[1]["Location"] == f"{cli.server}/"


def test_wget_finds_the_session_in_the_jar_of_curl(own, cli):
    cli.login("--email", own.sub, own.secret)
    [said] = cli.seen  # curl writes `#HttpOnly_` before what no script may see, and wget takes that for a comment
    assert "HttpOnly" not in said
    assert "SameSite=Lax" in said
    assert "Domain" not in said


def test_codimd_cli_follows_to_the_pad_and_prints_its_address(own, cli):
    cli.login("--email", own.sub, own.secret)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _ = cli.curl("POST", f"{cli.server}/new", urlencode({"content": "# Note"}), **form)
    url, status, page = cli.follow(headers["Location"])
    assert (status, url.startswith(f"{cli.server}/")) == (200, True)
    assert b"Note" in page
    assert cli.follow(f"{cli.server}/s/{url.rpartition('/')[2]}")[1] == 200
    assert b'name="csrf-token"' in cli.curl("GET", f"{cli.server}/")[2]


def test_the_same_below_the_path_of_the_site(own):
    cli = CommandLine(own, "/pads")
    assert cli.login("--email", own.sub, own.secret)
    assert "HttpOnly" in cli.seen[0]
    _, headers, _ = cli.curl("POST", f"{cli.server}/new", TEXT, **{"Content-Type": "text/markdown"})
    assert headers["Location"].startswith(f"http://127.0.0.1:{own.port}/pads/")
    assert cli.curl("GET", f"{headers['Location']}/download")[2] == TEXT


def test_a_host_name_of_its_own_gives_nothing_else_of_the_site(own, cli):
    for path in (
        "/login",
        "/f/",
        "/healthz",
        "/remote.php/dav/",
        "/ocs/v1.php/cloud/capabilities",
        "/p/1",
        "/pads/me",
        "/admin/",
    ):
        status, _, data = cli.curl("GET", cli.server + path)
        assert status in {302, 404, 405}, path
        assert b"csrfmiddlewaretoken" not in data
    assert cli.curl("GET", f"{cli.server}/static/web/web.css")[0] == 200
    page = cli.curl("GET", f"{cli.server}/abc?both", Accept="text/html")
    assert page[1]["Location"] == f"http://127.0.0.1:{own.port}/pads/abc?both" or page[1]["Location"].endswith(
        "/pads/abc"
    )
    assert cli.curl("GET", cli.server, Accept="text/html")[1]["Location"] == f"http://127.0.0.1:{own.port}/"
