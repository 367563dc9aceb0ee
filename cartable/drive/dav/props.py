"""The live properties: for each, how its value is written, on what it is, and what must be found out first.

Sources: RFC 4918 §15, RFC 4331 (quota), and for oc: and nc: nextcloud/server 31, apps/dav/lib/Connector/Sabre/FilesPlugin.php.
A client keeps only the local part of a name: no two of these share it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cartable.drive.dav.bodies import DAV, NC, OC, Name
from cartable.drive.dav.lines import Facts, Line, Need
from cartable.kernel.xml import escape
from cartable.spaces.access import Right
from cartable.spaces.entries import FOLDER, Entry, media_type
from cartable.spaces.locks import Held

INSTANCE = "cartable"  # ends every oc:id: what a client remembers a file by, so it never changes
OCS, OCM = "http://open-collaboration-services.org/ns", "http://open-cloud-mesh.org/ns"
SHARE_TYPES = {"person": "0", "team": "1", "structure": "1", "everyone": "1", "link": "3"}
WITHOUT_LIMIT = "-3"  # as Nextcloud says it
LOCK_ENTRY = "<d:lockentry><d:lockscope><d:{}/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockentry>"
SUPPORTED_LOCK = LOCK_ENTRY.format("exclusive") + LOCK_ENTRY.format("shared")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Write = Callable[[Line, Facts], str]


@dataclass(frozen=True, slots=True)
class Live:
    """One property. `usual`: part of what a client gets that asks for nothing in particular."""

    write: Write
    need: Need = Need.NOTHING
    of_files: bool = True
    of_folders: bool = True
    usual: bool = False


@lru_cache(20_000)  # the same files are listed again and again
def http_date(seconds: int) -> str:
    """Return a moment as HTTP writes it (IMF-fixdate, RFC 9110 §5.6.7)."""
    at = time.gmtime(max(0, min(seconds, 253402300799)))  # year 9999
    return f"{_DAYS[at[6]]}, {at[2]:02} {_MONTHS[at[1]]} {at[0]:04} {at[3]:02}:{at[4]:02}:{at[5]:02} GMT"


def iso_date(seconds: int) -> str:
    """Return a moment as RFC 3339 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(0, min(seconds, 253402300799))))


def file_id(entry: Entry) -> str:
    """Return what clients recognize a node by, wherever it moves."""
    return f"{entry.id:08d}{INSTANCE}"


def constant(value: str) -> Write:
    """Return the writer of what is the same everywhere."""
    return lambda _line, _facts: value


def share_bits(rights: Right, *, folder: bool) -> int:
    """Return rights as Nextcloud counts them: 1 read, 2 update, 4 create, 8 delete, 16 share. Pure."""
    writes = Right.WRITE in rights
    bits = (1, Right.READ in rights), (2, writes), (4, writes and folder), (8, writes), (16, Right.MANAGE in rights)
    return sum(bit for bit, true in bits if true)


def fingerprint(entry: Entry) -> str:
    """Return what makes clients upload rather than delete what a restored backup lacks: it changes with each restoration."""
    return str(entry.epoch) if entry.epoch else ""


# Longer values


def _checksums(line: Line, facts: Facts) -> str:
    """Write the one digest that all clients know: digests do not compress, and a listing has thousands of them."""
    sha1 = facts.checksums.get(line.entry.blob or 0)
    return f"<oc:checksum>SHA1:{sha1.hex()}</oc:checksum>" if sha1 else ""


def _available(line: Line, facts: Facts) -> str:
    room = facts.rooms.get(line.entry.space)
    return WITHOUT_LIMIT if room is None or room.quota < 0 else str(room.free)


def _share_types(line: Line, facts: Facts) -> str:
    """Say how it is shared, to who may know: those who may share it."""
    kinds = line.shared_with
    if kinds == () or Right.MANAGE not in line.rights:
        return ""
    if kinds is None:
        kinds = tuple(one.partition(":")[0] for one in facts.shares.get(line.entry.id, ()))
    types = sorted({SHARE_TYPES[kind] for kind in kinds if kind in SHARE_TYPES})
    return "".join(f"<oc:share-type>{one}</oc:share-type>" for one in types)


def _sharees(line: Line, facts: Facts) -> str:
    if Right.MANAGE not in line.rights:
        return ""
    written = []
    for principal in facts.shares.get(line.entry.id, ()):
        if hit := facts.people.get(principal):
            kind = SHARE_TYPES[principal.partition(":")[0]]
            name, who = escape(hit.name), hit.sub or principal
            written.append(
                f"<nc:sharee><nc:id>{who}</nc:id><nc:display-name>{name}</nc:display-name><nc:type>{kind}</nc:type></nc:sharee>"
            )
    return "".join(written)


def _mount_type(line: Line, _facts: Facts) -> str:
    if "S" not in line.letters:
        return ""
    return "shared" if line.entry.parent is not None else "group"


def active_lock(held: Held, href: str, facts: Facts) -> str:
    """Return a lock as RFC 4918 §14.1 writes it. Its token is told to nobody but who took it."""
    mine = held.holder == facts.caller
    token = f"<d:locktoken><d:href>{escape(held.token)}</d:href></d:locktoken>" if mine else ""
    return (
        "<d:activelock><d:locktype><d:write/></d:locktype>"
        f"<d:lockscope><d:{'shared' if held.shared else 'exclusive'}/></d:lockscope>"
        f"<d:depth>{'infinity' if held.deep else '0'}</d:depth><d:owner>{held.owner}</d:owner>"
        f"<d:timeout>Second-{held.seconds}</d:timeout>{token}"
        f"<d:lockroot><d:href>{href}</d:href></d:lockroot></d:activelock>"
    )


