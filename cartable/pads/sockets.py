"""`/pads/<id>/sync`: a pad over a WebSocket, in the y-protocol (`wire`), so that stock providers of Yjs work; or over HTTP.

Why it is closed: 1003 text where bytes are spoken, 1007 a frame that makes no sense, 1011 the server could not keep it, 1013
come again later, 4001 signed out, and no guest, 4003 may not read it, 4004 there is no such document, 4008 too slow, 4009 another process
has it, 4013 too large, 4015 no text. By 4010 the document was begun anew since (decision 28): what it brought is joined, and whoever has it
is to come with an empty one; by 4012 it is none that we know, which is all that is left of it.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import Error
from django.http import HttpRequest

from cartable.identity.actors import Actor
from cartable.identity.requests import address_of, caller_of
from cartable.kernel import audit, errors, rates
from cartable.kernel.errors import Refusal
from cartable.kernel.websocket import Gone, Socket
from cartable.pads import files, hosting, live, materialising, peers
from cartable.pads.addresses import presets
from cartable.pads.owning import OwnedElsewhere
from cartable.pads.peers import Peer, Visitor
from cartable.pads.presence import Who
from cartable.pads.sitting import Sitting
from cartable.pads.texts import LARGEST
from cartable.pads.visits import guest_at
from cartable.pads.writing import LOST
from cartable.spaces import locks
from cartable.spaces.access import Reached, Right, reach

logger = logging.getLogger(__name__)

PATH = re.compile(r"/pads/([1-9]\d{0,15})/sync", re.ASCII)
FRAME = LARGEST + (64 << 10)  # bytes: what may be pasted at once
GUESTS = 200  # at one pad, of those
COMING, PER = 120, timedelta(minutes=1)  # guests from one network: a class comes at once
COUNTED, TOLD, TOLD_IN = 256 << 10, 128, timedelta(minutes=5)  # bytes, so often, of all guests from one network
PEERS = 1200  # at one pad; who comes later comes again
LINGER = 5.0  # seconds that a socket which is closed may take to hear what was posted to it
SIGNED_OUT, LATER, NO_BYTES = 4001, 1013, 1003
CODES: dict[type[Refusal], int] = {  # the first that fits
    files.NotText: materialising.NO_TEXT,
    errors.TooLarge: live.TOO_LARGE,
    errors.Denied: 4003,
    errors.NotFound: materialising.GONE,
    OwnedElsewhere: LOST,
    Refusal: LATER,
}


async def sync(socket: Socket) -> None:
    """Serve one socket."""
    path = PATH.fullmatch(socket.path)
    if path is None or socket.is_foreign():
        await socket.refuse()
        return
    await hosting.here().serve(_serve(socket, int(path[1])))


async def _serve(socket: Socket, node: int) -> None:
    with contextlib.suppress(Gone):
        await socket.accept()
        if code := await _let_in(socket, node):
            await socket.close(code)


async def _let_in(socket: Socket, node: int) -> int:
    """Let somebody in, and return why their socket is closed; 0 if it was they who left."""
    host, again = hosting.here(), partial(admitted, socket.request, node)
    entering = partial(entered, socket.request, node)
    if host.stopping:
        return hosting.LEAVING
    try:
        visitor = await host.in_tree(entering)
        if isinstance(visitor, int):
            return visitor
        sitting = await host.open(node)
    except Refusal as refusal:
        return code_of(refusal)
    except Error:
        logger.exception("pad %d could not be opened", node)
        return LATER
    if len(sitting.pad.peers) >= PEERS or sitting.pad.over or (visitor.person is None and _is_full(sitting)):
        return LATER
    return await _talk(socket, sitting, Peer(visitor, again, push=socket.push, epoch=_epoch(socket)))


def _epoch(socket: Socket) -> int | None:
    """Return the number of the document that somebody comes with, if they say it in the address: `?epoch=3`; -1 for what is none."""
    said = socket.request().GET.get("epoch", "")
    return None if not said else int(said) if re.fullmatch(r"\d{1,16}", said, re.ASCII) else -1


async def _talk(socket: Socket, sitting: Sitting, peer: Peer) -> int:
    """Carry what both sides say, until one has had enough; return why it was ours, or 0."""
    sitting.enter(peer)
    hearing, saying = asyncio.create_task(_hear(socket, sitting, peer)), asyncio.create_task(_say(socket, peer))
    ending = asyncio.create_task(peer.over.wait())
    try:
        await asyncio.wait({hearing, saying, ending}, return_when=asyncio.FIRST_COMPLETED)
        if peer.code:
            await asyncio.wait({saying}, timeout=0 if peer.code == peers.SLOW else LINGER)
        elif hearing.done():
            hearing.result()  # raises if that was a bug of ours
        return peer.code
    finally:
        sitting.leave(peer)
        for task in (hearing, saying, ending):
            task.cancel()
        await asyncio.gather(hearing, saying, ending, return_exceptions=True)


async def _hear(socket: Socket, sitting: Sitting, peer: Peer) -> None:
    heard = 0  # bytes of a guest that are not counted yet
    async for frame in socket:
        if isinstance(frame, str):
            peer.end(NO_BYTES)
        elif len(frame) > FRAME:
            peer.end(live.TOO_LARGE)
        else:
            sitting.pad.hear(peer, frame)
            heard += len(frame) if peer.visitor.person is None else 0
        if heard >= COUNTED:
            heard, code = 0, await hosting.here().in_tree(_counted, socket.request)
            if code:
                peer.end(code)
        if peer.code:
            return


async def _say(socket: Socket, peer: Peer) -> None:
    async for frame in peer.posted():
        await socket.send(frame)
    await socket.flush()


def _counted(ask: Callable[[], HttpRequest]) -> int:
    """Count that guests of a network said COUNTED bytes more; return why a socket is closed if that was too many."""
    try:
        rates.take(f"what guests of pads say from {rates.network(address_of(ask()))}", TOLD, TOLD_IN)
    except (errors.TooMany, Error):
        return LATER
    return 0


def _is_full(sitting: Sitting) -> bool:
    """Return whether as many guests are there as may be."""
    return sum(peer.visitor.person is None for peer in sitting.pad.peers) >= GUESTS


def entered(ask: Callable[[], HttpRequest], node: int) -> Visitor | int:
    """Do as `admitted` for a socket that is new: guests are counted by the network that they come from, and leave a trace."""
    visitor = admitted(ask, node)
    if isinstance(visitor, Visitor) and visitor.person is None:
        rates.take(f"guests of pads from {rates.network(address_of(ask()))}", COMING, PER)
        _trace(guest_at(ask(), node)[0], node, "link.write" if visitor.writes else "link.open")
    return visitor


def _trace(actor: Actor, node: int, verb: str) -> None:
    """Keep, once an hour for each network address, what the link by which a guest comes served to."""
    for principal in actor.all_principals:
        audit.record_once(verb, link=int(principal.removeprefix("link:")), node=node)


def admitted(ask: Callable[[], HttpRequest], node: int) -> Visitor | int:
    """Return who asks and what they may do at a pad now, or why their socket is closed. In a thread."""
    try:
        request = ask()
        actor, guest = presets.regular(caller_of(request), node), None
        if actor.person is None:
            actor, guest = guest_at(request, node)
        if actor.person is None and guest is None:
            return SIGNED_OUT
        reached = reach(actor, node, Right.READ)
        if reached.entry.media_type != files.MARKDOWN:
            raise files.NotText
        who = guest.who if guest else Who(actor.sub, actor.name, actor.somebody)
        return Visitor(actor.person, who, writes=reached.may(Right.WRITE) and not _is_locked(reached))
    except Refusal as refusal:
        return code_of(refusal)


def _is_locked(reached: Reached) -> bool:
    """Return whether anybody holds a lock over a file: even theirs is of another program, which would write over what they type."""
    return bool(locks.over(reached.chain))


def code_of(refusal: Refusal) -> int:
    """Return the code by which a socket is closed for a refusal."""
    return next(code for kind, code in CODES.items() if isinstance(refusal, kind))
