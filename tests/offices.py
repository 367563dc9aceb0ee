"""The world of delegated administration: two academies, three schools, whoever has a role there or lost it, and who has none.

Its own table of who may do what is written by hand, and not read from the code.
"""

from collections.abc import Iterator
from datetime import timedelta

from cartable.identity import people, postings, roles, structures, teams
from cartable.identity.delegations import Role
from cartable.identity.models import Delegation, Structure
from cartable.identity.oidc import clients
from cartable.identity.oidc.clients import Registration
from cartable.kernel import clock
from cartable.portal.admin import urls  # noqa: F401 - every page, and so every form
from cartable.portal.admin.forms.filled import Filled
from tests.identity.test_pages import PASSWORD, signed_in
from tests.worlds import academies, person

DAY = timedelta(days=1)
ADMIN = frozenset(
    ["people", "postings", "absences", "reset", "teams", "quotas", "delegations", "demands", "cases", "applications"]
)
SUPPORT, DPO, AUDITOR = (
    frozenset({"people", "reset"}),
    frozenset({"people", "audit", "retention"}),
    frozenset({"audit"}),
)
NONE = frozenset()
IN_A_SCHOOL = frozenset({"cases", "applications"})  # no role bounded to one school opens these
WHO = {  # name: (acts in Carnot and of its people, acts in all of Dijon, acts in Lyon)
    "teacher": (NONE, NONE, NONE),
    "head": (ADMIN - IN_A_SCHOOL, NONE, NONE),
    "deputy": (ADMIN - IN_A_SCHOOL, NONE, NONE),
    "school-desk": (SUPPORT, NONE, NONE),
    "expired": (NONE, NONE, NONE),
    "future": (NONE, NONE, NONE),
    "ended": (NONE, NONE, NONE),
    "orphan": (NONE, NONE, NONE),  # whoever gave it has left
    "gone": (NONE, NONE, NONE),  # who had it has left
    "elsewhere": (NONE, NONE, ADMIN),  # administers Lyon
    "rector": (ADMIN, ADMIN, NONE),  # directs the academy
    "admin": (ADMIN, ADMIN, NONE),
    "support": (SUPPORT, SUPPORT, NONE),
    "dpo": (DPO, DPO, NONE),
    "auditor": (AUDITOR, AUDITOR, NONE),
    "national": (ADMIN, ADMIN, ADMIN),
    "nation-auditor": (AUDITOR, AUDITOR, AUDITOR),
    "nation-dpo": (DPO, DPO, DPO),
}
OF_THE_MINISTRY = {"nation-dpo": frozenset({"retentions"})}  # what a role opens that holds in all of it


def acts_of(name: str, side: str) -> frozenset[str]:
    """Return what somebody may do in Carnot (inside), or in Lyon (outside)."""
    carnot, _dijon, lyon = WHO[name]
    return {"inside": carnot, "outside": lyon}[side] | OF_THE_MINISTRY.get(name, NONE)


def somewhere(name: str) -> frozenset[str]:
    """Return what somebody may do in some structure at least."""
    return NONE.union(*WHO[name], OF_THE_MINISTRY.get(name, NONE))


class Offices:
    """People by the name of what they are; `inside` and `outside` are those on whom something is done, in Carnot and in Lyon."""

    def __init__(self):
        self.dijon, self.lyon = academies()
        self.ministry = Structure.objects.get(kind="ministry")
        self.carnot = structures.open_school("0210015C", "Lycée Carnot", self.dijon)
        self.buffon = structures.open_school("0211234C", "Collège Buffon", self.dijon)
        self.ampere = structures.open_school("0690026D", "Lycée Ampère", self.lyon)
        for name in ("teacher", "deputy", "school-desk", "expired", "future", "ended", "orphan"):
            self.arrive(name, self.carnot)
        self.arrive("head", self.carnot, "DIR")
        self.arrive("left", self.carnot, "DIR")
        self.arrive("rector", self.dijon, "DIR")
        for name in ("admin", "support", "dpo", "auditor", "gone"):
            self.arrive(name, self.dijon, "ADM")
        self.arrive("elsewhere", self.lyon, "ADM")
        for name in ("national", "nation-auditor", "nation-dpo"):
            self.arrive(name, self.ministry, "ADM")
        self.inside, self.outside = self.arrive("inside", self.carnot), self.arrive("outside", self.ampere)
        self.give_roles()

    def arrive(self, name, place, function="ENS"):
        one = person(f"{name.capitalize()} Martin", f"{name}@ac-dijon.example")
        postings.begin(one, place, function=function, on=clock.today() - 100 * DAY)
        return one

    def person(self, name):
        return people.find(f"{name}@ac-dijon.example")

    def actor(self, name):
        return people.actor(self.person(name))

    def browse(self, name):
        """Return the browser of somebody who has just signed in."""
        one = self.person(name)
        one.set_password(PASSWORD)
        one.save(update_fields=["password"])
        return signed_in(f"{name}@ac-dijon.example")

    def give_roles(self):
        today = clock.today()
        for name, role, place in (
            ("admin", Role.ADMIN, self.dijon),
            ("support", Role.SUPPORT, self.dijon),
            ("dpo", Role.DPO, self.dijon),
            ("auditor", Role.AUDITOR, self.dijon),
            ("gone", Role.ADMIN, self.dijon),
            ("elsewhere", Role.ADMIN, self.lyon),
            ("national", Role.ADMIN, self.ministry),
            ("nation-auditor", Role.AUDITOR, self.ministry),
            ("nation-dpo", Role.DPO, self.ministry),
        ):
            roles.give(None, self.person(name), role, place)
        head, left = self.actor("head"), self.actor("left")
        until = today + 30 * DAY
        roles.give(head, self.person("deputy"), Role.ADMIN, self.carnot, until=until)
        roles.give(head, self.person("school-desk"), Role.SUPPORT, self.carnot, until=until)
        roles.give(head, self.person("future"), Role.ADMIN, self.carnot, start=today + 2 * DAY, until=until)
        roles.end(head, roles.give(head, self.person("ended"), Role.ADMIN, self.carnot, until=until).pk)
        expired = roles.give(head, self.person("expired"), Role.ADMIN, self.carnot, until=until)
        Delegation.objects.filter(pk=expired.pk).update(start=today - 30 * DAY, end=today)
        roles.give(left, self.person("orphan"), Role.ADMIN, self.carnot, until=until)
        for name in ("left", "gone"):
            postings.end(self.person(name).postings.get())

    def team(self, place, name="Équipe"):
        return teams.form_by_rule(None, name, place)

    def application(self, place, name="Agenda"):
        wanted = Registration(name=name, redirect_uris=["https://agenda.example/back"], structures=[place])
        return clients.add(wanted)[0]

    def posting(self, one):
        return one.postings.order_by("pk").first()


def every_form(kind: type[Filled] = Filled) -> Iterator[type[Filled]]:
    """Return the forms of administration, by introspection."""
    for one in kind.__subclasses__():
        yield one
        yield from every_form(one)
