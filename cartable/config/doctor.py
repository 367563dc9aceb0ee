"""Whether an installation is well: each check says what it found and, where something is wrong, what to do.

A check that raises has found that what it looked at does not answer. None changes anything. `look_deeper` reads every row of the
tree, and the last byte of everything stored.
"""

import email.utils
import http.client
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from ssl import SSLCertVerificationError
from urllib.parse import urlsplit

from django.core.mail import get_connection
from django.core.management import CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

from cartable.config import demo, parts, serve, upgrade
from cartable.drive import uploads
from cartable.drive.tasks import DAYS
from cartable.identity.scim import weighing
from cartable.kernel import clock, mail
from cartable.options import KEY, options, public_url
from cartable.pads.formats import converting
from cartable.spaces import checking, collecting

ROOM = 2 * 10**9  # bytes below which a disk is nearly full
TOLD = 20  # faults of a kind that are told one by one
SKEW = timedelta(seconds=30)  # sign-ins by one-time code refuse more


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    level: Level
    about: str
    found: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Yield what each check finds."""
    for about, check in CHECKS.items():
        try:
            level, found, remedy = check()
        except Exception as error:  # noqa: BLE001 - whatever it is: that is the finding
            level, found, remedy = (
                Level.BAD,
                f"{type(error).__name__}: {error}".splitlines()[0],
                REMEDIES.get(about, ""),
            )
        yield Finding(level, about, found, remedy)


def look_deeper() -> Iterator[Finding]:
    """Yield what is wrong with what is kept, one finding for each fault, the first TOLD of a kind; or that nothing is."""
    for about, level, look, remedy in DEEP:
        try:
            said = list(islice(look(), TOLD + 1))
        except Exception as error:  # noqa: BLE001 - whatever it is: that is the finding
            said, level, remedy = [f"{type(error).__name__}: {error}".splitlines()[0]], Level.BAD, REMEDIES[about]
        for sentence in said[:TOLD]:
            yield Finding(level, about, sentence, remedy)
        if len(said) > TOLD:
            yield Finding(level, about, f"there are more than these {TOLD}")
        if not said:
            yield Finding(Level.OK, about, "nothing is wrong")


def leftovers() -> Iterator[str]:
    """Yield one sentence for each day of which bytes are left that nothing names, and that the nightly task has passed by."""
    day, last = collecting.first_day(), clock.now().date() - timedelta(days=DAYS.stop)
    while day is not None and day <= last:
        forgotten = set(collecting.orphans(day)) - set(uploads.keys_drawn(day))
        if forgotten:
            yield f"nothing names {len(forgotten)} of what was stored on {day}, such as {min(forgotten)}"
        day += timedelta(days=1)


Found = tuple[Level, str, str]


def fine(found: str) -> Found:
    """Return that all is well."""
    return Level.OK, found, ""


def python() -> Found:
    """Look at the interpreter."""
    return fine(f"{sys.version_info.major}.{sys.version_info.minor} in {sys.prefix}")


def data_folder() -> Found:
    """Look at the data folder."""
    free = shutil.disk_usage(options.data).free
    probe = options.data / ".doctor"
    probe.write_bytes(b"")
    probe.unlink()
    if free < ROOM:
        return Level.WARN, f"{free / 10**9:.1f} GB free in {options.data.absolute()}", "Make room, or move the files."
    return fine(f"{options.data.absolute()}, {free / 10**9:.0f} GB free")


def secret_key() -> Found:
    """Look at who may read the key."""
    if options.secret_key:
        return fine("given by CARTABLE_SECRET_KEY")
    file = options.data / KEY
    if file.stat().st_mode & 0o077:
        return Level.BAD, f"others may read {file}", f"chmod 600 {file}, and think of drawing a new one."
    return fine(f"in {file}, readable by its owner only")


def database() -> Found:
    """Ask each database."""
    told = [_database(connection) for connection in connections.all()]
    wrong = next((one for one in told if one[0] is not Level.OK), None)
    return wrong or fine(", and ".join(dict.fromkeys(found for _, found, _ in told)))


def _database(connection: BaseDatabaseWrapper) -> Found:
    with connection.cursor() as cursor:
        cursor.execute("select sqlite_version()" if connection.vendor == "sqlite" else "show server_version")
        answer = cursor.fetchone()[0]
    if connection.vendor == "sqlite" and (file := Path(connection.settings_dict["NAME"])).stat().st_mode & 0o077:
        return Level.WARN, f"others may read {file}", f"chmod 700 {options.data}; chmod 600 {file}*"
    return fine(f"{connection.display_name} {answer}")


def migrations() -> Found:
    """Compare its tables with the code."""
    if upgrade.is_due():
        return Level.BAD, "a migration is due", "Run `cartable migrate`."
    return fine("all applied")


def storage() -> Found:
    """Write, read and delete a few bytes."""
    if wrong := parts.store():
        return Level.BAD, wrong, REMEDIES["storage"]
    return fine(f"{urlsplit(options.storage).scheme}: written, read, deleted")


def queue() -> Found:
    """Look at what waits."""
    if wrong := parts.tasks():
        return Level.BAD, wrong, "Start the server, or `cartable work` where there are several processes."
    return fine("nothing waits for long")


def realtime() -> Found:
    """Ask Redis, if it is used."""
    if options.realtime == "local":
        several = options.workers > 1
        remedy = "Set CARTABLE_REALTIME=redis://… : processes do not hear one another."
        return (Level.WARN, f"local, with {options.workers} workers", remedy) if several else fine("local")
    import_string("redis.Redis").from_url(options.realtime, socket_timeout=5).ping()
    return fine("Redis answers")


def post() -> Found:
    """Say where mail goes; greet the server, if there is one."""
    if options.mail == mail.OUTBOX:
        return fine(f"stays in {mail.outbox().absolute()}: set CARTABLE_MAIL to a server, so that people get it")
    with get_connection():
        return fine(f"{urlsplit(options.mail).hostname} takes mail from us")


def tls() -> Found:
    """Load the certificate."""
    try:
        pair = serve.certificate(options.tls)
    except CommandError as error:
        return Level.BAD, str(error), "Give CARTABLE_TLS two readable PEM files, as certificate:key."
    if pair:
        return fine(f"{pair[0]} and its key")
    local = (urlsplit(public_url()).hostname or "") in {"localhost", "127.0.0.1", "::1"}
    if local or public_url().startswith("https:"):
        return fine("not ours to do")
    return (
        Level.WARN,
        f"{public_url()} is not encrypted",
        "Set CARTABLE_TLS, or put a front server that has it before us.",
    )


def address() -> Found:
    """Ask the site at the address that people use."""
    try:
        with urllib.request.urlopen(f"{public_url()}/healthz", timeout=10) as answer:  # noqa: S310 - our own address
            return clock_of(answer.headers.get("Date", ""))
    except urllib.error.HTTPError as error:
        return Level.BAD, f"{public_url()} answers {error.code}", "Is it ours? See CARTABLE_URL and the front server."
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, SSLCertVerificationError):
            return (
                Level.WARN,
                f"{public_url()}: {reason.verify_message}",
                "Browsers will warn: get a certificate they know.",
            )
        return Level.WARN, f"{public_url()} does not answer ({reason})", "Start the server; see CARTABLE_URL."


def clock_of(date: str) -> Found:
    """Compare the clock of the site with ours."""
    skew = abs(email.utils.parsedate_to_datetime(date) - clock.now()) if date else timedelta()
    if skew > SKEW:
        return Level.WARN, f"its clock is {skew.seconds} s from ours", "Let NTP set both."
    return fine(f"{public_url()} answers, and its clock agrees")


def wall_clock() -> Found:
    """Compare the clock with the disk's: files of ours from the future tell that it went back."""
    newest = max((file.stat().st_mtime for file in recent(options.data)), default=0.0)
    ahead = newest - clock.now().timestamp()
    if ahead > SKEW.seconds:
        return (
            Level.BAD,
            f"behind the newest of our files by {ahead:.0f} s",
            "Let NTP set it: what expires depends on it.",
        )
    return fine(f"{clock.now():%Y-%m-%d %H:%M:%S} UTC")


