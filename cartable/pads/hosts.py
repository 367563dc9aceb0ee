"""Host names at which pads have addresses: their own, and that of the site."""

from urllib.parse import urlsplit

from cartable.options import options, public_url

SITE = urlsplit(public_url()).hostname or ""
OWN = options.pads_host.lower() if options.pads_host.lower() != SITE else ""
ALL = tuple(one for one in (OWN, SITE) if one)
