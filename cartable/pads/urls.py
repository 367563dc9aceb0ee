"""Addresses of pads."""

from cartable.pads import hosting
from cartable.pads.sockets import sync

sockets = {"/pads/": sync}
endings = (hosting.stop,)
