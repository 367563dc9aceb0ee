import pytest

from cartable.identity import upstreams
from cartable.identity.models import Domain
from tests.identity import academy
from tests.worlds import academies


@pytest.fixture(scope="module")
def server():
    with academy.serving() as one:
        yield one


@pytest.fixture
def dijon(server, db):
    """The academy of Dijon, whose provider runs, and a second one beside it."""
    server.academy = one = academy.Academy(f"http://127.0.0.1:{server.server_address[1]}")
    place, lyon = academies()
    Domain.objects.get_or_create(name="ac-dijon.example", defaults={"structure": place})
    known = {"client_id": academy.CLIENT, "secret": academy.SECRET}
    upstreams.add_oidc("dijon", place, issuer=one.issuer, **known)
    upstreams.add_oidc("lyon", lyon, issuer="https://lyon.example", **known)
    return one


@pytest.fixture
def open_dijon(dijon):
    """The same, which may send new people."""
    place, _lyon = academies()
    upstreams.drop("dijon")
    known = {"client_id": academy.CLIENT, "secret": academy.SECRET}
    upstreams.add_oidc("dijon", place, issuer=dijon.issuer, arrivals=True, **known)
    return dijon
