"""The journey in Firefox: only with `--long`, for it takes another browser of 300 MB."""

import subprocess
from pathlib import Path

import pytest

from tests.servers import NODE, need

pytestmark = pytest.mark.browser


def test_a_day_in_firefox(product, tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text("Premier plan")
    script = Path(__file__).with_name("firefox.mjs")
    done = subprocess.run([NODE, script, need("Firefox"), product, file], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
