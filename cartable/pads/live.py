"""A pad that is open in this process: its document, and those who have it before their eyes.

What comes in is applied at once, and waits for the beat: then it goes to the others as one frame, and to the log as one row.
It is delivered without waiting for the disk; its author is told that it is kept only once it is durable.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from pycrdt import Doc, Text, merge_updates

from cartable.pads import merging, texts, updates, wire
from cartable.pads.formers import FORGOTTEN, Formers
from cartable.pads.log import BYTES, ROWS, Logged, Row
from cartable.pads.owning import Lease
from cartable.pads.peers import Peer, Visitor
from cartable.pads.presence import Presence
from cartable.pads.texts import LARGEST, TEXT
from cartable.pads.wire import EMPTY, Type
from cartable.pads.writing import BROKEN, Batch, Creditor

logger = logging.getLogger(__name__)

GAPS = 100  # updates of one socket that may wait for another: each is looked at again in each beat
MERGED = 100  # updates that are merged into one: the cost is quadratic, 0.13 ms for so many
TOO_LARGE, SENSELESS = 4013, 1007  # why a socket is closed


class Pad:
    """One document and its peers. Belongs to one event loop; `stir` asks for a beat, `ended` is told of the end."""

    def __init__(self, lease: Lease, logged: Logged, stir: Callable[[], None], ended: Callable[[], None]) -> None:
        self.lease = lease
        self.over = False
        self.peers: set[Peer] = set()
        self.author = logged.person
        self._doc: Doc[Text] = Doc()
        self._text = self._doc.get(TEXT, type=Text)
        self._stir, self._ended = stir, ended
        self._presence = Presence()
        self._moved: dict[int, wire.State] = {}  # of clients, what the others have not been told
        self._pending: list[tuple[bytes, Peer | None]] = []  # applied, and not yet shown to the others
        self._behind: set[Peer] = set()  # whose gaps wait
        self._known: set[int] = set()  # clients who typed
        self.epoch, self.formers = logged.epoch, Formers(logged.formers)
        self.late: list[tuple[Peer, bytes]] = []  # what came for former documents, and waits to be joined
        self.joining = 0  # how much is being put into the log that the document does not have yet
        self.unsigned: dict[int, int] = {}  # those of whom it is to be kept yet who they are
        self._rows, self._size = logged.rows, logged.size
        self.bytes = sum(map(len, logged.updates))  # that came into it, since it was folded last before it was opened
        self._room = 0  # bytes that the text may grow by at least, before it is measured again
        for update in logged.updates:
            self._doc.apply_update(update)

    def __str__(self) -> str:
        return str(self._text)

    @property
    def state(self) -> bytes:
        """The whole document, as one update."""
        return self._doc.get_update()

    @property
    def clients(self) -> bytes:
        """Its state vector."""
        return self._doc.get_state()

    @property
    def is_long(self) -> bool:
        """Whether the log should be folded."""
        return self._rows >= ROWS or self._size >= BYTES

    @property
    def may_fold(self) -> bool:
        """Whether there is a log, and the document holds all of it: what waits for a gap to be filled, or is being joined, would be lost."""
        return self._rows > 0 and not self._behind and not self.joining

    def folded(self) -> None:
        """Begin to count the log anew."""
        self._rows = self._size = 0

    # Peers

    def join(self, peer: Peer) -> None:
        """Let somebody in: they are asked what they have, and told who is here."""
        self.peers.add(peer)
        if peer.epoch in self.formers:
            peer.former = peer.epoch
        elif peer.epoch not in {None, self.epoch}:
            peer.end(FORGOTTEN)
            return
        peer.tell_role()
        peer.tell_epoch(self.epoch)
        self._ask(peer)
        if known := self._presence.all():
            peer.post(wire.awareness(known))

    def _ask(self, peer: Peer) -> None:
        """Ask a peer for what it has beyond the document that it comes with."""
        known = self._doc.get_state() if peer.former is None else self.formers[peer.former]
        peer.post(wire.spell(Type.STEP1, known))

    def allow(self, peer: Peer, now: Visitor | int) -> None:
        """Let a peer do what its visitor may do now, and say so if that has changed; or close it, for this reason."""
        if isinstance(now, int):
            peer.end(now)
            return
        before, peer.visitor = peer.visitor, now
        if before.writes != now.writes:
            peer.tell_role()
        if peer.refused and now.writes:
            self._ask(peer)

    def leave(self, peer: Peer) -> None:
        """Forget a socket."""
        self.peers.discard(peer)
        self._behind.discard(peer)
        self._say(self._presence.leave(peer))

    def end(self, code: int) -> None:
        """Let everybody go. What is said to this object afterwards changes nothing."""
        self.over = True
        for peer in self.peers:
            peer.end(code)
        self._ended()

    def cast(self, frame: bytes) -> None:
        """Send a frame to everybody."""
        for peer in self.peers:
            peer.post(frame)

    def _share(self, update: bytes, but: Peer | None = None) -> None:
        """Send a change to all who have the document, but perhaps one; and reckon that it is in the log."""
        frame = wire.spell(Type.UPDATE, update)
        for peer in self.peers:
            if peer.hears and peer is not but:
                peer.post(frame)
        self._rows, self._size, self.bytes = self._rows + 1, self._size + len(update), self.bytes + len(update)

    # What comes in

    def hear(self, peer: Peer, frame: bytes) -> None:
        """Do what a message says. What makes no sense closes its socket, and nothing of it is kept."""
        if self.over:
            return
        try:
            self._take(peer, wire.read(frame))
        except ValueError:  # of ours, of yrs for what it cannot decode
            peer.end(SENSELESS)
        except BaseException:  # a panic of Rust is no Exception; after one the document is not to be trusted
            logger.exception("pad %d", self.lease.node)
            self.end(BROKEN)

    def show(self, update: bytes, person: int | None) -> None:
        """Make a change that comes from no socket, and is in the log already; perhaps in the name of somebody."""
        self.joining -= 1
        if update == EMPTY:
            return
        self._doc.apply_update(update)
        self._room = 0
        self._sign(update, person)
        self._share(update)

    def _take(self, peer: Peer, message: wire.Message) -> None:
        match message.type:
            case Type.STEP1:
                self._answer(peer, message.data)
            case Type.STEP2 | Type.UPDATE:
                self._write(peer, message)
            case Type.AWARENESS:
                self._say(self._presence.take(peer, peer.visitor.who, wire.states(message.data)))
            case Type.QUERY_AWARENESS:
                peer.post(wire.awareness(self._presence.all()))

    def _answer(self, peer: Peer, state: bytes) -> None:
        """Send what a document of this state vector lacks; nothing to one that was begun anew since, which would have the text twice."""
        if peer.former is None:
            peer.former = self.formers.epoch_of(state)
        if peer.former is None:
            peer.hears = True
            peer.post(wire.spell(Type.STEP2, self._doc.get_update(state)))

    def _write(self, peer: Peer, message: wire.Message) -> None:
        update, says = message.data, message.data != EMPTY
        if says and not peer.visitor.writes:
            peer.refused, peer.held = True, peer.held + 1
            peer.tell_role()
            return
        unwritten = updates.has_unwritten(update)
        if message.type == Type.STEP2 and peer.visitor.writes:
            peer.refused = False  # it brings all that was
        if peer.former is not None:
            self.late.append((peer, update))
            self._stir()
            return
        if update[:1] != EMPTY[:1] and not self._has_room(update):  # who only deletes may always
            peer.end(TOO_LARGE)
            return
        if says:
            self._doc.apply_update(update)
            self._sign(update, peer.visitor.person)
        self._wait((update, peer))
        if unwritten:
            self.clean()

    def clean(self) -> None:
        """Take out of the text what no file of ours has: it is one of lines that end in LF, and NUL is no letter."""
        text = str(self._text)
        wanted = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if wanted != text:
            before = self._doc.get_state()
            texts.change(self._doc, self._text, merging.diff(text, wanted))
            self._room = 0
            self._wait((self._doc.get_update(before), None))

    def _sign(self, update: bytes, person: int | None) -> None:
        """Note who types as each client: the first who does. A guest is nobody, and so is what they write."""
        for client in wire.clients(update):
            if client not in self._known:
                self._known.add(client)
                if person is not None:
                    self.unsigned[client] = person

    def _has_room(self, update: bytes) -> bool:
        """Return whether the text may still be with an update, which brings no more bytes than it has."""
        if len(update) > self._room:
            self._room = LARGEST - len(self._text)
        if len(update) > self._room:
            return False
        self._room -= len(update)
        return True

    def _wait(self, one: tuple[bytes, Peer | None]) -> None:
        self._pending.append(one)
        self._stir()

    def _say(self, states: Iterable[wire.State]) -> None:
        self._moved.update((state.client, state) for state in states)
        if self._moved:
            self._stir()

    # The beat

    def beat(self) -> Batch:
        """Show the others what came since the last one; return what is to be written, and who is to hear of it."""
        pending, self._pending = self._pending, []
        sent: dict[Peer, int] = {}
        for _, peer in pending:
            if peer:
                sent[peer], self.author = sent.get(peer, 0) + 1, peer.visitor.person
        updates = [update for update, _ in pending if update != EMPTY]
        rows = [Row(self.lease, merged, self.author) for merged in _merged(updates)]
        only = next(iter(sent)) if list(sent.values()) == [len(pending)] else None
        for row in rows:
            self._share(row.data, but=only)
        if any(self._missing(row.data) for row in rows):
            self._ask_for_gaps(pending)
        if self._moved:
            moved, self._moved = self._moved, {}
            self.cast(
                wire.awareness(moved.values())
            )  # to its author too: stock providers leave where they hear nothing
        return Batch(self, rows, self._debt(sent))

    def _ask_for_gaps(self, pending: Iterable[tuple[bytes, Peer | None]]) -> None:
        """Ask whoever sent what cannot be read yet for all that they have."""
        for update, peer in pending:
            if peer and (gap := self._missing(update)):
                peer.gaps.append(gap)
                if len(peer.gaps) > GAPS:
                    peer.end(SENSELESS)
                self._behind.add(peer)
        for peer in self._behind:
            self._ask(peer)

    def _debt(self, sent: Mapping[Peer, int]) -> dict[Creditor, int]:
        """Return how many messages of each peer are answered for by what is about to be written: none of who left a gap."""
        debt: dict[Creditor, int] = {}
        for peer in {*sent, *self._behind}:
            peer.held += sent.get(peer, 0)
            peer.gaps = [gap for gap in peer.gaps if self._missing(gap)]
            if peer.held and not peer.gaps and not peer.refused:
                debt[peer], peer.held = peer.held, 0
        self._behind = {peer for peer in self._behind if peer.gaps}
        return debt

    def _missing(self, update: bytes) -> bytes:
        """Return what of an update the document does not hold, because something before it is missing; empty: nothing."""
        return wire.missing(update, self._doc.get_state())


def _merged(updates: Sequence[bytes]) -> list[bytes]:
    """Return the same updates as few."""
    groups = [updates[at : at + MERGED] for at in range(0, len(updates), MERGED)]
    return [group[0] if len(group) == 1 else merge_updates(*group) for group in groups]
