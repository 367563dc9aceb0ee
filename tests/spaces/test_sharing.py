from datetime import timedelta

import pytest

from cartable.identity import people, postings, structures, teams
from cartable.identity.actors import EVERYONE, holder
from cartable.identity.models import Person
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Denied, Expired, NotFound
from cartable.spaces import access, homes, listing, sharing
from cartable.spaces.access import Right, Role, reach
from cartable.spaces.models import Grant, Node
from tests.worlds import academies, actor, put, read


def of(principal):
    return f"person:{principal.person}"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEW, {Right.VIEW}),
        (Role.READ, {Right.VIEW, Right.READ}),
        (Role.COMMENT, {Right.VIEW, Right.READ, Right.COMMENT}),
        (Role.WRITE, {Right.VIEW, Right.READ, Right.COMMENT, Right.WRITE, Right.DEPOSIT}),
        (Role.MANAGE, {Right.VIEW, Right.READ, Right.COMMENT, Right.WRITE, Right.MANAGE, Right.DEPOSIT}),
    ],
)
def test_what_each_role_allows(world, role, allowed):
    sharing.give(world.ada, world.maths, of(world.eve), role)
    for right in (Right.VIEW, Right.READ, Right.COMMENT, Right.WRITE, Right.MANAGE, Right.DEPOSIT):
        if right in allowed:
            assert reach(world.eve, world.devoir, right).id == world.devoir
        else:
            with pytest.raises(Denied):
                reach(world.eve, world.devoir, right)
    with pytest.raises(NotFound):
        reach(world.eve, world.cours, Right.VIEW)  # given below it, not on it


def test_only_who_manages_gives_and_takes_back(world):
    share = next(one for one in sharing.of(world.ada, world.cours))
    for stranger, refusal in ((world.bob, Denied), (world.eve, NotFound)):
        with pytest.raises(refusal):
            sharing.give(stranger, world.cours, of(world.eve), Role.READ)
        with pytest.raises(refusal):
            sharing.make_link(stranger, world.cours)
        with pytest.raises(refusal):
            sharing.of(stranger, world.cours)
        with pytest.raises(refusal):
            access.everyone_on(stranger, world.cours)
        with pytest.raises(refusal):
            sharing.change(stranger, share.id, role=Role.MANAGE)
    with pytest.raises(NotFound):
        sharing.revoke(world.eve, share.id)
    assert Grant.objects.get(pk=share.id).rights == Role.READ


def test_who_was_given_something_may_give_it_up(world):
    [share] = sharing.of(world.ada, world.cours)
    sharing.revoke(world.bob, share.id)
    with pytest.raises(NotFound):
        listing.children(world.bob, world.cours)


def test_an_expired_grant_is_no_grant(world, monkeypatch):
    tomorrow = clock.now() + timedelta(days=1)
    sharing.give(world.ada, world.maths, of(world.eve), Role.READ, expires_at=tomorrow)
    assert read(world.eve, world.devoir)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    with pytest.raises(NotFound):
        read(world.eve, world.devoir)
    assert of(world.eve) not in {one.principal for one in access.everyone_on(world.ada, world.devoir)}


def test_a_date_already_past_is_refused(world):
    with pytest.raises(BadInput):
        sharing.give(world.ada, world.maths, of(world.eve), Role.READ, expires_at=clock.now() - timedelta(seconds=1))


@pytest.mark.parametrize("principal", ["person:999999", "team:1", "link:1", "lead:1", "nobody", "person:x", ""])
def test_one_gives_to_whom_exists(world, principal):
    with pytest.raises((NotFound, BadInput)):
        sharing.give(world.ada, world.maths, principal, Role.READ)
    assert Grant.objects.filter(principal=principal).count() == 0


def test_a_grant_takes_a_change_number(world):
    before = Node.objects.get(pk=world.root).seq
    sharing.give(world.ada, world.maths, of(world.eve), Role.READ)
    assert Node.objects.get(pk=world.root).seq > before


def test_giving_again_changes_what_was_given(world):
    sharing.give(world.ada, world.cours, of(world.bob), Role.WRITE)
    assert [one.role for one in sharing.of(world.ada, world.cours)] == [Role.WRITE]
    put(world.bob, world.maths, "a.txt")


def test_the_owner_of_a_space_cannot_lose_it(world):
    own = Grant.objects.get(node=world.root)
    with pytest.raises(Denied):
        sharing.revoke(world.ada, own.pk)
    with pytest.raises(BadInput):
        sharing.give(world.ada, world.root, of(world.ada), Role.READ)
    sharing.give(world.ada, world.root, of(world.bob), Role.MANAGE)
    for who in (world.ada, world.bob):
        with pytest.raises(Denied):
            sharing.change(who, own.pk, role=Role.VIEW)
        with pytest.raises(Denied):
            sharing.change(who, own.pk, expires_at=clock.now() + timedelta(days=1))
    assert [one.principal for one in sharing.of(world.ada, world.root)] == [of(world.bob)]
    assert Grant.objects.filter(pk=own.pk, rights=Role.MANAGE, expires_at=None).exists()


def test_what_one_gave_and_received(world):
    assert {entry.id for _, entry in sharing.given_by(world.ada)} == {world.cours, world.archives}
    assert {entry.id for _, entry in sharing.received(world.bob)} == {world.cours, world.archives}
    assert sharing.received(world.ada) == []
    assert sharing.received(world.eve) == []


# Teams, structures, everyone


