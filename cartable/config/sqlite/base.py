"""Django's SQLite, where the threads of one process write in the order they came.

SQLite itself lets whoever wakes first pass, and those who wait sleep ever longer: of eight busy threads some waited for
eight seconds, and together they did a sixth of what they can (docs/decisions/0008).
"""

import contextlib
import functools
import re
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from cartable.kernel.letters import plain


class Turns:
    """A lock that is given in the order it was asked for."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def take(self, seconds: float) -> bool:
        """Wait for our turn. False if it did not come in time."""
        with self._door:
            if not self._taken:
                self._taken = True
                return True
            ours = threading.Event()
            self._waiting.append(ours)
        if ours.wait(seconds):
            return True
        with self._door:
            if not ours.is_set():
                self._waiting.remove(ours)
        return ours.is_set()

    def give(self) -> None:
        """Let the next one pass: the turn is handed over, nobody can slip in between."""
        with self._door:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


TURNS: defaultdict[str, Turns] = defaultdict(Turns)  # by database file


WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|WITH\b.*\b(INSERT|UPDATE|DELETE)\b)", re.IGNORECASE | re.DOTALL)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection. It holds the turn while it is in a transaction: with BEGIN IMMEDIATE each one writes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._has_turn = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Return a connection whose SQL knows `plain`."""
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        connection.create_function("plain", 1, plain, deterministic=True)
        return connection

    def create_cursor(self, name: str | None = None) -> "Cursor":
        """Return a cursor that waits for our turn to write."""
        return self.connection.cursor(factory=functools.partial(Cursor, database=self))  # type: ignore[no-any-return]

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Have the turn for one statement, if it is not ours for a transaction."""
        if self._has_turn:
            yield
            return
        self._take_turn()
        try:
            yield
        finally:
            self._give_turn()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # if it fails, Django rolls back
        self._give_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _take_turn(self) -> None:
        if not TURNS[self._file].take(self.settings_dict["OPTIONS"].get("timeout", 5.0)):
            raise OperationalError("database is locked: another thread of this process holds it")
        self._has_turn = True

    def _give_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            TURNS[self._file].give()

    @property
    def _file(self) -> str:
        return str(self.settings_dict["NAME"])


class Cursor(base.SQLiteCursorWrapper):
    """A statement that writes on its own takes its turn as a transaction does, else it would hardly ever get one."""

    def __init__(self, connection: sqlite3.Connection, *, database: DatabaseWrapper) -> None:
        super().__init__(connection)
        self._database = database

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement."""
        with self._database.turn() if WRITES.match(query) else contextlib.nullcontext():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """Run one statement for each of several values."""
        with self._database.turn() if WRITES.match(query) else contextlib.nullcontext():
            return super().executemany(query, param_list)
