"""The lines of a file of facts, none longer than what is read at once: a file may be hostile, and of any size."""

from collections.abc import Iterator
from pathlib import Path

from cartable.kernel.errors import BadInput

LONGEST = 2**20  # bytes of a line


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file in UTF-8, numbered from 1. Raises BadInput at the one that is not, or that is too long."""
    number = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise BadInput(f"{path.name}:{number}: a line has at most {LONGEST} bytes")
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise BadInput(f"{path.name}:{number}: not UTF-8 ({error.reason})") from error
