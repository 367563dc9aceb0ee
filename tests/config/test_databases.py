"""What threads and processes ask of a database at the same time."""

import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.config.sites import SERVERS, serving
from tests.servers import postgresql

THREADS = 3


@pytest.fixture(scope="module")
def address():
    with postgresql() as address:
        yield address


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_has_no_more_connections_than_threads(server, address, tmp_path):
    with psycopg.connect(address, autocommit=True) as ours:
        ours.execute("DROP TABLE IF EXISTS written")
        ours.execute("CREATE TABLE written (id serial PRIMARY KEY)")
        with serving(server, tmp_path, database=address, threads=THREADS) as site, ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(lambda _: site.ask("GET", "/rows")[0], range(400)))
            count = "SELECT count(*) FROM pg_stat_activity WHERE client_port > 0 AND pid <> pg_backend_pid()"
            assert ours.execute(count).fetchone()[0] <= THREADS
        assert set(answers) == {200}
        assert ours.execute("SELECT count(*) FROM written").fetchone()[0] == 400


def test_sixteen_writers_of_sqlite_wait_for_one_another(tmp_path, monkeypatch):
    """They read, then write: a plain BEGIN fails with "locked" thousands of times, and counts wrong."""
    monkeypatch.setenv("CARTABLE_DATA", str(tmp_path))
    monkeypatch.setenv("CARTABLE_DATABASE", "sqlite")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.config.served_settings")
    with contextlib.closing(sqlite3.connect(tmp_path / "cartable.db")) as database:
        database.executescript(  # the log is chosen once, by who migrates: of many who would at once, some are refused without waiting
            "PRAGMA journal_mode=WAL; CREATE TABLE written (n int); INSERT INTO written VALUES (0);"
        )
        command = [sys.executable, "-m", "tests.config.writers"]
        writers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
        assert [writer.communicate(timeout=120)[1] for writer in writers] == [b""] * 4
        assert database.execute("SELECT n FROM written").fetchone()[0] == 1600
