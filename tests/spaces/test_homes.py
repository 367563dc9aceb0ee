"""What owning a space means, by kind of owner."""

from importlib import import_module

import pytest
from django.apps import apps

from cartable.identity import people, postings, structures
from cartable.identity.models import Posting, Structure
from cartable.kernel import clock
from cartable.kernel.errors import Denied, NotFound
from cartable.spaces import homes, tree
from cartable.spaces.access import Right, Role, reach
from cartable.spaces.models import Grant, Node, Space
from tests.worlds import academies, actor, ada_world, person

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


def test_12_what_a_school_had_is_open_to_those_of_the_one_it_joined(posted, later):
    bob, _ada, (school, *_above) = posted
    other = structures.open_school("0210002N", "Lycée Buffon", school.parent)
    eve, head = people.find("eve@ac-dijon.example"), person("Zoé Fabre", "zoe@ac-dijon.example")
    postings.begin(eve, other)
    postings.begin(head, other, function="DIR")
    note = tree.make_folder(bob, root(school), "Conseils d’école")
    with pytest.raises(NotFound):
        reach(actor("eve@ac-dijon.example"), note.id, Right.VIEW)
    Structure.objects.filter(pk=school.pk).update(closed=clock.today(), successor=other)
    postings.end(Posting.objects.get(person=bob.person))
    people.changed([eve.pk, head.pk, bob.person])
    assert reach(actor("eve@ac-dijon.example"), note.id, Right.VIEW).rights == Right(Role.WRITE)
    assert reach(actor("zoe@ac-dijon.example"), note.id, Right.VIEW).rights == Right(Role.MANAGE)
    assert school.name in [one.title for one in homes.homes_of(actor("eve@ac-dijon.example"))]
    later(days=400)
    assert reach(actor("eve@ac-dijon.example"), note.id, Right.VIEW).rights == Right(Role.WRITE)
    with pytest.raises(NotFound):
        reach(actor("bob@ac-dijon.example"), note.id, Right.VIEW)


def test_schools_that_joined_each_other_are_no_endless_walk(posted):
    bob, _ada, (school, *_above) = posted
    other = structures.open_school("0210002N", "Lycée Buffon", school.parent)
    for one, into in ((school, other), (other, school)):
        Structure.objects.filter(pk=one.pk).update(successor=into)
    people.changed([bob.person])
    assert {f"structure:{school.pk}", f"structure:{other.pk}"} <= actor("bob@ac-dijon.example").principals


def test_an_academy_is_not_of_those_it_follows(posted):
    bob, _ada, (school, *_above) = posted
    region = school.parent.parent
    former = Structure.objects.create(
        kind="academy", code="99", name="Ancienne", parent=region, successor=school.parent
    )
    people.changed([bob.person])
    assert f"structure:{former.pk}" not in actor("bob@ac-dijon.example").principals


def test_a_space_is_called_as_its_owner_is_now(posted):
    bob, _ada, (_school, *_above) = posted
    homes.home_of(bob)
    people.rename(people.find("bob@ac-dijon.example"), "Bob Durand")
    assert homes.home_of(bob).title == "Bob Durand"


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
