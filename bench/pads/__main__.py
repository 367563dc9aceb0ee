"""`python -m bench.pads [PART…]`: pads, beside y-websocket and Hocuspocus, by the same people in one run; ours on SQLite, with fsync
and acknowledgement, as `cartable serve` and as a process that holds sockets alone; theirs storing nothing, but for the last.

Parts: `typing`, `opening`, `alone`; `soak` (two hours, or `--minutes`) only if it is named. What is in brackets is ours divided by theirs.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from bench.pads import alone, peers
from bench.pads.documents import pasted, typed
from bench.pads.parts import Disk, Typed, coming_and_going, opening, type_at

OURS = (peers.ours, peers.ours_apart)
SERVERS = (*OURS, peers.y_websocket, peers.hocuspocus, peers.hocuspocus_stored)
LOADS = {
    (50, 4, 5): "≤ 2, aim 1.5; SQLite ≤ 1",
    (4, 50, 5): "≤ 0.8; SQLite ≤ 1",
}  # pads, typists at each, letters a second of each
DOCUMENTS = {  # how many pads, their document, and the most that one may take: ms of CPU, bytes by its snapshot's size
    "100 kB pasted": (41, lambda: pasted(100_000), "5 ms; 3 × + 100 kB"),
    "100 kB typed": (11, lambda: typed()[0], "60 ms; 12 ×"),
    "1 MB pasted": (11, lambda: pasted(1_000_000), "20 ms"),
}


def row(*cells: str) -> None:
    """Print a row of a table."""
    print("|", " | ".join(cells), "|", flush=True)


def head(*cells: str) -> None:
    """Print the head of a table, with how busy the machine is."""
    print()
    row(f"load {os.getloadavg()[0]:.1f}", *cells)
    print("|" + "---|" * (len(cells) + 1))


def beside(values: Iterable[float], spell: str = "{:,.0f}", *, ours: int = 1) -> list[str]:
    """Spell values of ours, so many, and those of others with what each of ours is of them."""
    mine, others = (all_ := list(values))[:ours], all_[ours:]
    shares = (", ".join(f"{own / one:.2f}" for own in mine) for one in others)
    return [
        *map(spell.format, mine),
        *(f"{spell.format(one)} [{share}]" for one, share in zip(others, shares, strict=True)),
    ]


def spans(pairs: Iterable[list[float | None]]) -> list[str]:
    """Spell medians and 99th percentiles."""
    return ["–" if at[0] is None else " / ".join(f"{one:.0f}" for one in at) for at in pairs]


def typing(options: argparse.Namespace) -> None:
    """Print what people who type cost."""
    with ExitStack() as stack:
        servers = [stack.enter_context(one()) for one in SERVERS]
        for (pads, typists, rate), target in LOADS.items():
            head(*(server.name for server in servers), "target")
            found: dict[str, list[Typed]] = {server.name: [] for server in servers}
            disk = Disk()
            with disk:
                for _ in range(options.rounds):
                    for server in servers:
                        found[server.name].append(type_at(server, pads, typists, rate, options.seconds))
            middle = [_middle(rounds) for rounds in found.values()]
            row(
                f"{pads} × {typists} × {rate}/s: µs of CPU for each",
                *beside((one.cpu for one in middle), ours=len(OURS)),
                target,
            )
            row("until it is read, p50 / p99 ms", *spans(one.delivered for one in middle), "")
            row("until it is durable", *spans(one.saved for one in middle), "60 + the disk’s")
            row("a page on that disk", *spans([disk.percentiles()]), *[""] * len(servers))
            row("memory, MiB", *beside((one.memory for one in middle), ours=len(OURS)), "")


def _middle(rounds: list[Typed]) -> Typed:
    return sorted(rounds, key=lambda one: one.cpu)[len(rounds) // 2]


def open_pads(_: argparse.Namespace) -> None:
    """Print what it takes to open pads, and to hold them."""
    head("ours", peers.STORED, "target")
    for name, (pads, document, target) in DOCUMENTS.items():
        found = [opened for _, opened in opening(document(), pads)]
        row(f"{name}: opened, ms of CPU", *beside((one.cpu for one in found), "{:,.1f}"), target)
        row("ms to wait", *beside((one.wall for one in found), "{:,.1f}"), "")
        row(
            "held, by the size of its snapshot", *(f"{one.memory / one.bytes:.1f} × {one.bytes:,}" for one in found), ""
        )


def by_itself(_: argparse.Namespace) -> None:
    """Print what costs CPU without a server."""
    head("ms of CPU", "target")
    costs = alone.costs()
    row("150,000 updates folded", f"{costs['fold']:,.0f}", "2,000")
    row("100 kB merged, 200 + 200 words", f"{costs['merge']:,.0f}", "60")
    row("and typed into the document", f"{costs['join']:,.0f}", "")


def soak(options: argparse.Namespace) -> None:
    """Print the memory of a server each time a hundred pads were typed in, left and closed."""
    head("MiB", "of the first")
    with peers.ours() as server:
        first = None
        for turn, memory in enumerate(coming_and_going(server, options.minutes)):
            first = first or memory
            row(f"turn {turn + 1}", f"{memory:.0f}", f"{memory / first:.2f}")


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "typing": typing,
    "opening": open_pads,
    "alone": by_itself,
    "soak": soak,
}


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(prog="bench.pads", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=PARTS, default=["typing", "opening", "alone"], metavar="PART")
    parser.add_argument("--seconds", type=float, default=10, help="of typing, at each server")
    parser.add_argument("--rounds", type=int, default=1, help="of typing: each server in turn, the median is told")
    parser.add_argument("--minutes", type=float, default=120, help="of the soak")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as once:
        os.environ["CARTABLE_DATA"] = once  # where an installation is made, to be copied
        for part in options.parts:
            PARTS[part](options)


if __name__ == "__main__":
    main()
