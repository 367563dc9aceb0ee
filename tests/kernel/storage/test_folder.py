"""What is particular to a folder: who may read it, what a power cut may take, what is swept."""

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from cartable.kernel.storage.folder import Folder
from cartable.kernel.storage.interface import draw_key

pytestmark = pytest.mark.once


@pytest.fixture
def root(tmp_path):
    return tmp_path / "files"


@pytest.fixture
def place(root):
    return Folder(root)


def put(place, text=b"x"):
    sink = place.begin()
    sink.write(text)
    return sink.finish()


def test_only_its_owner_may_read(place, root):
    os.umask(os.umask(0o022))
    put(place)
    for path in [root, *root.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_the_path_is_the_file(place):
    stored = put(place, b"bonjour")
    assert place.path(stored.key).read_bytes() == b"bonjour"


def test_what_is_acknowledged_was_flushed_before_it_was_named_and_its_name_after(place, root, monkeypatch):
    done = []
    fsync, rename = os.fsync, type(root).rename

    def noted_fsync(descriptor):
        done.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    def noted_rename(path, target):
        done.append("renamed")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(type(root), "rename", noted_rename)
    stored = put(place)
    place_of = root / stored.key
    temporary = root / "incoming" / place_of.name
    folders = [root, place_of.parents[1]]
    assert done == [str(temporary), *map(str, folders), "renamed", str(place_of.parent)]


def test_sweeping_takes_the_uploads_that_died_a_day_ago_and_spares_the_others(place, root):
    dead, alive = place.begin(), place.begin()
    dead.write(b"x")
    old = time.time() - 25 * 3600
    for file in (root / "incoming").iterdir():
        if file.name == dead._key.rpartition("/")[2]:
            os.utime(file, (old, old))
    place.sweep()
    assert [file.name for file in (root / "incoming").iterdir()] == [alive._key.rpartition("/")[2]]
    dead.abort()
    alive.abort()


def test_sweeping_takes_empty_days_and_a_folder_swept_under_an_upload_comes_back(place, root):
    place.delete([put(place).key])
    sink = place.begin()
    place.sweep()
    assert [path.name for path in root.iterdir()] == ["incoming"]
    for leaf in {path.parent for path in map(place.path, [sink._key])}:
        place._settled.add(leaf)  # as if it had been there before
    stored = sink.finish()
    assert list(place.read(stored.key)) == []


def test_a_full_disk_is_said_and_leaves_nothing(place, root, monkeypatch):
    sink = place.begin()
    sink.write(b"x")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        sink.finish()
    sink.abort()
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_writers_in_many_threads_do_not_meet(place):
    stored = []
    threads = [threading.Thread(target=lambda n=n: stored.append(put(place, b"%d" % n))) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(b"".join(place.read(one.key)) for one in stored) == sorted(b"%d" % n for n in range(16))


def test_two_keys_are_never_the_same():
    assert len({draw_key() for _ in range(1000)}) == 1000
