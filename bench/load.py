"""A small load: some connections that repeat one request, and what it cost the server's processes.

Machines are shared and noisy: what is told is requests per CPU-second of the server's own process tree, which the
neighbours change little, and everything compared is measured in one run, in turns.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What some requests took: wall seconds, CPU seconds of the server's processes, their peak resident memory in MiB."""

    requests: int
    wall: float
    cpu: float
    peak: float

    @property
    def per_cpu_second(self) -> float:
        """Requests answered for each CPU-second of the server."""
        return self.requests / max(self.cpu, 1 / TICK)


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_of(pids: list[int]) -> float:
    """Return the CPU seconds, user and system, that these processes have taken."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory_of(pids: list[int], field: str = "VmRSS") -> float:
    """Return the resident memory of these processes, in MiB."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith(field + ":")), 0)
    return total / 1024


async def _one(host: str, port: int, make: Callable[[int], bytes], numbers: "asyncio.Queue[int]", expected: int) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    done = 0
    while not numbers.empty():
        writer.write(make(numbers.get_nowait()))
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").lower()
        status = int(head.split(" ", 2)[1])
        assert status == expected, head
        if "content-length:" in head:
            await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
        elif "transfer-encoding: chunked" in head:
            while size := int((await reader.readline()).strip() or b"0", 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        if "connection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
        done += 1
    writer.close()
    return done


def repeat(pid: int, port: int, make: Callable[[int], bytes], count: int, expected: int, lanes: int = 8) -> Cost:
    """Send `make(0)`… `make(count - 1)` over some connections; return what it cost the process tree of `pid`."""

    async def run() -> None:
        numbers: asyncio.Queue[int] = asyncio.Queue()
        for number in range(count):
            numbers.put_nowait(number)
        await asyncio.gather(*(_one("127.0.0.1", port, make, numbers, expected) for _ in range(lanes)))

    pids = tree(pid)
    cpu, wall = cpu_of(pids), time.monotonic()
    asyncio.run(run())
    wall = time.monotonic() - wall
    return Cost(count, wall, cpu_of(tree(pid)) - cpu, memory_of(tree(pid)))
