"""The operator's commands as people type them: what they print, and what a mistake gets."""

import contextlib
import os
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cartable.config.serve import remember
from cartable.options import Options
from tests.installed import installed

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cartable(tmp_path):
    """Run one command on an installation of its own: its status, stdout and stderr."""

    def run(*words, **options):
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("CARTABLE_", "DJANGO_"))}
        environ |= {"CARTABLE_DATA": str(tmp_path / "data")}
        environ |= {f"CARTABLE_{name.upper()}": str(value) for name, value in options.items()}
        ended = subprocess.run(
            [sys.executable, "-m", "cartable", *words],
            env=environ,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ended.returncode, ended.stdout, ended.stderr

    run.data = tmp_path / "data"
    return run


@pytest.fixture
def here(cartable):
    """The same, where an installation is there already."""
    installed(cartable.data)
    return cartable


@pytest.mark.parametrize(
    ("words", "options", "status", "sentence"),
    [
        (["fly"], {}, 2, "'fly' is no command. See `cartable help`.\n"),
        (["help", "persons"], {}, 2, "'persons' is no command: do you mean person? See `cartable help`.\n"),
        (["serve", "--workers", "many"], {}, 2, "argument --workers: invalid int value: 'many'"),
        (["serve", "--only", "chess"], {}, 2, "argument --only: invalid choice: 'chess'"),
        (["serve", "--workers", "2"], {}, 1, "2 workers need PostgreSQL"),
        (["serve"], {"tls": "no.pem:no.key"}, 1, "CARTABLE_TLS: no.pem and no.key cannot serve HTTPS"),
        (["serve"], {"port": 70000}, 1, "Cannot listen on 127.0.0.1:70000: there is no such port"),
        (["serve"], {"host": "192.0.2.1"}, 1, "Cannot listen on 192.0.2.1:8000"),
        (["options"], {"prot": 1}, 2, "CARTABLE_PROT: no such option; `cartable options` lists them\n"),
        (["options"], {"port": "x"}, 2, "CARTABLE_PORT: 'x' is no whole number\n"),
        (["options"], {"log_level": "loud"}, 2, "CARTABLE_LOG_LEVEL: 'loud' is none of debug, info, warning, error\n"),
        (["options"], {"log_format": "xml"}, 2, "CARTABLE_LOG_FORMAT: 'xml' is neither json nor text\n"),
        (["options"], {"database": "mysql://x"}, 2, "CARTABLE_DATABASE: neither sqlite nor postgresql://"),
        (["migrate"], {"data": "/dev/null/x"}, 2, "/dev/null/x: Not a directory"),
        (["migrate"], {"database": "postgresql://nobody@127.0.0.1:1/x"}, 1, "The database does not answer: "),
    ],
)
def test_a_mistake_gets_one_sentence(cartable, words, options, status, sentence):
    found, output, errors = cartable(*words, **options)
    assert (found, output) == (status, "")
    assert errors.startswith(sentence)
    assert "Traceback" not in errors


def test_a_database_of_an_earlier_version_is_to_be_migrated(cartable):
    cartable.data.mkdir()
    for name in ("secret.key", "cartable.db"):
        (cartable.data / name).touch()
    expected = (1, "", "The database is not of this version: run `cartable migrate`.\n")
    assert cartable("person", "show", "x") == expected


@pytest.mark.parametrize(
    "words", [["doctor"], ["person", "show", "x"], ["work"], ["shell", "-c", "1"], ["changepassword", "x"]], ids=str
)
def test_nothing_is_made_where_there_is_no_installation(cartable, words):
    sentence = "set CARTABLE_DATA to where it is, or make one by `cartable migrate`."
    for folder in (cartable.data, cartable.data.parent):
        expected = (1, "", f"There is no installation in {folder}: {sentence}\n")
        assert cartable(*words, data=folder) == expected
    assert list(cartable.data.parent.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["options"], ["person", "--help"], ["serve", "--help"], ["fly"]], ids=str)
def test_what_needs_no_installation_makes_none(cartable, words):
    assert cartable(*words)[2].count("installation") == 0
    assert not cartable.data.exists()


