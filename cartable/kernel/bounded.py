"""Programs that read what people wrote: within a time, a memory, an environment and a folder of their own, two at once.

What they are given is a file of that folder, what they make another. They inherit nothing else of ours: no option, no key.
"""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

from cartable.kernel.errors import Busy, TooLarge, Unmakeable

AT_ONCE = BoundedSemaphore(2)  # of one process: its other threads answer people meanwhile
PATIENCE = timedelta(seconds=20)  # until there is room for one more
KEPT = {"PATH", "PYTHONPATH", "LANG", "SYSTEMROOT"}  # of our environment
LIMITED = 'ulimit -v "$1" 2>/dev/null; ulimit -t "$2"; shift 2; exec "$@"'  # kB, seconds of CPU; macOS limits no memory


def made(command: Sequence[str], given: bytes, *, into: str, within: timedelta, memory: int) -> bytes:
    """Return what a program makes of some bytes: `made(["cat", "in"], …)`.

    It is started in an empty folder with the bytes in a file `in`, and leaves what it makes in the file `into`. It may take so
    long, and so many bytes of memory. Raises Busy, TooLarge if it takes longer, Unmakeable if it makes nothing.
    """
    seconds = int(within.total_seconds())
    limited = ["sh", "-c", LIMITED, "sh", str(memory >> 10), str(seconds), *command]
    if not AT_ONCE.acquire(timeout=PATIENCE.total_seconds()):
        raise Busy
    try:
        with tempfile.TemporaryDirectory(prefix="cartable-made-") as folder:
            Path(folder, "in").write_bytes(given)
            environ = {name: value for name, value in os.environ.items() if name in KEPT} | {"HOME": folder}
            _run(limited, folder, environ, seconds)
            return Path(folder, into).read_bytes()
    except FileNotFoundError as error:
        raise Unmakeable from error
    finally:
        AT_ONCE.release()


def _run(command: Sequence[str], folder: str, environ: dict[str, str], seconds: int) -> None:
    """Run a program to its end, and whatever it started with it."""
    process = subprocess.Popen(  # noqa: S603 - ours, or the operator's
        command, cwd=folder, env=environ, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise TooLarge from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()
