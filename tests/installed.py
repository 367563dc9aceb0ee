"""Installations that are made once in a run, and copied: to make one costs more than most of what is tested on it.

They are as `cartable migrate` and a first `cartable serve` leave them, on SQLite; each copy has a key of its own. That both make
them well from nothing is proven in tests/config/test_commands.py and test_serve.py.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DEMO_PASSWORD = "encre craie marelle"  # the one place that knows it; firefox.mjs types it too
GATHER = "from django.conf import settings; from cartable.config import assets; assets.gather(settings.STATIC_ROOT)"


def installed(data):
    """Make a data folder one where nothing waits to be migrated and nobody is yet, and return it."""
    return _copied("installed", _install, data)


def demo(data):
    """Make a data folder one of the demo world, whose password is known, and return it."""
    return _copied("demo", _show, data)


def demo_folder(data):
    """Say in a data folder which password the demo world will have, and return it."""
    (data / "demo.password").write_text(DEMO_PASSWORD)
    return data


def run(data, *words):
    """Run a command in a data folder, without an option but that."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
    line = [sys.executable, "-m", "cartable", *words]
    subprocess.run(line, env=kept | {"CARTABLE_DATA": str(data)}, check=True, stdout=subprocess.DEVNULL)


def _install(data):
    run(data, "migrate")
    run(data, "shell", "-v", "0", "-c", GATHER)


def _show(data):
    run(demo_folder(installed(data)), "demo")


def _copied(name, make, data):
    """Copy what `make` makes in a folder; by the first process of the run that needs it, the others wait."""
    shared = Path(os.environ["CARTABLE_DATA"])
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name).exists():
            made = Path(tempfile.mkdtemp(dir=shared))
            make(made)
            made.rename(shared / name)
    shutil.copytree(shared / name, data, dirs_exist_ok=True)
    (data / "secret.key").write_text(secrets.token_urlsafe(50))
    return data
