"""The unmodified Nextcloud client keeps a file in which two people type meanwhile: both survive, and the client alone makes copies."""

import contextlib
import threading

import pytest

from tests.pads.typists import Typist
from tests.protocols.computers import same

pytestmark = pytest.mark.client
BEGUN, FROM_THE_COMPUTER = "# Conseil\n\nFin\n", "# Conseil\n\nDu bureau\n\nFin\n"


@pytest.fixture
def typists(site, two):
    """Two people in the text of a file that a computer has."""
    one, _ = two
    one.write("conseil.md", BEGUN.encode())
    one.sync()
    node = int(site.ask("HEAD", f"{site.top}conseil.md")[2]["OC-FileId"][:8])
    with contextlib.ExitStack() as stack:
        pair = Typist(site, node), Typist(site, node)
        for each in pair:
            stack.callback(each.leave)
            each.until(lambda each=each: str(each) == BEGUN)
        yield pair


def filed(typist):
    """Hear until the file is said to hold what is typed."""
    before = len(typist.versions)
    return typist.until(lambda: len(typist.versions) > before)


def text_of(computer):
    return computer.holds()["conseil.md"].decode()


def test_what_a_computer_saves_while_two_people_type_is_joined_with_what_they_type(site, two, typists):
    one, other = two
    done = threading.Event()

    def type_on(typist, letter):
        while not done.is_set():  # so that the file is not written meanwhile: it waits for two quiet seconds
            typist.text += letter
            typist.kept()

    hands = [threading.Thread(target=type_on, args=pair) for pair in zip(typists, "ab", strict=True)]
    for hand in hands:
        hand.start()
    one.write("conseil.md", FROM_THE_COMPUTER.encode())
    one.sync()
    done.set()
    for hand in hands:
        hand.join()
    first, second = typists
    for each in typists:
        each.until(lambda each=each: "Du bureau" in str(each))
    first.until(lambda: str(first) == str(second) or second.hear())
    typed = str(first).removeprefix(FROM_THE_COMPUTER)
    assert str(first).startswith(FROM_THE_COMPUTER)
    assert set(typed) == {"a", "b"}
    first.until(lambda: site.send("GET", "conseil.md")[1].decode() == str(first))
    same(one, other)
    assert text_of(one) == str(first)
    assert set(one.holds()) == {"conseil.md"}


def test_what_a_computer_saves_of_a_text_that_is_older_is_a_copy_beside_and_nothing_is_lost(two, typists):
    one, other = two
    first, _ = typists
    first.text += "tapé\n"
    filed(first.kept())
    one.write("conseil.md", FROM_THE_COMPUTER.encode())
    one.sync(ok=None)
    other.sync()
    copies = [data.decode() for name, data in one.holds().items() if name != "conseil.md"]
    assert copies == [FROM_THE_COMPUTER], "the client itself makes it: it saw that the file had changed"
    assert text_of(one) == text_of(other) == str(first) == f"{BEGUN}tapé\n"
