"""litmus 0.13: 104 tests of WebDAV, class 1 and 2."""

import re
import subprocess

import pytest

from tests.servers import need

pytestmark = pytest.mark.client
SUITES = {"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}


def test_litmus_passes_whole(site, tmp_path):
    line = [need("litmus"), "-k", site.url + site.top, site.sub, site.secret]
    said = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path).stdout
    passed = dict(re.findall(r"<- summary for `(\w+)': of \d+ tests run: (\d+) passed, 0 failed", said))
    assert {suite: int(count) for suite, count in passed.items()} == SUITES, said
