"""A worker knows of every task that comes back, whichever module declares it."""

import subprocess
import sys

SCRIPT = """
import importlib, pkgutil
import django
django.setup()
from cartable.kernel import schedules, worker
worker.discover()
known = set(schedules.registry)
import cartable
import pytest

pytestmark = pytest.mark.once
for module in pkgutil.walk_packages(cartable.__path__, "cartable."):
    if ".migrations" not in module.name and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(len(known), *sorted(schedules.registry.keys() - known))
"""


def test_none_is_left_out():
    said = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout.split()
    assert int(said[0]) > 15
    assert said[1:] == []
