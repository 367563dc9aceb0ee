"""Sharing: who is given what, and links. Each grant takes a change number: clients learn of it from the next listing."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, Q

from cartable.identity import directory
from cartable.identity.actors import EVERYONE, Actor, holder
from cartable.kernel import audit, clock, given, sealing
from cartable.kernel.errors import BadInput, Denied, Expired, NotFound, Past
from cartable.spaces import changes, guesses, locks
from cartable.spaces.access import Reached, Right, Role, reach
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import entries, lineage, lineages
from cartable.spaces.models import Grant, Link, Mount, Node, Space

NAMEABLE = ("person", "team", "structure")  # whom a person may give something to, beside everyone


@dataclass(frozen=True, slots=True)
class Share:
    """A grant somebody gave. `link` is the token of its URL when it is one."""

    id: int
    node: int
    principal: str
    role: Role
    expires_at: datetime | None
    given_by: int | None
    given_at: datetime
    note: str
    link: str = ""
    label: str = ""
    has_password: bool = False
    downloads: int = 0
    downloads_max: int | None = None

    @property
    def number(self) -> int:
        """Of whom it is given to, among those of their kind: of the link, when it is one; 0 for everyone."""
        return int(self.principal.partition(":")[2] or 0)


@transaction.atomic
def give(
    actor: Actor, node_id: int, principal: str, role: Role, *, expires_at: datetime | None = None, note: str = ""
) -> Share:
    """Give a person, team, structure or everyone a role on a node and all below it; give again to change it.

    The actor needs MANAGE. Raises NotFound (also if the actor knows no such principal), Denied, BadInput, Past.
    """
    reached, seq = changes.enter(actor, node_id, Right.MANAGE)
    kind, _, number = principal.partition(":")
    if principal != EVERYONE and (kind not in NAMEABLE or not given.is_whole(number)):
        raise BadInput(principal)
    held = Grant.objects.filter(node_id=node_id, principal=principal)
    if not _may_name(actor, kind, int(number or 0)) and not held.exists():
        raise NotFound(principal)
    if principal in _owners(reached):
        raise BadInput(principal)  # it is theirs already
    wanted = {
        "rights": role,
        "expires_at": _future(expires_at),
        "note": given.text(note, 1000),
        "given_by": actor.person,
    }
    grant, made = Grant.objects.update_or_create(node_id=node_id, principal=principal, defaults=wanted)
    if made:
        _show_again(node_id, principal)
    _end(actor, reached, seq, "share", principal=principal, grant=grant.pk, role=int(role))
    return one(actor, grant.pk)


def _may_name(actor: Actor, kind: str, number: int) -> bool:
    if kind == "person":
        return directory.may_name(actor, number)
    if kind == "team":
        return f"team:{number}" in actor.all_principals  # a team is known to its members alone
    return kind == "everyone" or f"{kind}:{number}" in directory.names_of([f"{kind}:{number}"])


@transaction.atomic
def make_link(
    actor: Actor, node_id: int, role: Role = Role.READ, *, password: str = "", expires_at: datetime | None = None,
    downloads_max: int | None = None, label: str = "", note: str = "",
) -> Share:  # fmt: skip
    """Make a URL that gives whoever holds it a role on a node: READ, VIEW, WRITE, or DEPOSIT for a folder.

    The actor needs MANAGE. Raises NotFound, Denied, BadInput, Past.
    """
    reached, seq = changes.enter(actor, node_id, Right.MANAGE)
    if role not in {Role.VIEW, Role.READ, Role.WRITE, Role.DEPOSIT} or (
        role == Role.DEPOSIT and not reached.entry.is_folder
    ):
        raise BadInput(role)
    link = Link.objects.create(
        token=secrets.token_urlsafe(16), label=given.text(label, 200), downloads_max=downloads_max,
        password=make_password(password) if password else "",
    )  # fmt: skip
    grant = Grant.objects.create(
        node_id=node_id, principal=f"link:{link.pk}", rights=role, expires_at=_future(expires_at), note=given.text(note, 1000),
        given_by=actor.person,
    )  # fmt: skip
    _end(actor, reached, seq, "link", grant=grant.pk, role=int(role))
    return one(actor, grant.pk)


@transaction.atomic
def change(
    actor: Actor, grant_id: int, *, role: Role | None = None, expires_at: datetime | None = None, forever: bool = False,
    password: str | None = None, downloads_max: int | None = None, unlimited: bool = False, label: str | None = None,
    note: str | None = None,
) -> Share:  # fmt: skip
    """Change what is given; what is None stays. `forever` takes the expiry away, an empty `password` takes it away, `unlimited` the limit of downloads.

    The actor needs MANAGE. Raises NotFound, Denied, BadInput, Past.
    """
    grant, reached, seq = _enter(actor, grant_id)
    if not reached.may(Right.MANAGE):
        raise actor.denied(node=reached.id)
    if role is not None and role == Role.DEPOSIT and not reached.entry.is_folder:
        raise BadInput(role)
    grant.rights = grant.rights if role is None else role
    grant.expires_at = None if forever else (_future(expires_at) or grant.expires_at)
    grant.note = grant.note if note is None else given.text(note, 1000)
    grant.save(update_fields=["rights", "expires_at", "note"])
    if grant.principal.startswith("link:"):
        link = Link.objects.filter(pk=grant.principal.removeprefix("link:"))
        if password is not None:
            link.update(password=make_password(password) if password else "")
        if label is not None:
            link.update(label=given.text(label, 200))
        if unlimited or downloads_max is not None:
            link.update(downloads_max=None if unlimited else downloads_max)
    _end(actor, reached, seq, "share.change", principal=grant.principal, grant=grant_id)
    return one(actor, grant_id)


@transaction.atomic
def revoke(actor: Actor, grant_id: int) -> None:
    """Take back what was given. Who was given it by name may also give it up. Raises NotFound, Denied."""
    grant, reached, seq = _enter(actor, grant_id)
    if grant.principal != f"person:{actor.person}" and not reached.may(Right.MANAGE):
        raise actor.denied(node=reached.id)
    Grant.objects.filter(pk=grant_id).delete()
    if grant.principal.startswith("link:"):
        Link.objects.filter(pk=grant.principal.removeprefix("link:")).delete()
        locks.forget_holder(grant.principal)
    _end(actor, reached, seq, "unshare", principal=grant.principal, grant=grant_id)


def one(actor: Actor, grant_id: int) -> Share:
    """Return a share the actor manages, or was given. Raises NotFound."""
    return _shares([_known(actor, grant_id)[0]])[0]


def of(actor: Actor, node_id: int) -> list[Share]:
    """Return what is given on this very node, links too, what makes a space its owner's left out. The actor needs MANAGE.

    Raises NotFound, Denied.
    """
    reached = reach(actor, node_id, Right.MANAGE)
    grants = Grant.objects.filter(node=node_id).order_by("pk")
    owners = _owners(reached) if reached.entry.parent is None else frozenset()
    return _shares(grant for grant in grants if grant.principal not in owners)


def given_by(actor: Actor) -> list[tuple[Share, Entry]]:
    """Return what the actor has given and what it is on, the latest first, in a fixed number of queries."""
    if actor.person is None:
        return []
    shares = _shares(Grant.objects.filter(given_by=actor.person).order_by("-pk"))
    nodes = {found.id: found for found in entries({share.node for share in shares})}
    live = set(Node.objects.filter(pk__in=nodes, trashed_at=None).values_list("pk", flat=True))
    return [(share, nodes[share.node]) for share in shares if share.node in live]


def received(actor: Actor) -> list[tuple[Share, Entry]]:
    """Return what others have given to the actor, by name or through a team, a structure or everyone, the latest first."""
    principals = [one for one in actor.all_principals if not one.startswith("link:")]
    grants = Grant.objects.filter(principal__in=principals).exclude(given_by=None).exclude(given_by=actor.person)
    shares = _shares(grants.order_by("-pk"))
    chains = lineages({share.node for share in shares})
    current = (share for share in shares if share.expires_at is None or share.expires_at > clock.now())
    return [(share, chains[share.node][0]) for share in current if share.node in chains]


# Links, for whoever holds one


def follow(token: str, password: str | None = None, *, address: str = "", proof: str = "") -> tuple[Actor, Share]:
    """Return as whom the holder of a URL acts, and what it gives.

    `password` is what they typed at this network address, if they were asked; `proof` is what `proof_of` gave when they
    did: they are not asked again, nor counted.

    Raises Expired (absent, ended, used up: the same answer), Denied if the password is missing or wrong, TooMany.
    """
    link = Link.objects.filter(token=token).first() if token.isprintable() else None
    grant = Grant.objects.filter(principal=f"link:{link.pk}").first() if link else None
    if link is None or grant is None or (grant.expires_at and grant.expires_at <= clock.now()):
        raise Expired
    if link.downloads_max is not None and link.downloads >= link.downloads_max:
        raise Expired
    if not lineage(grant.node_id):
        raise Expired
    if link.password and not _proves(proof, link) and (password is None or not guesses.opens(link, password, address)):
        raise Denied
    return holder(link.pk), _shares([grant])[0]


def open_links(tokens: Collection[str]) -> list[int]:
    """Return the numbers of those of some links that open to whoever holds them: not ended, not used up, no password. Two queries.

    Whether what they are on is in the trash is for who reaches it.
    """
    links = Link.objects.filter(token__in=list(tokens), password="").exclude(downloads_max__lte=F("downloads"))
    numbers = {f"link:{number}": number for number in links.values_list("pk", flat=True)}
    lasting = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    given = Grant.objects.filter(lasting, principal__in=list(numbers)).values_list("principal", flat=True)
    return [numbers[principal] for principal in given]


def proof_of(token: str) -> str:
    """Return what a browser may show instead of a link's password, until that password changes. Raises Expired."""
    link = Link.objects.filter(token=token).first()
    if link is None:
        raise Expired
    return _proof(link)


