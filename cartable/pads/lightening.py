"""What is kept beside a document that is begun anew goes with it: who typed as each client, and what is said about which passages.

Both are in another database than the document, so they are true before and after: clients are added, passages have a second name.
"""

from cartable.pads import anew
from cartable.pads.comments import anchoring
from cartable.pads.hands import signing
from cartable.pads.masks import Places


def prepared(node: int, state: bytes) -> bytes | None:
    """Return a document to take the place of one, once what is beside it knows both; None if it would hardly be lighter. Raises Malformed."""
    if (made := anew.begun_anew(state, signing.clients(node))) is None:
        return None
    signing.sign(node, made.hands)
    anchoring.carry(node, Places(state), Places(made.state))
    return made.state
