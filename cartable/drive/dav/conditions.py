"""What a request says must be true before anything is done: `If` (RFC 4918 §10.4), `If-Match` and its like (RFC 9110 §13). Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cartable.kernel.errors import BadInput

NO_LOCK = "DAV:no-lock"  # a token that no lock ever bears
_LEXEME = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<negation>Not)\b|<(?P<uri>[^>]*)>|\[(?P<etag>[^\]]*)\])", re.I
)


class Clause(NamedTuple):
    """One condition on a resource: that a lock of this token is on it, or that its ETag is this one; or not."""

    token: str = ""
    etag: str = ""
    negated: bool = False


class Demand(NamedTuple):
    """Conditions that must all be true of one resource: a URL, or empty for the one the request is about."""

    resource: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a resource: its ETag (None if nothing is there), and the tokens of the locks on it."""

    etag: str | None
    tokens: frozenset[str] = frozenset()


def demands(header: str) -> list[Demand]:
    """Return what an `If` header demands; one of the demands must hold. Raises BadInput."""
    found: list[Demand] = []
    resource, clauses, negated, at = "", None, False, 0
    for lexeme in _lexemes(header):
        if clauses is None:
            if lexeme["uri"] is not None:
                resource = lexeme["uri"]
            elif lexeme["open"]:
                clauses = list[Clause]()
            else:
                raise BadInput(header)
        elif lexeme["negation"] and not negated:
            negated = True
        elif lexeme["uri"] is not None or lexeme["etag"] is not None:
            clauses.append(Clause(lexeme["uri"] or "", opaque(lexeme["etag"] or ""), negated))
            negated = False
        elif lexeme["close"] and clauses and not negated:
            found.append(Demand(resource, tuple(clauses)))
            clauses = None
        else:
            raise BadInput(header)
        at = lexeme.end()
    if clauses is not None or header[at:].strip() or not found:
        raise BadInput(header)
    return found


def _lexemes(header: str) -> list[re.Match[str]]:
    found, at = [], 0
    while lexeme := _LEXEME.match(header, at):
        found.append(lexeme)
        at = lexeme.end()
    return found


def tokens(demanded: list[Demand]) -> frozenset[str]:
    """Return the lock tokens that an `If` header shows."""
    return frozenset(clause.token for _, clauses in demanded for clause in clauses if clause.token)


def hold(demanded: list[Demand], state: Callable[[str], State]) -> bool:
    """Return whether one of the demands is true, given the state of the resource of each."""
    return any(all(_true(clause, state(resource)) for clause in clauses) for resource, clauses in demanded)


def _true(clause: Clause, state: State) -> bool:
    true = clause.token in state.tokens if clause.token else state.etag is not None and clause.etag == state.etag
    return true != clause.negated


def opaque(etag: str) -> str:
    """Return an ETag without its quotes, nor the `W/` that a front server adds when it compresses."""
    return etag.strip().removeprefix("W/").strip('"')


def etags(header: str) -> frozenset[str]:
    """Return the ETags of an `If-Match` or `If-None-Match` header; `*` stands for any."""
    return frozenset(opaque(one) for one in header.split(",") if one.strip())


def matches(header: str, etag: str | None) -> bool:
    """Return whether such a header names what is there (None: nothing is)."""
    named = etags(header)
    return etag is not None and ("*" in named or etag in named)
