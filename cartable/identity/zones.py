"""What day it is in each academy, from Papeete to Nouméa. The zones are data: a column of `academies.csv`."""

import csv
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from cartable.kernel import clock

ACADEMIES = Path(__file__).with_name("academies.csv")
MINISTRY = "Europe/Paris"
QUARTER = 15 * 60  # seconds: midnight falls on a quarter of an hour everywhere on earth
Days = tuple[date, ...]  # of each zone, in the order of `names`


@cache
def _zones() -> dict[str, str]:
    with ACADEMIES.open(newline="") as file:
        return {row["code"]: row["zone"] for row in csv.DictReader(file) if row["zone"]}


@cache
def names() -> tuple[str, ...]:
    """Return the zones there are, that of the ministry first."""
    return (MINISTRY, *sorted(set(_zones().values())))


def days() -> Days:
    """Return what day it is in each zone now. Each request asks."""
    return _days(int(clock.now().timestamp()) // QUARTER)


@lru_cache(maxsize=16)
def _days(quarter: int) -> Days:
    now = datetime.fromtimestamp(quarter * QUARTER, UTC)
    return tuple(now.astimezone(ZoneInfo(name)).date() for name in names())


def apart(then: Days) -> dict[date, list[str]]:
    """Return the days that it is elsewhere than in the ministry, and in which academies, by their codes."""
    found: dict[date, list[str]] = {}
    for academy in _zones():
        if (day := day_in(academy, then)) != day_in("", then):
            found.setdefault(day, []).append(academy)
    return found


def day_in(academy: str, then: Days | None = None) -> date:
    """Return what day it is in the academy of a code; in one that is not overseas, that of the ministry."""
    return (then or days())[names().index(_zones().get(academy, MINISTRY))]
