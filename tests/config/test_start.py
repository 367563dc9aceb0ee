"""`./start` and `./check` as typed on a machine that lacks something. What they do when nothing does is tried in a bare Debian
(tools/bare_debian.sh)."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path):
    """The tree as a stranger has it, without .venv."""
    (tmp_path / "tools").mkdir()
    for name in ("start", "tools/setup.sh", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(folder, *words, path="/usr/bin:/bin"):
    environ = {"PATH": path, "HOME": str(folder)}
    ended = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=30)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["--fly"], 2, "--fly is no option of ./start; see ./start --help"),
        (["--port"], 2, "--port needs a value; see ./start --help"),
        (["--port", "many"], 2, "--port many: not a number"),
        (["--data", "/proc/nowhere"], 1, "Cannot write in /proc/nowhere: choose another folder with --data."),
    ],
)
def test_a_mistake_gets_one_sentence_before_anything_is_done(tree, words, status, sentence):
    assert run(tree, "./start", *words) == (status, "", f"{sentence}\n")
    assert not (tree / ".venv").exists()


def test_help_tells_each_option(tree):
    status, output, _ = run(tree, "./start", "--help")
    assert status == 0
    assert all(option in output for option in ("--port", "--host", "--data", "--no-demo", "--reset-demo"))


def made_ready(tree, script='echo "cartable $@"'):
    """Make everything ready in a tree, with a `cartable` that says how it was called."""
    binaries, islands = tree / ".venv/bin", tree / "cartable/web/static/islands"
    binaries.mkdir(parents=True)
    (binaries / "cartable").write_text(f"#!/bin/sh\n{script}\n")
    (binaries / "cartable").chmod(0o755)
    shutil.copy(tree / "requirements.txt", tree / ".venv")
    for name in ("package.json", "package-lock.json"):
        (tree / name).touch()
    islands.mkdir(parents=True)


def test_the_command_of_another_data_folder_is_told(tree):
    made_ready(tree)
    command = f"The operator's command is: CARTABLE_DATA='{tree}/my data' {tree}/.venv/bin/cartable\n"
    served = "cartable serve --remember --demo\n"
    assert run(tree, "./start", "--data", "my data") == (0, served, command)
    assert run(tree, "./start") == (0, served, "")
    assert (tree / "my data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("kept", "words", "served"),
    [
        ("", [], "127.0.0.1 8000 http://127.0.0.1:8000"),
        ("", ["--port", "9000"], "127.0.0.1 9000 http://127.0.0.1:9000"),
        ("HOST=::1 PORT=9000", [], "::1 9000 http://[::1]:9000"),
        ("HOST=127.0.0.1 PORT=8000 URL=https://cartable.example", [], "127.0.0.1 8000 https://cartable.example"),
        ("PORT=8000 URL=https://cartable.example", ["--port", "9000"], "127.0.0.1 9000 https://cartable.example"),
        ("PORT=8000 URL=http://127.0.0.1:8000", ["--port", "9000"], "127.0.0.1 9000 http://127.0.0.1:9000"),
        ("PORT=8000 URL=http://[::1]:8000", [], "127.0.0.1 8000 http://127.0.0.1:8000"),
        ("TLS=a:b PORT=443", [], "127.0.0.1 443 https://127.0.0.1:443"),
    ],
)
def test_what_the_operator_wrote_stays(tree, kept, words, served):
    """What is typed comes first, then `options.env`; an address we made follows the port, one of theirs does not."""
    made_ready(tree, 'echo "$CARTABLE_HOST $CARTABLE_PORT $CARTABLE_URL"')
    (tree / "data").mkdir()
    (tree / "data/options.env").write_text("".join(f"CARTABLE_{one}\n" for one in kept.split()))
    assert run(tree, "./start", *words) == (0, f"{served}\n", "")


def pythons(tree, script):
    """Put a Python of another kind in front of the path."""
    (tree / "bin").mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tree / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tree / "bin" / name).chmod(0o755)
    return f"{tree}/bin:/usr/bin:/bin"


def test_an_old_python_is_named(tree):
    path = pythons(tree, '[ "$1" = --version ] && echo Python 3.9.2')
    sentence = "Python 3.11 or newer is needed (python3 is Python 3.9.2).\n"
    assert run(tree, "./start", path=path) == (1, "", sentence)


def test_a_missing_venv_module_is_named(tree):
    path = pythons(tree, 'case "$2" in *ensurepip*) exit 1 ;; esac')
    sentence = "Python's venv module is needed, for instance: apt-get install python3-venv\n"
    assert run(tree, "./start", path=path) == (1, "", sentence)


def test_a_check_that_is_none_is_refused():
    status, _, errors = run(ROOT, "./check", "--slowly")
    assert (status, errors) == (2, "--slowly is no option of ./check; see ./check --help\n")
    assert "--long" in run(ROOT, "./check", "--help")[1]
