"""`python -m bench.webdav`: WebDAV, beside wsgidav and nginx, as requests per CPU-second of each server's processes."""

import http.client
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

from bench import servers
from bench.load import Cost, memory_of, repeat, tree
from bench.servers import FOLDERS, Server

ROUNDS = 3  # each server in turn, so that a slow minute of the machine is everybody's
PROPFIND = (
    b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/>'
    b"<d:getlastmodified/><d:getcontentlength/><d:getetag/><oc:size/><oc:id/><oc:fileid/><oc:permissions/>"
    b"<oc:checksums/></d:prop></d:propfind>"
)
XML = "Content-Type: application/xml\r\n"
GIB = 2**30


def fill(server: Server) -> None:
    """Put the same small files in each server."""
    for folder, count in FOLDERS.items():
        repeat(server.pid, server.port, lambda _, folder=folder: server.request("MKCOL", f"{folder}/"), 1, 201, lanes=1)
        make = lambda n, folder=folder: server.request("PUT", f"{folder}/f{n:04}.txt", b"x" * 100)  # noqa: E731
        repeat(server.pid, server.port, make, count, 201)


def propfind(depth: int, path: str) -> Callable[[Server], Callable[[int], bytes]]:
    """Return what makes a PROPFIND, for each server."""
    return lambda server: lambda _: server.request("PROPFIND", path, PROPFIND, f"{XML}Depth: {depth}\r\n")


def put(server: Server) -> Callable[[int], bytes]:
    """Return what makes a PUT of 1 kB, over files that are there after the first round."""
    return lambda n: server.request("PUT", f"w{n:05}.txt", b"y" * 1000)


CASES = {  # name: (requests of a round, expected status, what is sent)
    "PROPFIND depth 0": (1500, 207, propfind(0, "d100/f0001.txt")),
    "PROPFIND depth 1, 100 children": (200, 207, propfind(1, "d100/")),
    "PROPFIND depth 1, 1,000 children": (40, 207, propfind(1, "d1000/")),
    "PUT 1 kB, new files": (500, 201, None),
}


def measure(server: Server, case: str, turn: int) -> Cost | None:
    """Return what a case costs a server; None where it does not speak it."""
    count, expected, what = CASES[case]
    if server.name.startswith("nginx") and case.startswith("PROPFIND"):
        return None
    make = what(server) if what else lambda n: server.request("PUT", f"w{turn}-{n:05}.txt", b"y" * 1000)
    return repeat(server.pid, server.port, make, count, expected)


def big(server: Server) -> str:
    """Send and take back 1 GiB; return MB/s each way and by how much the server's memory grew at most."""
    before = memory_of(tree(server.pid))
    block, peak, cells = b"z" * 2**20, before, []
    headers = dict(line.split(": ") for line in server.headers.splitlines())

    def body() -> Iterator[bytes]:
        nonlocal peak
        for n in range(1024):
            if n % 64 == 0:
                peak = max(peak, memory_of(tree(server.pid)))
            yield block

    link = http.client.HTTPConnection("127.0.0.1", server.port)
    start = time.monotonic()
    link.request("PUT", f"{server.path}big.bin", body(), {**headers, "Content-Length": str(GIB)})
    assert link.getresponse().read() is not None
    cells.append(f"{GIB / 1e6 / (time.monotonic() - start):.0f} MB/s up")
    start = time.monotonic()
    link.request("GET", f"{server.path}big.bin", headers=headers)
    answer, got = link.getresponse(), 0
    while taken := len(answer.read(2**20)):
        got += taken
        if got % (64 * 2**20) == 0:
            peak = max(peak, memory_of(tree(server.pid)))
    assert got == GIB
    cells.append(f"{GIB / 1e6 / (time.monotonic() - start):.0f} MB/s down")
    return ", ".join([*cells, f"+{peak - before:.0f} MiB"])


def main() -> None:
    """Print the table."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(one())
            for one in (
                lambda: servers.cartable("cartable, SQLite"),
                servers.on_postgresql,
                servers.wsgidav,
                servers.nginx,
            )
        ]
        for server in running:
            fill(server)
        names = [server.name for server in running]
        print("| requests per CPU-second (median of 3) |", " | ".join(names), "|\n|" + "---|" * (len(names) + 1))
        for case in CASES:
            costs: dict[str, list[Cost]] = {name: [] for name in names}
            for turn in range(ROUNDS):
                for server in running:
                    if cost := measure(server, case, turn):
                        costs[server.name].append(cost)
            cells = [
                f"{median(one.per_cpu_second for one in costs[name]):,.0f}" if costs[name] else "–" for name in names
            ]
            print(f"| {case} |", " | ".join(cells), "|", flush=True)
        if "--big" in sys.argv:
            print("| 1 GiB |", " | ".join(big(server) for server in running), "|")


if __name__ == "__main__":
    main()