def test_a_word_that_does_not_fit_has_a_status_of_its_own(here):
    words = ("--mail", "bad", "--name", "Alice Martin", "--academy", "DIJON")
    sentence = "argument --mail: 'bad' is no mail address: write it as alice@ac-dijon.fr\n"
    assert here("person", "add", *words) == (2, "", sentence)


def test_the_demo_begins_an_installation_and_says_who_may_sign_in(cartable):
    status, output, errors = cartable("demo")
    assert (status, errors) == (0, "")
    drawn = (cartable.data / "demo.password").read_text()
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", drawn)
    assert (cartable.data / "demo.password").stat().st_mode & 0o777 == 0o600
    assert output.splitlines()[0] == f"Camille Martin: camille.martin@ac-dijon.example  {drawn}"
    assert cartable("person", "show", "camille.martin@ac-dijon.example")[0] == 0
    assert cartable("demo") == (0, output, "")
    assert "ok    demo         10 accounts to play with, for this machine alone" in cartable("doctor")[1]
    told = cartable("doctor", host="0.0.0.0")[1]
    assert "warn  demo         10 accounts to play with, open to whoever knows the password" in told


def test_nobody_is_told_of_accounts_that_are_not_there(here):
    words = ("--mail", "alice@ac-dijon.fr", "--name", "Alice Martin", "--academy", "DIJON")
    assert here("person", "add", *words)[0] == 0
    assert here("demo") == (0, "", "")


def test_what_is_made_is_for_its_owner_alone(cartable):
    assert cartable("migrate")[0] == 0
    assert cartable("migrate", "sessions", "zero")[0] == 0
    assert cartable("migrate")[0] == 0
    everything = [cartable.data, *cartable.data.rglob("*")]
    assert {"secret.key", "cartable.db", "copies"} <= {path.name for path in everything}
    assert [path for path in everything if path.stat().st_mode & 0o077] == []
    (cartable.data / "cartable.db").chmod(0o644)
    assert f"others may read {cartable.data}/cartable.db" in cartable("doctor")[1]


def test_a_taken_port_is_refused(cartable):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, errors = cartable("serve", port=port)
    assert (status, errors) == (
        1,
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --port.\n",
    )


def test_help_names_our_commands(cartable):
    status, output, _ = cartable()
    assert status == 0
    ours = {path.stem for path in (ROOT / "cartable/config/management/commands").glob("[a-z]*.py")}
    assert {line.split()[0] for line in output.splitlines()[2:]} == ours


def test_the_documentation_of_options_is_theirs(cartable):
    written = (ROOT / "docs/options.md").read_text()
    assert cartable("options", "--markdown")[1] == written, "cartable options --markdown > docs/options.md"


def test_options_show_what_is_set_and_no_secret(cartable):
    _, output, _ = cartable("options", port=9000, metrics_token="hushhush")
    assert "* CARTABLE_PORT              9000" in output
    assert "* CARTABLE_METRICS_TOKEN     (secret)" in output
    assert "hushhush" not in output


def test_the_doctor_says_what_to_do(here):
    assert here("migrate", "sessions", "zero")[0] == 0
    status, output, errors = here("doctor")
    assert (status, errors) == (1, "Not well: migrations.\n")
    assert "bad   migrations   a migration is due  → Run `cartable migrate`." in output
    assert here("migrate")[0] == 0
    status, output, errors = here("doctor", port=1)
    assert (status, errors) == (0, "")
    assert "warn  address      http://127.0.0.1:1 does not answer" in output
    (here.data / "secret.key").chmod(0o644)
    assert f"others may read {here.data}/secret.key" in here("doctor")[1]


def damage(cartable, code):
    """Run Python in the installation, as a bug or a bad disk would."""
    imports = "from cartable.spaces.models import *; from cartable.kernel.storage import storage; "
    status, output, errors = cartable("shell", "-v", "0", "-c", imports + code)
    assert status == 0, errors
    return output.strip()


