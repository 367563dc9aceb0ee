"""The database of a HedgeDoc 1.x or a CodiMD 2.x, read only: SQLite or PostgreSQL, as Sequelize made its tables."""

import contextlib
import json
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from cartable.kernel.errors import BadInput, NotFound
from cartable.pads.bringing import patches

MOST = 100  # revisions of one note that are brought, the last ones

Text = tuple[datetime, str]


class User(NamedTuple):
    """An account, and the addresses that may be a person's here."""

    id: str
    mails: list[str]


class Note(NamedTuple):
    """A note, with its texts, the oldest first; the last is the present one."""

    id: str  # 22 letters, as in its address
    short: str
    alias: str
    permission: str
    views: int
    owner: str  # id of a user, empty if it has none
    texts: list[Text]


class Source:
    """An open database. Raises NotFound if there is none at an address, BadInput if it is none of theirs."""

    def __init__(self, address: str) -> None:
        self._mark = "%s" if address.startswith(("postgresql://", "postgres://")) else "?"
        if self._mark == "%s":
            self._database: Any = import_module("psycopg").connect(
                address, options="-c default_transaction_read_only=on"
            )
        elif not Path(address).is_file():
            raise NotFound(address)
        else:
            self._database = sqlite3.connect(f"{Path(address).absolute().as_uri()}?mode=ro", uri=True)
        try:
            self._rows('SELECT id FROM "Notes" LIMIT 1')
        except Exception as error:
            self.close()
            raise BadInput(address) from error

    def close(self) -> None:
        """Let go of it."""
        self._database.close()

    def users(self) -> list[User]:
        """Return the accounts."""
        rows = self._rows('SELECT id, profile, email FROM "Users"')
        return [User(str(number), _mails(_json(profile), email)) for number, profile, email in rows]

    def history(self, user: str) -> list[Any]:
        """Return the history of an account, as it is kept."""
        [row] = self._rows(f'SELECT history FROM "Users" WHERE id = {self._mark}', user)  # noqa: S608 - constants
        return _list(_json(row[0]))

    def ids(self) -> list[str]:
        """Return the ids of all notes."""
        return sorted(str(row[0]) for row in self._rows('SELECT id FROM "Notes"'))

    def note(self, number: str) -> Note:
        """Return a note."""
        columns = 'shortid, alias, permission, viewcount, "ownerId", content, "createdAt", "lastchangeAt"'
        [row] = self._rows(f'SELECT {columns} FROM "Notes" WHERE id = {self._mark}', number)  # noqa: S608 - constants
        short, alias, permission, views, owner, content, created, changed = row
        present = (_moment(changed or created), _text(content))
        texts = [*self._earlier(number), present]
        kept = [
            one for before, one in zip([None, *texts], texts, strict=False) if before is None or before[1] != one[1]
        ]
        words = (encoded(number), short or "", alias or "", permission or ("" if owner else "freely"))
        return Note(*words, views or 0, str(owner or ""), kept[-MOST - 1 :])

    def _earlier(self, number: str) -> Iterator[Text]:
        """Yield the texts of the revisions of a note that can be made again (`models/revision.js`): whole ones, and patches to them."""
        columns = 'patch, "lastContent", content, "createdAt"'
        ordered = f'SELECT {columns} FROM "Revisions" WHERE "noteId" = {self._mark} ORDER BY "createdAt"'  # noqa: S608
        text: str | None = None
        for patch, first, whole, created in self._rows(ordered, number):
            if whole is not None or (first is not None and not patch):
                text = _text(whole if whole is not None else first)
            elif text is not None:
                with contextlib.suppress(patches.Unfit):
                    text = patches.applied(text, patch or "")
            if text is not None:
                yield _moment(created), text

    def _rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        cursor = self._database.cursor()
        with contextlib.closing(cursor):
            cursor.execute(statement, values)
            return list(cursor.fetchall())


def encoded(number: str) -> str:
    """Return the id of a note as its address has it: base64url of the UUID (`Note.encodeNoteId`)."""
    return urlsafe_b64encode(UUID(number).bytes).decode().rstrip("=")


def _text(content: str | None) -> str:
    return (content or "").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _moment(value: datetime | str) -> datetime:
    """Return a moment as Sequelize writes it, in UTC."""
    moment = datetime.fromisoformat(value.replace(" +", "+")) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _json(raw: str | None) -> Any:
    try:
        return json.loads(raw or "null")
    except (ValueError, RecursionError):
        return None


def _list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _mails(profile: Any, email: str | None) -> list[str]:
    """Return the addresses of an account: its own, and those that who signed it in told."""
    told = profile.get("emails") if isinstance(profile, dict) else None
    many = [email, *(one.get("value") if isinstance(one, dict) else one for one in _list(told))]
    return [one for one in many if isinstance(one, str) and "@" in one]
