"""What two things cost by themselves, without a server, in a process of their own (`python -m bench.pads.alone`): one line of JSON.

A log that was never folded is read, applied and folded; a text that two people changed is merged.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from bench.pads.documents import changed, typed

MANY = 1000  # rows of one transaction
ROUNDS = 5


def costs() -> dict[str, float]:
    """Return CPU milliseconds by what they were spent on, measured in a process of its own on a fresh installation."""
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data:
        settings = {"DJANGO_SETTINGS_MODULE": "cartable.config.settings", "CARTABLE_LOG_LEVEL": "error"}
        env = {**os.environ, **settings, "CARTABLE_DATA": data}
        for words in (["cartable", "migrate"], ["bench.pads.alone"]):
            line = [sys.executable, "-m", *words]
            said = subprocess.run(line, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said)


def _milliseconds(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the CPU that something takes, the least of some rounds: what others do on the machine only adds to it."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        act()
        took.append(time.process_time() - began)
    return min(took) * 1e3


def main() -> None:
    """Print them."""
    import django  # noqa: PLC0415 - its settings read the environment that the parent process made

    django.setup()
    from pycrdt import Doc, Text  # noqa: PLC0415

    from cartable.pads import log, merging, owning, texts  # noqa: PLC0415
    from cartable.pads.live import Pad  # noqa: PLC0415

    lease, _ = owning.take(1, owning.this_process())
    _, updates = typed()
    rows = [log.Row(lease, update, None) for update in updates]
    for at in range(0, len(rows), MANY):
        log.append(rows[at : at + MANY])

    def fold() -> None:
        log.fold(lease, Pad(lease, log.load(1), lambda: None, lambda: None).state)

    base, theirs, ours = changed()
    state = Doc({texts.TEXT: Text(ours)}).get_update()
    found = {
        "fold": _milliseconds(fold, rounds=1),
        "merge": _milliseconds(lambda: merging.merge(base, theirs, ours)),
        "join": _milliseconds(lambda: texts.joined(state, base, theirs)),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
