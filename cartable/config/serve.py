"""The servers: granian for everything, uvicorn for processes that only hold WebSockets (a tenth of the memory each).

The process that starts supervises: it answers nothing, starts a worker again if it dies, and takes all of them with it.
"""

import http.client
import os
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import connections
from django.utils.module_loading import import_string
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from cartable.options import FILE, Options

ROLES = ("web", "dav", "sockets")
KILL = 8  # seconds between SIGTERM and SIGKILL of a worker; bridge.GRACE is less


def certificate(tls: str) -> tuple[Path, Path] | None:
    """Return the two files of the `tls` option. Raises CommandError if they do not make a certificate and its key."""
    if not tls:
        return None
    cert, _, key = tls.partition(":")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key or None)
    except (OSError, ssl.SSLError) as error:
        raise CommandError(f"CARTABLE_TLS: {cert} and {key or 'no key'} cannot serve HTTPS: {error}") from error
    return Path(cert), Path(key)


def refuse_taken_port(options: Options) -> None:
    """Raise CommandError if someone listens there: the server itself would share the port, and half of the visitors."""
    host, port = options.host, options.port
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "there is no such port"
        ours = " Cartable answers there already: is it this one?" if _answers(options, patience=1) else ""
        raise CommandError(f"Cannot listen on {host}:{port}: {why}.{ours} Choose another --port.") from error


def remember(options: Options, url: str) -> None:
    """Write what is served into the options of the data folder, so that every command knows it.

    The new file is whole and durable before it takes the place of the old one, which may name the database.
    """
    file = options.data / FILE
    served = {"CARTABLE_URL": url, "CARTABLE_HOST": options.host, "CARTABLE_PORT": str(options.port)}
    others = [line for line in _lines(file) if line.partition("=")[0].strip() not in served]
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".options-", delete=False) as aside:
        aside.writelines(f"{line}\n" for line in [*others, *(f"{name}={value}" for name, value in served.items())])
        aside.flush()
        os.fsync(aside.fileno())
    Path(aside.name).replace(file)


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.is_file() else []


def refuse_crowd(workers: int, *databases: str) -> None:
    """Raise CommandError if several processes were to write into one SQLite file."""
    if workers > 1 and "sqlite" in databases:
        raise CommandError(f"{workers} workers need PostgreSQL (CARTABLE_DATABASE): SQLite means one server process.")


def serve(options: Options, *, workers: int, role: str | None, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is called once, from a thread, when the site answers."""
    connections.close_all()  # workers are forks: no connection may be shared
    threading.Thread(target=_when_ready, args=(options, ready), daemon=True).start()
    if role == "sockets":
        import_string("cartable.config.sockets.serve")(options)  # needs the `scale` extra
        return
    with tempfile.TemporaryDirectory(prefix="cartable-metrics-") as counts:
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # where workers add up what each has counted
        _granian(options, workers, role).serve()


def _granian(options: Options, workers: int, role: str | None) -> AbstractServer[Any]:
    embedded = workers == 1 and role is None
    cert, key = certificate(options.tls) or (None, None)
    return Server(
        f"cartable.config.asgi:{'embedded' if embedded else 'bridge'}",
        factory=True,
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGI,
        workers=workers,
        workers_kill_timeout=KILL,
        respawn_failed_workers=True,
        backlog=2048,
        backpressure=8192,  # connections at a time in each worker: clients of push and pads stay
        ssl_cert=cert,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        log_level=LogLevels.warning,
        log_dictconfig=settings.LOGGING,
    )


def _when_ready(options: Options, ready: Callable[[], None]) -> None:
    while not _answers(options):
        time.sleep(0.05)
    ready()


def _answers(options: Options, patience: float = 5) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104
    site = http.client.HTTPConnection(host, options.port, timeout=patience)
    if options.tls:
        site = http.client.HTTPSConnection(host, options.port, timeout=patience, context=_trusting(options.tls))
    try:
        site.request("GET", "/healthz")
        answer = site.getresponse()
        return (answer.status, answer.read()) == (200, b"ok\n")
    except (OSError, OverflowError, http.client.HTTPException):
        return False
    finally:
        site.close()


def _trusting(tls: str) -> ssl.SSLContext:
    """Return a context that trusts our own certificate, under whatever name we call ourselves."""
    context = ssl.create_default_context(cafile=tls.partition(":")[0])
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