def count_download(token: str) -> None:
    """Count one download of a link, in the same UPDATE that checks its limit. Raises Expired once it is used up."""
    link = Link.objects.filter(token=token)
    used = link.exclude(downloads_max__lte=F("downloads")).update(downloads=F("downloads") + 1)
    if not used:
        raise Expired


def note_use(share: Share, verb: str, *, by: int | None = None, node: int | None = None) -> None:
    """Keep, once an hour for each who uses it, that a link served to `open`, `download` or `deposit` a node."""
    audit.record_once(f"link.{verb}", person=by, link=share.number, node=node or share.node)


def links_of(actor: Actor) -> list[int]:
    """Return the numbers of the links that the actor made."""
    made = Grant.objects.filter(given_by=actor.somebody, principal__startswith="link:")
    return [int(one.removeprefix("link:")) for one in made.values_list("principal", flat=True)]


def uses_of(shares: Iterable[Share]) -> dict[int, list[tuple[str, datetime]]]:
    """Return what links served to lately, by number: verbs of the audit trail and when, the latest first. One query."""
    uses: dict[int, list[tuple[str, datetime]]] = {share.number: [] for share in shares}
    for act in audit.acts_on("link", *uses):
        uses[act.object or 0].append((act.verb, act.at))
    return uses


def forget_links(node_ids: Iterable[int]) -> None:
    """Delete the links to nodes that are about to go."""
    principals = Grant.objects.filter(node__in=list(node_ids), principal__startswith="link:").values_list(
        "principal", flat=True
    )
    Link.objects.filter(pk__in=[one.removeprefix("link:") for one in principals]).delete()


