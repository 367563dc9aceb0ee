"""What any place for bytes must do: the same tests on a folder and on a bucket."""

import hashlib
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartable.kernel.storage import Missing, open_storage
from cartable.kernel.storage.interface import BLOCK, draw_key

pytestmark = pytest.mark.once  # in a folder and on S3

BIG = 3 * 8 * 2**20 + 5  # three parts of an S3 upload, and a bit


@pytest.fixture(params=["folder", "s3"])
def address(request, tmp_path):
    if request.param == "folder":
        return f"folder:{tmp_path}/files"
    bare, _, query = request.getfixturevalue("s3").partition("?")
    return f"{bare}/{tmp_path.name}?{query}"  # each test its own prefix


@pytest.fixture
def place(address):
    return open_storage(address)


def put(place, *blocks):
    sink = place.begin()
    for block in blocks:
        sink.write(block)
    return sink.finish()


def whole(place, key, *range_):
    return b"".join(place.read(key, *range_))


def today():
    return datetime.now(UTC).date()


def test_bytes_come_back_as_they_went_in(place):
    stored = put(place, b"bon", b"jour")
    assert whole(place, stored.key) == b"bonjour"
    assert stored.size == 7


def test_digests_are_those_of_the_whole(place):
    stored = put(place, b"bon", b"jour")
    assert stored.sha256 == hashlib.sha256(b"bonjour").digest()
    assert stored.sha1 == hashlib.sha1(b"bonjour").digest()
    assert stored.md5 == hashlib.md5(b"bonjour").digest()


def test_an_empty_object_is_an_object(place):
    stored = put(place)
    assert stored.size == 0
    assert list(place.read(stored.key)) == []


@pytest.fixture
def alphabet(place):
    """The key of the 64 bytes 0, 1, 2…"""
    return put(place, bytes(range(64))).key


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 70), length=st.none() | st.integers(0, 70))
def test_a_range_is_a_slice(place, alphabet, start, length):
    assert whole(place, alphabet, start, length) == bytes(range(64))[start:][:length]


def test_a_big_object_comes_in_blocks_and_only_the_end_of_it_if_asked(place):
    stored = put(place, *[b"x" * BLOCK] * (BIG // BLOCK), b"end")
    blocks = list(place.read(stored.key))
    assert sum(map(len, blocks)) == stored.size
    assert max(map(len, blocks)) <= 4 * BLOCK
    assert whole(place, stored.key, stored.size - 3) == b"end"


def test_a_reader_that_leaves_early_holds_nothing(place):
    blocks = place.read(put(place, b"x" * BLOCK * 4).key)
    next(blocks)
    del blocks  # an open file would warn, and warnings are errors
    place.read(put(place, b"x").key)


def test_absent_bytes_are_missing_before_the_first_block_is_asked(place):
    for range_ in [(), (3,), (0, 5), (0, 0)]:
        with pytest.raises(Missing):
            place.read(draw_key(), *range_)


KEY = "20261124/a7/" + "u" * 32


@pytest.mark.parametrize(
    "key", ["", "../x", "/etc/passwd", "incoming/x", "20261124/a7/../../x", f"{KEY}/../../../x", f"{KEY}\n", f"/{KEY}"]
)
def test_what_is_not_a_key_reaches_nothing(place, key):
    for reach in [place.read, place.path, lambda key: place.delete([key])]:
        with pytest.raises(Missing):
            reach(key)


def test_nothing_is_visible_before_the_end(place):
    sink = place.begin()
    sink.write(b"x" * BIG)
    assert list(place.keys(today())) == []
    assert sink.finish().key in place.keys(today())


def test_an_abandoned_upload_leaves_nothing(place):
    sink = place.begin()
    sink.write(b"x" * BIG)
    sink.abort()
    sink.abort()
    assert list(place.keys(today())) == []


def test_abandoning_what_is_finished_takes_nothing_away(place):
    sink = place.begin()
    sink.write(b"x")
    stored = sink.finish()
    sink.abort()
    assert whole(place, stored.key) == b"x"


def test_deleting_takes_only_what_is_named_and_may_be_repeated(place):
    gone, kept = put(place, b"1").key, put(place, b"2").key
    place.delete([gone, draw_key()])
    place.delete([gone])
    place.delete([])
    assert list(place.keys(today())) == [kept]
    with pytest.raises(Missing):
        place.read(gone)


def test_keys_are_listed_by_the_day_they_were_drawn(place):
    keys = {put(place, b"1").key for _ in range(5)}
    assert set(place.keys(today())) == keys
    assert list(place.keys(date(2020, 2, 29))) == []


def test_a_key_says_its_day_in_utc_and_nothing_else(monkeypatch):
    monkeypatch.setattr("cartable.kernel.clock.now", lambda: datetime(2027, 1, 2, 23, 59, tzinfo=UTC))
    day, folder, name = draw_key().split("/")
    assert day == "20270102"
    assert (len(folder), len(name)) == (2, 32)
    assert draw_key() != draw_key()


KILLED = """
import django, os, sys
django.setup()
from cartable.kernel.storage import open_storage
sink = open_storage(sys.argv[1]).begin()
for _ in range(40):
    sink.write(b"x" * 2**20)
os.kill(os.getpid(), 9)
"""


def test_a_process_killed_in_the_middle_leaves_nothing_visible(place, address):
    killed = subprocess.run([sys.executable, "-c", KILLED, address], check=False)
    assert killed.returncode == -9
    assert list(place.keys(today())) == []


PASSING = """
import django, re, sys
from pathlib import Path
django.setup()
from cartable.kernel.storage import open_storage
place, block = open_storage(sys.argv[1]), b"x" * 2**20
def send(blocks):
    sink = place.begin()
    for _ in range(blocks):
        sink.write(block)
    stored = sink.finish()
    assert sum(map(len, place.read(stored.key))) == blocks * 2**20
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
first = send(48)
print((send(192) - first) // 1024)
"""


def test_memory_does_not_grow_with_the_size_of_what_passes(address):
    grown = subprocess.run([sys.executable, "-c", PASSING, address], check=True, capture_output=True, text=True)
    assert int(grown.stdout) < 20  # MiB; 48 MiB fill every buffer there is


@pytest.mark.parametrize(
    "wrong", ["", "ftp://x/y", "/tmp/files", "s3://bucket", "s3://KEY:SECRET@host/", "s3://k:s@host/bucket?tsl=0"]
)
def test_an_address_that_says_nothing_is_refused_by_the_name_of_the_option(wrong):
    with pytest.raises(ValueError, match="CARTABLE_STORAGE"):
        open_storage(wrong)