def recent(folder: Path) -> Iterator[Path]:
    """Yield the files of the data folder that each start or change touches."""
    return (file for file in folder.iterdir() if file.is_file())


def host() -> Found:
    """Look at where we listen."""
    socket.getaddrinfo(options.host, options.port)
    return fine(f"{options.host}:{options.port}")


def strangers() -> Found:
    """Look whether the demo world stands open to others than this machine."""
    count = len(demo.here())
    if not count:
        return fine("no accounts to play with")
    alone = {"localhost", "127.0.0.1", "::1"}
    if options.host in alone and (urlsplit(public_url()).hostname or "") in alone:
        return fine(f"{count} accounts to play with, for this machine alone")
    return (
        Level.WARN,
        f"{count} accounts to play with, open to whoever knows the password in {options.data / demo.KEPT}",
        "For real people begin in an empty data folder: ./start --no-demo, or cartable serve.",
    )


def directories() -> Found:
    """Look whether the safety valve stopped one that writes people here."""
    if stopped := weighing.stopped():
        told = ", ".join(f"{label} since {at:%Y-%m-%d %H:%M} UTC" for label, at in stopped)
        return Level.WARN, f"the safety valve stops {told}", "See the log; if it is true: cartable scim allow LABEL."
    return fine("the safety valve stops none")


