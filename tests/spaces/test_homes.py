"""What owning a space means, by kind of owner."""

from importlib import import_module

import pytest
from django.apps import apps

from cartable.identity import people, postings, structures
from cartable.identity.models import Structure
from cartable.kernel.errors import Denied
from cartable.spaces import homes, tree
from cartable.spaces.access import Right, Role, reach
from cartable.spaces.models import Grant, Node, Space
from tests.worlds import academies, actor, ada_world

UAI = "0210001M"


@pytest.fixture
def posted(db):
    """Return Bob, who teaches in a school of Dijon, and Ada, who directs the academy; and its structures, the school first."""
    ada_world()
    dijon, _ = academies()
    school = structures.open_school(UAI, "Collège Marguerite Yourcenar", dijon)
    postings.begin(people.find("bob@ac-dijon.example"), school)
    postings.begin(people.find("ada@ac-dijon.example"), dijon, function="DIR")
    above = list(Structure.objects.filter(kind__in=["academy", "region", "ministry"], code__in=[dijon.code, "MEN"]))
    return actor("bob@ac-dijon.example"), actor("ada@ac-dijon.example"), [school, *above]


def root(structure):
    return homes.home(f"structure:{structure.pk}").root


def test_colleagues_write_in_their_school_and_read_above(posted):
    bob, ada, (school, *above) = posted
    assert reach(bob, root(school), Right.VIEW).rights == Right(Role.WRITE)
    assert len(above) == 2
    for structure in above:
        assert reach(bob, root(structure), Right.VIEW).rights == Right(Role.READ)
        with pytest.raises(Denied):
            tree.make_folder(bob, root(structure), "À moi")
    dijon = next(one for one in above if one.kind == "academy")
    assert tree.make_folder(ada, root(dijon), "Circulaires").name == "Circulaires"
    assert reach(ada, root(dijon), Right.VIEW).may(Right.MANAGE)


def test_what_was_open_to_write_before_is_lowered_and_told(posted):
    bob, _, (school, *above) = posted
    roots = [root(one) for one in (school, *above)]
    Grant.objects.filter(node__in=roots, principal__startswith="structure:").update(rights=Role.WRITE)
    import_module("cartable.spaces.migrations.0005_who_writes_in_a_structure").lower(apps, None)
    assert [reach(bob, one, Right.VIEW).may(Right.WRITE) for one in roots] == [True, False, False]
    for one in roots[1:]:
        assert Node.objects.get(pk=one).seq == Space.objects.get(root=one).seq == 1
