"""How we log: on stderr, one JSON object a line, or one line of text where a person reads it in a terminal. No secret in either.

Addresses that hold a token are shortened wherever they appear; queries, headers and bodies are never logged.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http.request import UnreadablePostError

request_id: ContextVar[str] = ContextVar("request_id", default="")
address: ContextVar[str] = ContextVar("address", default="")  # of the network, where the request came from
person: ContextVar[str] = ContextVar("person", default="")  # opaque id, set by whoever authenticates the request

# What follows one of these in a path opens something by itself.
TOKEN = re.compile(r"(/(?:s|d|public-files|public\.php/(?:webdav|dav/files)|login/v2/flow|confirm|reset)/)[^/\s?\"']+")
# What programs print of requests and settings.
SECRETS = (
    re.compile(r"(?i)(\b(?:authorization|(?:set-)?cookie)[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+"),
    re.compile(r"(?i)(\b(?:basic|bearer)\s+)[\w+/=.~-]{6,}"),
    re.compile(
        r"(?i)([\w-]{0,30}(?:password|passwd|secret|token|api[_-]?key|signature)[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;)\]}]+"
    ),
    re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^/\s@\"']+(?=@)"),  # user and password of an address
)
LEVELS = ("debug", "info", "warning", "error")
ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "request_id", "person"}


def without_tokens(text: str) -> str:
    """Return a text in which addresses no longer open what they name, and secrets that are called so are gone."""
    for pattern in (TOKEN, *SECRETS):
        text = pattern.sub(r"\1***", text)
    return text


class Json(logging.Formatter):
    """A record as one line of JSON, with the id of the request and of the person; what was given as `extra` becomes a key."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": getattr(record, "request_id", "") or request_id.get(),
            "person": getattr(record, "person", "") or person.get(),
            "message": without_tokens(record.getMessage()),
        }
        line |= {key: value for key, value in given(record).items() if key not in line}
        if record.exc_info:
            line["error"] = without_tokens(self.formatException(record.exc_info))
        return json.dumps({key: value for key, value in line.items() if value != ""}, ensure_ascii=False, default=str)


class Text(logging.Formatter):
    """A record as a line for the eye: the hour here, what happened, and what was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and those of the error if there is one."""
        values = [f"{key}={value}" for key, value in given(record).items()]
        hour = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        line = " ".join([hour, f"{record.levelname.lower():7}", without_tokens(record.getMessage()), *values])
        error = without_tokens(self.formatException(record.exc_info)).splitlines() if record.exc_info else []
        return "\n".join(map(_visible, [line, *error]))


def given(record: logging.LogRecord) -> dict[str, Any]:
    """Return what was given to a record as `extra`, without secrets."""
    extra = {key: value for key, value in vars(record).items() if key not in ORDINARY}
    return {key: without_tokens(value) if isinstance(value, str) else value for key, value in extra.items()}


def _visible(text: str) -> str:
    """Return a text that cannot command the terminal: a path may hold anything."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class Ours(logging.Filter):
    """What says something about us: a client that leaves in the middle of its body does not."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to keep the record."""
        return not (record.exc_info and isinstance(record.exc_info[1], UnreadablePostError))


def configuration(level: str, style: str) -> dict[str, Any]:
    """Return Django's LOGGING: all of it on stderr, from `level` on, as `json`, as `text`, or as who reads it wants (empty).

    Raises ValueError that names the option.
    """
    if level not in LEVELS:
        raise ValueError(f"CARTABLE_LOG_LEVEL: {level!r} is none of {', '.join(LEVELS)}")
    if style not in {"", "json", "text"}:
        raise ValueError(f"CARTABLE_LOG_FORMAT: {style!r} is neither json nor text")
    style = style or ("text" if sys.stderr.isatty() else "json")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": Json}, "text": {"()": Text}},
        "filters": {"ours": {"()": Ours}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style, "filters": ["ours"]}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {  # at debug it writes each query, with its values
            "django": {"handlers": [], "propagate": True, "level": "INFO" if level == "debug" else level.upper()}
        },
    }


def only_warnings() -> None:
    """Let nothing less than a warning reach stderr: it is a person who reads it, not a collector of logs."""
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.WARNING)
