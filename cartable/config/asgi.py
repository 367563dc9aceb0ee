"""What the HTTP server calls: the bridge, with the early routes and WebSockets of each package."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cartable.config.settings")
django.setup()

from cartable.config.bridge import Bridge  # noqa: E402 - needs Django
from cartable.config.environ import networks  # noqa: E402
from cartable.drive import urls as drive  # noqa: E402
from cartable.options import options  # noqa: E402

application = Bridge(
    early=getattr(drive, "early", {}),
    sockets={},
    threads=options.threads,
    proxies=networks(options.proxies),
)
