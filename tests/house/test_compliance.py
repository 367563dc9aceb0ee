"""The compliance tables of docs/protocols, and that of departures, are true: each proof they name is a test that exists."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
TABLES = [*sorted((ROOT / "docs/protocols").glob("*.md")), ROOT / "docs/departures.md"]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
KNOWN = {name for path in TESTS for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
FILES = {path.name for path in TESTS}


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_each_proof_exists(table):
    named = set(re.findall(r"`(?:tests/[\w/]+/)?(test_\w+(?:\.py)?)`", table.read_text()))
    assert named
    assert not named - KNOWN - FILES


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_each_row_names_its_proof(table):
    rows = [line for line in table.read_text().splitlines() if line.startswith("|") and not line.startswith("|---")]
    without = [row for row in rows if "`test" not in row and "proof" not in row]
    assert not without
