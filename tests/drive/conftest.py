import pytest

from tests.drive.wire import Device


@pytest.fixture
def ada(world):
    return Device(world.ada)


@pytest.fixture
def bob(world):
    return Device(world.bob)


@pytest.fixture
def eve(world):
    return Device(world.eve)


@pytest.fixture
def stranger(db):
    return Device()