def documents() -> Found:
    """Say in which forms texts may be taken away."""
    told = ", ".join(one.ending for one in converting.offered())
    wants = [
        name
        for name, here in (
            ("Pango for pdf", converting.prints()),
            ("LibreOffice for odt and docx", converting.soffice()),
        )
        if not here
    ]
    return fine(f"texts are taken away as {told}" + (f"; this machine has no {', no '.join(wants)}" if wants else ""))


CHECKS: dict[str, Callable[[], Found]] = {
    "python": python,
    "data folder": data_folder,
    "secret key": secret_key,
    "clock": wall_clock,
    "database": database,
    "migrations": migrations,
    "storage": storage,
    "tasks": queue,
    "realtime": realtime,
    "mail": post,
    "listening": host,
    "demo": strangers,
    "directories": directories,
    "documents": documents,
    "https": tls,
    "address": address,
}
REMEDIES = {
    "data folder": "Give it to the account that runs Cartable, or set CARTABLE_DATA.",
    "secret key": "Start the server once: it draws one.",
    "database": "Is it running? See CARTABLE_DATABASE.",
    "migrations": "See database.",
    "demo": "See database.",
    "directories": "See database.",
    "storage": "See CARTABLE_STORAGE: the address, the credentials, the room left.",
    "tasks": "See database.",
    "realtime": "Is Redis running? See CARTABLE_REALTIME.",
    "mail": "See CARTABLE_MAIL: the name, the port, the credentials; smtp:// wants TLS too, unless it ends with ?tls=0.",
    "listening": "See CARTABLE_HOST.",
    "tree": "See database.",
    "bytes": "See storage.",
    "leftovers": "See storage.",
}

DEEP: tuple[tuple[str, Level, Callable[[], Iterator[str]], str], ...] = (
    (
        "tree",
        Level.BAD,
        checking.faults,
        "Keep a copy of the database as it is now and tell us (SECURITY.md): it is a bug, or the database was damaged.",
    ),
    (
        "bytes",
        Level.BAD,
        checking.holes,
        "Bring this key back from a backup of the storage; its document cannot be read meanwhile.",
    ),
    (
        "leftovers",
        Level.WARN,
        leftovers,
        "It only takes room. See that nightly tasks run: `cartable work`, or the server itself.",
    ),
)
