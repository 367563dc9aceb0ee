import pytest

from cartable.spaces import sharing
from cartable.spaces.access import Role
from tests.worlds import put


@pytest.fixture
def pad(world):
    """A pad of Ada's on which Bob comments, and which Eve does not know."""
    node = put(world.ada, world.root, "cours.md", b"# Volcans\n").id
    sharing.give(world.ada, node, f"person:{world.bob.person}", Role.COMMENT)
    return node
