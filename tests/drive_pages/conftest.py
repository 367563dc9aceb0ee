"""Ada's world, with a browser for each of its people."""

import pytest
from django.test import Client

from cartable.identity import people


@pytest.fixture
def browse(world):
    """Return a browser signed in as one of the world: `browse("ada")`; `browse()` is signed in as nobody."""

    def open_browser(name: str = "", **options) -> Client:
        client = Client(**options)
        if name:
            client.force_login(people.find(f"{name}@ac-dijon.example"))
        return client

    return open_browser
