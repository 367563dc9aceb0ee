import pytest
from django.test import Client as Browser

from tests.identity.oidc.relying import registered
from tests.identity.oidc.served import PASSWORD, site
from tests.worlds import person


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", "ada@ac-dijon.example", PASSWORD)


@pytest.fixture
def browser(ada):
    """Ada's, signed in."""
    one = Browser()
    answer = one.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return one


@pytest.fixture
def notes(db):
    """An application."""
    return registered()


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    """A site of its own where Ada has an account."""
    with site(tmp_path_factory.mktemp("provider")) as one:
        one.ada = one.person("ada@ac-dijon.example")
        yield one
