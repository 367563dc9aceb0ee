"""Real clients against the whole product, on the database and the storage of the run."""

import os

import pytest

from tests.protocols.computers import Computer
from tests.sites import running


@pytest.fixture(scope="session")
def installation(tmp_path_factory, request):
    """One that serves; on PostgreSQL, in a database of its own."""
    options = {}
    if request.config.getoption("database") == "postgresql":
        options["CARTABLE_DATABASE"] = request.getfixturevalue("scratch_database")
    if storage := os.environ.get("CARTABLE_STORAGE", ""):
        options["CARTABLE_STORAGE"] = storage
    with running(tmp_path_factory.mktemp("data"), **options) as site:
        yield site


@pytest.fixture
def site(installation):
    """It, with a person who has nothing yet."""
    installation.begin()
    return installation


@pytest.fixture
def two(site, tmp_path):
    return Computer(site, tmp_path / "one"), Computer(site, tmp_path / "two")


@pytest.fixture(scope="session")
def scratch_database():
    """The address of an empty database on the PostgreSQL of the run."""
    import psycopg  # noqa: PLC0415 - only where it is installed

    address = os.environ["CARTABLE_DATABASE"]
    name = f"clients_{os.getpid()}_{id(address):x}"
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield address.rpartition("/")[0] + f"/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
