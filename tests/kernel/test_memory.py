"""What is free is given back to the system, also below what is still held."""

import gc
from pathlib import Path

from cartable.kernel import memory

PAGE, PIECE, PIECES = 4096, 10_000, 8000  # bytes, bytes, 80 MB of them


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def test_what_is_free_below_what_is_held_is_given_back():
    pieces = [bytes(PIECE) for _ in range(PIECES)]
    held = pieces[::100]  # in between, to the very top
    full = resident()
    del pieces
    gc.collect()
    memory.give_back()
    assert len(held) == PIECES // 100
    assert full - resident() > PIECE * PIECES // 2


def test_where_the_library_knows_no_such_word_nothing_is_done(monkeypatch):
    monkeypatch.setattr(memory, "_trim", None)
    memory.give_back()
