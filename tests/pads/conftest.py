"""One server for the tests of pads, on the database of the run."""

import contextlib
from itertools import count

import pytest

from tests.drive_pages.conftest import browse  # noqa: F401 - for the pages of pads too
from tests.pads.typists import Typist, make
from tests.servers import postgresql
from tests.sites import running


@pytest.fixture(scope="session")
def site(tmp_path_factory, request):
    """A running installation, whose person has files."""
    with contextlib.ExitStack() as stack:
        options = {}
        if request.config.getoption("--database") == "postgresql":
            options["CARTABLE_DATABASE"] = stack.enter_context(postgresql())
        yield stack.enter_context(running(tmp_path_factory.mktemp("pads"), **options))


NAMES = count(1)


@pytest.fixture
def node(site):
    """A file of the person’s, new for each test."""
    return make(site, f"pad-{next(NAMES)}.md", "Bonjour à tous 😀\n".encode())


@pytest.fixture
def come(site):
    """Let somebody come to a pad: `come(node)` the person, with other headers another; they leave at the end."""
    with contextlib.ExitStack() as stack:

        def typist(node, headers=None, **how):
            one = Typist(site, node, headers, **how)
            stack.callback(one.leave)
            return one

        yield typist