def test_a_team_sees_what_it_is_given_and_its_leaders_manage_its_space(world):
    team = teams.form(world.bob, "Équipe SVT", [people.find(f"{one}@ac-dijon.example") for one in ("ada", "eve")])
    ada, bob, eve = (actor(f"{one}@ac-dijon.example") for one in ("ada", "bob", "eve"))
    sharing.give(ada, world.maths, f"team:{team.pk}", Role.READ)
    assert read(eve, world.devoir)
    space = homes.home(f"team:{team.pk}")
    put(eve, space.root, "plan.md")
    sharing.give(bob, space.root, of(world.ada), Role.READ)
    with pytest.raises(Denied):
        sharing.give(eve, space.root, of(world.ada), Role.MANAGE)
    teams.remove(bob, team.pk, people.find("eve@ac-dijon.example"))
    with pytest.raises(NotFound):
        read(actor("eve@ac-dijon.example"), world.devoir)


def test_only_its_members_know_a_team(world):
    team = teams.form(world.bob, "Signalement 6e B")
    for principal in (f"team:{team.pk}", "team:999"):
        with pytest.raises(NotFound):
            sharing.give(world.ada, world.maths, principal, Role.READ)


def test_a_grant_to_an_academy_reaches_its_schools_and_ends_with_the_posting(world, later):
    dijon, lyon = academies()
    school = structures.open_school("0212015B", "Lycée Carnot", dijon)
    eve = people.find("eve@ac-dijon.example")
    postings.begin(eve, school)
    sharing.give(world.ada, world.archives, f"structure:{dijon.pk}", Role.WRITE)
    put(actor("eve@ac-dijon.example"), world.archives, "a.txt")
    sharing.give(world.ada, world.maths, EVERYONE, Role.READ)
    assert read(actor("eve@ac-dijon.example"), world.devoir)
    postings.move(eve, lyon)
    late = actor("eve@ac-dijon.example")
    assert read(late, world.note)  # for a time, she reads
    with pytest.raises(Denied):
        put(late, world.archives, "b.txt")
    later(days=61)
    with pytest.raises(NotFound):
        read(actor("eve@ac-dijon.example"), world.note)
    assert read(actor("eve@ac-dijon.example"), world.devoir)  # everyone is wherever they are posted


# Why


def test_one_sees_why(world):
    sharing.give(world.ada, world.maths, of(world.bob), Role.COMMENT)
    reasons = access.explain(world.bob, world.devoir)
    assert [(one.name, one.rights) for one in reasons] == [("Maths", Role.COMMENT), ("Cours", Role.READ)]
    everyone = access.everyone_on(world.ada, world.devoir)
    assert [one.principal for one in everyone] == [of(world.bob), of(world.bob), of(world.ada)]
    with pytest.raises(NotFound):
        access.explain(world.eve, world.devoir)


# Links


def test_a_link_opens_its_node_and_nothing_else(world):
    share = sharing.make_link(world.ada, world.maths)
    guest, followed = sharing.follow(share.link)
    assert followed.node == world.maths
    assert read(guest, world.devoir)
    for hidden in (world.cours, world.root, world.note):
        with pytest.raises(NotFound):
            reach(guest, hidden, Right.VIEW)
    with pytest.raises(Denied):
        put(guest, world.maths, "a.txt")


def test_a_link_asks_for_its_password(world):
    share = sharing.make_link(world.ada, world.maths, password="sésame")
    assert share.has_password
    for wrong in (None, "", "sesame"):
        with pytest.raises(Denied):
            sharing.follow(share.link, wrong)
    assert sharing.follow(share.link, "sésame")
    sharing.change(world.ada, share.id, password="")
    assert sharing.follow(share.link)


def test_a_link_that_ended_looks_like_one_that_never_was(world, later):
    share = sharing.make_link(world.ada, world.maths, expires_at=clock.now() + timedelta(days=1))
    used = sharing.make_link(world.ada, world.maths, downloads_max=1)
    sharing.count_download(used.link)
    with pytest.raises(Expired):
        sharing.count_download(used.link)
    later(days=2)
    for token in ("nothing", share.link, used.link):
        with pytest.raises(Expired):
            sharing.follow(token)
    sharing.change(world.ada, share.id, forever=True)
    assert sharing.follow(share.link)
    sharing.revoke(world.ada, share.id)
    with pytest.raises(Expired):
        sharing.follow(share.link)
    with pytest.raises(NotFound):
        reach(holder(1), world.maths, Right.VIEW)


def test_nothing_is_given_to_who_cannot_be_found(world):
    """The *liste rouge*: who tries numbers one by one learns no name. What one has already goes on and changes."""
    for one in (world.bob, world.eve):
        Person.objects.filter(pk=one.person).update(listed=False)
    teams.form(world.ada, "Équipe SVT", [people.find(world.bob.sub)])
    ada = actor("ada@ac-dijon.example")
    sharing.give(ada, world.maths, of(world.bob), Role.WRITE)  # a mate
    with pytest.raises(NotFound) as refused:
        sharing.give(ada, world.maths, of(world.eve), Role.READ)
    with pytest.raises(NotFound) as unknown:
        sharing.give(ada, world.maths, f"person:{2**40}", Role.READ)
    assert type(refused.value) is type(unknown.value)

    Person.objects.filter(pk=world.eve.person).update(listed=True)
    sharing.give(ada, world.maths, of(world.eve), Role.READ)
    Person.objects.filter(pk=world.eve.person).update(listed=False)
    assert sharing.give(ada, world.maths, of(world.eve), Role.WRITE).role == Role.WRITE


def test_a_link_gives_what_links_may(world):
    for role in (Role.MANAGE, Role.COMMENT):
        with pytest.raises(BadInput):
            sharing.make_link(world.ada, world.maths, role)
    with pytest.raises(BadInput):
        sharing.make_link(world.ada, world.devoir, Role.DEPOSIT)
