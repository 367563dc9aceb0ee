import pytest

from tests.config.sites import SERVERS, serving


@pytest.fixture(scope="module", params=SERVERS)
def site(request, tmp_path_factory):
    with serving(request.param, tmp_path_factory.mktemp("site"), threads=2) as site:
        yield site


@pytest.fixture
def fresh(site):
    """The site, as if nothing had been sent to it yet."""
    for left in site.folder.iterdir():
        left.unlink()
    return site
