"""What the HTTP server calls: the bridge, with the early routes and WebSockets of each package."""

import os
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cartable.config.settings")
django.setup()

from cartable.config import health  # noqa: E402 - needs Django
from cartable.config.bridge import Beside, Bridge  # noqa: E402
from cartable.config.environ import networks  # noqa: E402
from cartable.drive import urls as drive  # noqa: E402
from cartable.kernel.tasks import work  # noqa: E402
from cartable.options import options  # noqa: E402
from cartable.pads import urls as pads  # noqa: E402

HEALTH = {"/healthz": health.alive, "/readyz": health.ready, "/metrics": health.metrics}


def bridge(*, beside: tuple[Beside, ...] = ()) -> Bridge:
    """Return the application of a server that answers, and does nothing else."""
    return Bridge(
        early=HEALTH | drive.early,
        hosts=pads.hosts,
        sockets=pads.sockets,
        threads=options.threads,
        proxies=networks(options.proxies),
        beside=beside,
        beginnings=pads.beginnings,
        endings=pads.endings,
    )


def embedded() -> Bridge:
    """Return the application of a server that is alone: it runs background tasks too."""
    return bridge(beside=(work, work_on_media))


def work_on_media(stop: threading.Event) -> None:
    """Run long tasks, which must not make the short ones wait."""
    work(stop, ("media",))


application = bridge()
