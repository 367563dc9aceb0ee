"""What this server says it can do, in the words of Nextcloud 31. Types are to the letter: iOS decodes them strictly.

What we do not do is left out, or false: clients hide it. No bulk upload: desktop 3.7 never gets over an empty file in it.
"""

from typing import Any

from cartable.options import options, public_url

VERSION = (31, 0, 4, 1)  # of the peer whose protocol we speak; below 30 Android warns its user
NAME = "Cartable"
CHUNK = 100 * 2**20  # bytes of a piece that clients begin with


def versionstring() -> str:
    """Return the version without its build."""
    return ".".join(map(str, VERSION[:3]))


def status() -> dict[str, Any]:
    """Return what /status.php says to anybody."""
    return {
        "installed": True,
        "maintenance": False,
        "needsDbUpgrade": False,
        "version": ".".join(map(str, VERSION)),
        "versionstring": versionstring(),
        "edition": "",
        "productname": NAME,
        "extendedSupport": False,
    }


def capabilities(*, known: bool) -> dict[str, Any]:
    """Return the capabilities; to who is not `known`, what a client needs before it signs in."""
    major, minor, micro, _ = VERSION
    return {
        "version": {
            "major": major,
            "minor": minor,
            "micro": micro,
            "string": versionstring(),
            "edition": "",
            "extendedSupport": False,
        },
        "capabilities": {**_public(), **(_private() if known else {})},
    }


def _public() -> dict[str, Any]:
    return {
        "core": {
            "pollinterval": 60,
            "webdav-root": "remote.php/webdav",
            "reference-api": False,
            "mod-rewrite-working": True,
            "status": status(),
        },
        "theming": {
            "name": NAME,
            "productName": NAME,
            "slogan": "",
            "url": public_url(),
            "color": "#3558a2",
            "color-text": "#ffffff",
            "color-element": "#3558a2",
            "color-element-bright": "#3558a2",
            "color-element-dark": "#3558a2",
            "logo": f"{public_url()}/static/web/icon.svg",
            "logoheader": f"{public_url()}/static/web/icon.svg",
            "favicon": f"{public_url()}/static/web/icon.svg",
            "background": "#3558a2",
            "background-text": "#ffffff",
            "background-plain": True,
            "background-default": True,
        },
    }


def _private() -> dict[str, Any]:
    return {
        "dav": {"chunking": "1.0"},
        "files": {
            "bigfilechunking": True,
            "undelete": True,
            "versioning": True,
            "version_labeling": True,
            "version_deletion": True,
            "comments": False,
            "favorites": True,
            "locking": "1.0",
            "api-feature-lock-type": True,
            "blacklisted_files": [],
            "forbidden_filenames": [],
            "forbidden_filename_characters": ["/"],
            "forbidden_filename_basenames": [],
            "forbidden_filename_extensions": [],
            "windows_compatible_filenames": False,
            "chunked_upload": {"max_size": CHUNK, "max_parallel_count": 5},
        },
        "checksums": {"supportedTypes": ["SHA1", "MD5", "SHA256"], "preferredUploadType": "SHA1"},
        "files_sharing": _sharing(),
    }


def _sharing() -> dict[str, Any]:
    expires = {"enabled": bool(options.link_days), "days": options.link_days, "enforced": False}
    return {
        "api_enabled": True,
        "resharing": True,
        "group_sharing": True,
        "default_permissions": 15,
        "public": {
            "enabled": True,
            "upload": True,
            "upload_files_drop": True,
            "supports_upload_only": True,
            "multiple_links": True,
            "send_mail": False,
            "password": {"enforced": False, "askForOptionalPassword": False},
            "expire_date": expires,
            "expire_date_internal": {"enabled": False},
            "expire_date_remote": {"enabled": False},
        },
        "user": {"send_mail": False, "expire_date": {"enabled": True}},
        "group": {"enabled": True, "expire_date": {"enabled": True}},
        "federation": {"outgoing": False, "incoming": False, "expire_date": {"enabled": False}},
        "sharee": {"query_lookup_default": False, "always_show_unique": True},
        "sharebymail": {"enabled": False},
    }
