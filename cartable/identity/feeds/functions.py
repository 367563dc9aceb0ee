"""Function codes of the directory, as data (`functions.csv`): profiles differ from one reader of AAF to the next."""

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("functions.csv")


@cache
def profiles() -> dict[str, str]:
    """Return the national profile (ENS, DOC, DIR, EVS, ETA, ACA, COL) of each function code."""
    with TABLE.open(newline="") as file:
        return {row["code"]: row["profile"] for row in csv.DictReader(file)}


def is_known(code: str) -> bool:
    """Return whether a code is one; no function at all (waiting, on leave) is known too."""
    return not code or code in profiles()