def _proof(link: Link) -> str:
    return sealing.digest(f"link {link.token} {link.password}").hex()


def _proves(proof: str, link: Link) -> bool:
    return bool(proof) and secrets.compare_digest(proof.encode(), _proof(link).encode())


def _end(actor: Actor, reached: Reached, seq: int, verb: str, *, principal: str = "", **detail: object) -> None:
    changes.touch([one.id for one in reached.chain], seq)
    changes.note("grant", actor, seq, reached.entry)
    kind, _, number = principal.partition(":")
    whom: dict[str, object] = {"account": int(number)} if kind == "person" else {}  # it concerns them
    about = whom | {"node": reached.id} | ({"principal": principal} if principal else {})
    audit.record(verb, person=actor.person, **about, **detail)


def _owners(reached: Reached) -> frozenset[str]:
    """Return the principals whom the space of a node belongs to."""
    owner = Space.objects.values_list("owner", flat=True).get(pk=reached.entry.space)
    kind, _, number = owner.partition(":")
    heads = {"team": f"lead:{number}", "structure": f"head:{number}"}
    return frozenset({owner, heads.get(kind, owner)})


def _show_again(node_id: int, principal: str) -> None:
    """Forget that a node was put away from roots: it is given anew, to this person or to all of a team."""
    kind, _, number = principal.partition(":")
    if kind in {"person", "team"}:
        of_whom = {"person": int(number)} if kind == "person" else {}
        Mount.objects.filter(node=node_id, hidden=True, **of_whom).delete()


def _known(actor: Actor, grant_id: int) -> tuple[Grant, Reached]:
    """Return a grant the actor manages or was given, and what it is on. Three queries, whatever the answer. Raises NotFound."""
    grant = Grant.objects.filter(pk=grant_id).first()
    reached = reach(actor, grant.node_id if grant else 0, Right.VIEW)
    if grant is None or not (reached.may(Right.MANAGE) or grant.principal in actor.all_principals):
        raise NotFound(grant_id)
    return grant, reached


def _enter(actor: Actor, grant_id: int) -> tuple[Grant, Reached, int]:
    """Begin a change of a grant: return it as it is under the space's lock, its node, and the number of the change.

    Raises NotFound, and Denied for what makes a space its owner's: that is no share.
    """
    reached, seq = changes.enter_by(lambda: _known(actor, grant_id)[1])
    grant, _ = _known(actor, grant_id)  # another may just have changed it
    if reached.entry.parent is None and grant.principal in _owners(reached):
        raise Denied(actor.person, node=reached.id)
    return grant, reached, seq


def _future(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= clock.now():
        raise Past(moment)
    return moment


def _shares(grants: Iterable[Grant]) -> list[Share]:
    rows = list(grants)
    numbers = [row.principal.removeprefix("link:") for row in rows if row.principal.startswith("link:")]
    links = {f"link:{link.pk}": link for link in Link.objects.filter(pk__in=numbers)}
    return [_share(row, links.get(row.principal)) for row in rows]


def _share(grant: Grant, link: Link | None) -> Share:
    of_link = (link.token, link.label, bool(link.password), link.downloads, link.downloads_max) if link else ()
    return Share(
        grant.pk, grant.node_id, grant.principal, nearest_role(Right(grant.rights)), grant.expires_at, grant.given_by,
        grant.given_at, grant.note, *of_link,
    )  # fmt: skip


def nearest_role(rights: Right) -> Role:
    """Return the highest role whose rights are all there. DEPOSIT when there are no others. Pure."""
    fitting = [role for role in Role if Right(role) in rights and role != Role.DEPOSIT]
    return max(fitting, default=Role.DEPOSIT)
