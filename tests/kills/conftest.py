"""What is killed runs on the database of the run."""

import contextlib

import pytest

from tests.servers import postgresql
from tests.sites import Site


@pytest.fixture
def install(request):
    """Make an installation in a folder: `install(folder)`. Each has a database of its own."""
    with contextlib.ExitStack() as stack:

        def made(folder):
            options = {}
            if request.config.getoption("--database") == "postgresql":
                options["CARTABLE_DATABASE"] = stack.enter_context(postgresql())
            return Site(folder, **options)

        yield made