def _lock_discovery(line: Line, facts: Facts) -> str:
    found = facts.locks.get(line.entry.id, ())
    return "".join(active_lock(held, facts.roots.get(held.node, line.href), facts) for held in found)


def of_lock(write: Callable[[Held, Facts], str]) -> Write:
    """Return the writer of a fact about the first lock on a node; empty without one."""

    def written(line: Line, facts: Facts) -> str:
        found = facts.locks.get(line.entry.id)
        return write(found[0], facts) if found else ""

    return written


def _lock_owner(held: Held, facts: Facts) -> str:
    hit = facts.people.get(held.holder)
    return hit.sub if hit else ""


def _lock_owner_name(held: Held, facts: Facts) -> str:
    hit = facts.people.get(held.holder)
    return escape(hit.name) if hit else ""


def _locked_at(held: Held, _facts: Facts) -> str:
    return str(int(held.expires_at.timestamp()) - held.seconds)


# The table

LIVE: dict[Name, Live] = {
    (DAV, "resourcetype"): Live(lambda line, _: "<d:collection/>" if line.entry.kind == FOLDER else "", usual=True),
    (DAV, "getlastmodified"): Live(lambda line, _: http_date(line.entry.mtime), usual=True),
    (DAV, "getcontentlength"): Live(lambda line, _: str(line.entry.size), usual=True, of_folders=False),
    (DAV, "getcontenttype"): Live(lambda line, _: media_type(line.entry.name), usual=True, of_folders=False),
    (DAV, "getetag"): Live(lambda line, _: f"&quot;{line.etag}&quot;", usual=True),
    (DAV, "displayname"): Live(lambda line, _: escape(line.name)),
    (DAV, "creationdate"): Live(lambda line, _: iso_date(line.entry.created)),
    (DAV, "quota-used-bytes"): Live(lambda line, _: str(line.entry.size), usual=True, of_files=False),
    (DAV, "quota-available-bytes"): Live(_available, Need.ROOM, usual=True, of_files=False),
    (DAV, "supportedlock"): Live(constant(SUPPORTED_LOCK)),
    (DAV, "lockdiscovery"): Live(_lock_discovery, Need.LOCKS),
    (OC, "id"): Live(lambda line, _: file_id(line.entry)),
    (OC, "fileid"): Live(lambda line, _: str(line.entry.id)),
    (OC, "size"): Live(lambda line, _: str(line.entry.size)),
    (OC, "permissions"): Live(lambda line, _: line.letters),
    (OC, "checksums"): Live(_checksums, Need.CHECKSUMS, of_folders=False),
    (OC, "share-types"): Live(_share_types, Need.SHARES),
    (OC, "data-fingerprint"): Live(lambda line, _: fingerprint(line.entry)),
    (OC, "favorite"): Live(lambda line, facts: "1" if line.entry.id in facts.starred else "0", Need.STARRED),
    (OC, "owner-id"): Live(lambda line, facts: facts.owners.get(line.entry.space, ("", ""))[0], Need.OWNER),
    (OC, "owner-display-name"): Live(
        lambda line, facts: escape(facts.owners.get(line.entry.space, ("", ""))[1]), Need.OWNER
    ),
    (OC, "comments-unread"): Live(constant("0")),
    (NC, "sharees"): Live(_sharees, Need.SHAREES),
    (NC, "note"): Live(constant("")),
    (NC, "creation_time"): Live(lambda line, _: str(line.entry.created)),
    (NC, "upload_time"): Live(lambda line, _: str(line.entry.created)),
    (NC, "mount-type"): Live(_mount_type),
    (NC, "is-mount-root"): Live(lambda line, _: "true" if line.mounted else "false"),
    (NC, "has-preview"): Live(constant("false")),
    (NC, "is-encrypted"): Live(constant("0")),
    (NC, "hidden"): Live(constant("false")),
    (NC, "hide-download"): Live(lambda line, _: "false" if Right.READ in line.rights else "true"),
    (NC, "lock"): Live(of_lock(lambda _held, _: "1"), Need.LOCKS),
    (NC, "lock-owner-type"): Live(of_lock(lambda held, _: "0" if held.by_person else "2"), Need.LOCKS),
    (NC, "lock-owner"): Live(of_lock(_lock_owner), Need.LOCKS),
    (NC, "lock-owner-displayname"): Live(of_lock(_lock_owner_name), Need.LOCKS),
    (NC, "lock-owner-editor"): Live(constant("")),
    (NC, "lock-time"): Live(of_lock(_locked_at), Need.LOCKS),
    (NC, "lock-timeout"): Live(of_lock(lambda held, _: str(held.seconds)), Need.LOCKS),
    (NC, "lock-token"): Live(
        of_lock(lambda held, facts: held.token if held.holder == facts.caller else ""), Need.LOCKS
    ),
    (OCS, "share-permissions"): Live(lambda line, _: str(share_bits(line.rights, folder=line.entry.kind == FOLDER))),
}
USUAL = tuple(name for name, live in LIVE.items() if live.usual)