def test_the_doctor_looks_deeper_when_asked(here):
    damage(here, "from tests.worlds import ada_world; ada_world()")
    status, output, _ = here("doctor", "--deep")
    assert status == 0
    assert all(f"ok    {about:12} nothing is wrong" in output for about in ("tree", "bytes", "leftovers"))
    damage(here, "Node.objects.filter(name='Maths').update(size=5)")
    key = damage(here, "one = Blob.objects.get(size=1000); storage().delete([one.key]); print(one.key)")
    left = "from cartable.kernel import clock; from datetime import timedelta; now = clock.now(); "
    left += "clock.now = lambda: now - timedelta(days=30); Blob.objects.update(created_at=clock.now()); "
    stored = damage(here, left + "sink = storage().begin(); sink.write(b'x'); print(sink.finish().key)")
    status, output, errors = here("doctor", "--deep")
    assert (status, errors) == (1, "Not well: tree, bytes.\n")
    assert "bad   tree         a folder's size is not what is live in it: " in output
    assert f", {key}  → Bring this key back from a backup of the storage" in output
    assert f"such as {stored}  → It only takes room." in output
    assert here("doctor")[0] == 0, "it does not look deep unless asked"


def test_the_doctor_tells_the_first_of_many_faults(here):
    damage(here, "from tests.worlds import *; w = ada_world(); [put(w.ada, w.maths, str(n)) for n in range(30)]")
    damage(here, "Node.objects.filter(kind=0).update(size=1)")
    status, output, _ = here("doctor", "--deep")
    assert status == 1
    assert output.count("bad   tree ") == 21
    assert "there are more than these 20" in output


def test_the_database_of_an_earlier_version_is_kept(cartable):
    assert cartable("migrate")[0] == 0
    assert not (cartable.data / "copies").exists(), "nothing was there to keep"
    assert cartable("migrate", "sessions", "zero")[0] == 0
    assert "is kept in" in cartable("migrate")[1]
    copy, pads = sorted((cartable.data / "copies").iterdir())
    assert (copy.name[:9], pads.name[:5]) == ("cartable-", "pads-")
    names = "SELECT name FROM sqlite_master WHERE name = 'django_session'"
    with (
        contextlib.closing(sqlite3.connect(copy)) as before,
        contextlib.closing(sqlite3.connect(cartable.data / "cartable.db")) as now,
    ):
        assert (before.execute(names).fetchall(), now.execute(names).fetchall()) == ([], [("django_session",)])
    assert cartable("migrate")[0] == 0
    assert sorted((cartable.data / "copies").iterdir()) == [copy, pads]


def test_migrating_loads_the_academies(cartable):
    cartable("migrate")
    with contextlib.closing(sqlite3.connect(cartable.data / "cartable.db")) as database:
        assert database.execute("SELECT count(*) FROM identity_structure WHERE kind = 'academy'").fetchone()[0] >= 30


def test_options_are_never_left_half_written(tmp_path, monkeypatch):
    def killed(_file):
        raise KeyboardInterrupt

    (tmp_path / "options.env").write_text("CARTABLE_DATABASE=postgresql://here\n")
    monkeypatch.setattr("os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        remember(Options(data=tmp_path), "http://127.0.0.1:9000")
    assert (tmp_path / "options.env").read_text() == "CARTABLE_DATABASE=postgresql://here\n"


def test_the_address_served_is_remembered_and_the_rest_left(tmp_path):
    (tmp_path / "options.env").write_text("# ours\nCARTABLE_PORT=1\nCARTABLE_TRASH_DAYS=5\n")
    remember(Options(data=tmp_path, host="127.0.0.1", port=9000), "http://127.0.0.1:9000")
    kept = "CARTABLE_URL=http://127.0.0.1:9000\nCARTABLE_HOST=127.0.0.1\nCARTABLE_PORT=9000\n"
    assert (tmp_path / "options.env").read_text() == f"# ours\nCARTABLE_TRASH_DAYS=5\n{kept}"


def test_bytes_that_are_no_text_get_one_sentence(here):
    """From a real shell: what `subprocess` is given is what the system passes on."""
    add = ["add", "--mail", "a@b.example", "--name", "Zo\udceb", "--academy", "DIJON"]
    for words in (["show", "al\udcffice"], add):
        status, out, said = here("person", *words)
        assert (status, out) == (2, "")
        assert said.count("\n") == 1
        assert "Traceback" not in said
