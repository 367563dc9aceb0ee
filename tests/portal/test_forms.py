"""Every form of administration: what is wrong is named at its field, the page begins there, and nothing that was typed is lost.

No form is left out, by introspection. Structures are chosen where they are few, else found by what one types, among one's own.
"""

from html.parser import HTMLParser

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import delegations, directory, people, structures
from cartable.identity.delegations import Act
from cartable.identity.models import Absence, Demand, Person, Posting, Structure, Team
from cartable.identity.structures import UAI_LETTERS
from cartable.kernel import clock
from cartable.spaces import homes
from cartable.spaces.models import Space
from tests.offices import DAY, every_form

TODAY, TOMORROW = str(clock.today()), str(clock.today() + DAY)
LONG = "x" * 5000
FORMS = {  # name: (who fills it in, its address, what suits; how each of its fields is wrong)
    "Seek": ("admin", "/admin/people", {}, {"q": LONG}),
    "Whom": ("admin", "/admin/absences", {}, {"who": "nobody@ac-dijon.example"}),
    "Trail": (
        "auditor",
        "/admin/audit",
        {"who": "inside@ac-dijon.example", "what": "posting.give", "since": "2026-01-02", "until": "2026-01-03"},
        {"who": "nobody@ac-dijon.example", "what": "nothing", "since": "hier", "until": "2026-02-30"},
    ),
    "Posting": (
        "admin",
        "/admin/people/{inside}/postings/new",
        {"structure": "0210015C", "function": "DOC", "first": TODAY, "last": TOMORROW},
        {"structure": "0690026D", "function": "ZZZ", "first": "9999-12-31", "last": "2001-01-01"},
    ),
    "Arrival": (
        "admin",
        "/admin/people/new",
        {"person": "outside@ac-dijon.example", "structure": "0210015C", "function": "DOC", "first": TODAY},
        {"person": "nobody@ac-dijon.example", "structure": "9999999Z", "function": "", "first": "2001-01-01", "last": "x"},
    ),
    "Ending": ("admin", "/admin/people/{inside}/postings/{stated}", {"do": "end", "last": TOMORROW}, {"last": ""}),
    "Dates": ("admin", "/admin/people/{inside}/postings/{by_hand}", {"do": "date", "first": TODAY, "last": TOMORROW}, {"first": "", "last": "x"}),
    "Absence": (
        "admin",
        "/admin/people/{inside}/absences/new",
        {"kind": "parental", "first": TODAY, "last": TOMORROW},
        {"kind": "holidays", "first": "2001-01-01", "last": "2026-02-30"},
    ),
    "Back": ("admin", "/admin/people/{inside}/absences/{absence}", {"do": "back", "first": TOMORROW}, {"first": "2199-01-01"}),
    "Erasure": (
        "dpo",
        "/admin/people/{left}/erasure",
        {"reason": "demande du 3 mars", "read": "on"},
        {"reason": LONG, "read": ""},
    ),
    "Retention": ("nation-dpo", "/admin/retentions/trash_days", {"days": "45", "was": "30"}, {"days": "6"}),
    "Freeing": ("admin", "/admin/people/{inside}/reset", {"do": "factors", "checked": "on"}, {"checked": ""}),
    "Role": (
        "admin",
        "/admin/people/{inside}/roles",
        {"role": "support", "structure": "0210015C", "last": TOMORROW},
        {"role": "emperor", "structure": "0690026D", "last": "2199-01-01"},
    ),
    "Where": ("admin", "/admin/rooms", {"structure": "0210015C"}, {"structure": "0690026D"}),
    "Room": ("admin", "/admin/rooms", {"owner": "person:{inside}", "gigabytes": "250"}, {"gigabytes": ""}),
    "Team": (
        "admin",
        "/admin/teams",
        {"name": "Conseil", "structure": "0210015C", "function": "DOC", "discipline": "L1000"},
        {"name": " ", "structure": "", "function": "ZZZ", "discipline": "'; drop", "leader": "nobody@ac-dijon.example"},
    ),
    "Naming": ("admin", "/admin/teams/{team}", {"do": "rename", "name": "Autre"}, {"name": ""}),
    "Demand": ("admin", "/admin/demands", {"structure": "0210015C", "function": "DIR"}, {"structure": "", "function": "ZZZ"}),
    "Audience": (
        "admin",
        "/admin/applications/{client}/change",
        {"do": "audience", "structures": "0210015C", "functions": "ENS DIR"},
        {"structures": "0690026D", "functions": "ZZZ"},
    ),
    "Application": (
        "national",
        "/admin/applications/new",
        {
            "name": "Agenda",
            "redirect": "https://agenda.example/back",
            "scope": ["profile"],
            "structures": "0210015C",
            "functions": "ENS",
            "sector": "agenda.example",
            "after_logout": "https://agenda.example/bye",
            "backchannel": "https://agenda.example/out",
            "public": "on",
            "trusted": "on",
        },
        {
            "name": " ",
            "redirect": "ftp://agenda.example/",
            "scope": ["everything"],
            "structures": "Nulle part",
            "functions": "ZZZ",
            "sector": LONG,
            "after_logout": "https://agenda.example/#x",
            "backchannel": "http://agenda.example/",
        },
    ),
}  # fmt: skip
BY_GET = {"Seek", "Whom", "Trail", "Where"}
NEVER_WRONG = {
    ("Room", "owner"),
    ("Retention", "was"),
    ("Retention", "agreed"),
    ("Application", "public"),
    ("Application", "trusted"),
}  # hidden; boxes that may be empty


class Page(HTMLParser):
    """The elements of a page, in order, with the text of those that hold one."""

    def __init__(self, answer):
        super().__init__()
        self.elements, self.answer = [{"tag": "", "text": ""}], answer
        self.feed(answer.content.decode())

    def handle_starttag(self, tag, attrs):
        self.elements.append({"tag": tag, "text": "", **{name: value or "" for name, value in attrs}})

    def handle_data(self, data):
        self.elements[-1]["text"] += data

    def by_id(self, number):
        return next(one for one in self.elements if one.get("id") == number)

    def all(self, name):
        return [one for one in self.elements if one.get("name") == name]

    def has(self, name, value):
        """Return whether a field holds a value: typed, chosen or ticked."""
        for one in self.all(name):
            if one["tag"] == "textarea" and one["text"].strip() == value:
                return True
            if one.get("type") in {"checkbox", "radio"}:
                if "checked" in one and one.get("value", "on") == value:
                    return True
            elif one.get("value") == value:
                return True
        return any(one["tag"] == "option" and "selected" in one and one["value"] == value for one in self.elements)


def filled(offices, name, /, **wrong):
    """Fill in a form, and return the page that answers it."""
    who, address, suits, _wrong = FORMS[name]
    places = {"inside": offices.inside.sub}
    if "{" in address:
        places |= {
            "stated": offices.posting(offices.inside).pk,
            "by_hand": Posting.objects.filter(person=offices.inside, source=delegations.BY_HAND)
            .values_list("pk", flat=True)
            .first(),
            "team": offices.team(offices.carnot).pk,
            "client": offices.application(offices.carnot).pk,
        }
    if "{left}" in address:
        places["left"] = left(offices).sub
    if "{absence}" in address:
        places["absence"] = Absence.objects.create(person=offices.inside, kind="parental", start=clock.today()).pk
    values = {
        key: value.format(**places) if isinstance(value, str) else value for key, value in {**suits, **wrong}.items()
    }
    browser = offices.browse(who)
    ask = browser.get if name in BY_GET else browser.post
    return Page(ask(address.format(**places), values)), values


def left(offices):
    """Return somebody whose last posting ended seventy days ago."""
    one = offices.arrive("retired", offices.carnot)
    one.postings.update(start=clock.today() - 100 * DAY, end=clock.today() - 70 * DAY)
    people.changed([one.pk])
    return one


@pytest.fixture
def by_hand(offices):
    Posting.objects.create(
        person=offices.inside, structure=offices.buffon, function="EDU", start=clock.today(), source=delegations.BY_HAND
    )
    Authenticator.objects.create(user=offices.inside, type=Authenticator.Type.TOTP, data={"secret": "sealed"})


def test_no_form_and_no_field_is_left_out():
    found = {one.__name__: set(one.base_fields) for one in every_form()}
    assert found == {
        name: set(wrong) | {field for form, field in NEVER_WRONG if form == name}
        for name, (_who, _address, _suits, wrong) in FORMS.items()
    }


@pytest.mark.parametrize("name", FORMS)
def test_what_suits_is_done(offices, by_hand, name):
    page, _values = filled(offices, name)
    assert page.answer.status_code == (200 if name in BY_GET else 303)


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, (*_, wrong) in FORMS.items() for field in wrong])
def test_a_wrong_field_is_named_beside_it_has_the_focus_and_the_rest_is_kept(offices, by_hand, name, field):
    wrong = FORMS[name][3][field]
    page, values = filled(offices, name, **{field: wrong})
    assert page.answer.status_code in {400, 403, 404}
    faulty = [one for one in page.elements if one.get("aria-invalid")]
    assert {one["name"] for one in faulty} == {field}
    assert "autofocus" in faulty[0]
    assert next(one for one in page.elements if "autofocus" in one) is faulty[0]
    group = [one for one in page.elements if one["tag"] == "fieldset"]  # boxes are described together
    described = faulty[0].get("aria-describedby") or group[0]["aria-describedby"]
    said = page.by_id(described.split()[-1])
    assert (said["class"], len(said["text"]) > 10) == ("error", True)
    for key, value in values.items():
        if key not in {field, "do", "checked"}:
            assert page.has(key, value[0] if isinstance(value, list) else value), key
    if field not in {"function", "kind", "role", "structure", "what", "scope", "checked", "read", "structures"}:
        assert page.has(field, wrong), "what is wrong is there to be mended"


LISTS = (
    ("admin", "/admin/people/{inside}"), ("admin", "/admin/people"), ("admin", "/admin/teams"), ("admin", "/admin/demands"),
    ("auditor", "/admin/audit"),
)  # fmt: skip


@pytest.mark.parametrize(("who", "address"), LISTS)
def test_no_list_chooses_for_whoever_fills_it_in(offices, who, address):
    page = Page(offices.browse(who).get(address.format(inside=offices.inside.sub)))
    lists = [index for index, one in enumerate(page.elements) if one["tag"] == "select"]
    assert lists
    for index in lists:
        first = page.elements[index + 1]
        assert (first["tag"], first["value"]) == ("option", "")
    assert {one["value"] for one in page.elements if one["tag"] == "option" and "selected" in one} <= {""}


def test_what_is_wrong_with_a_form_as_a_whole_is_said_above_it(offices):
    page, _values = filled(offices, "Posting", function="ENS", structure="0210015C")
    assert page.answer.status_code == 409
    assert any(one.get("role") == "alert" for one in page.elements)


# Structures


def many(offices, count=13):
    """Open schools in Dijon: too many to be chosen from a list."""
    for number in range(count):
        digits = f"{210500 + number:07}"
        structures.open_school(digits + UAI_LETTERS[int(digits) % 23], f"Collège Jean-Moulin {number}", offices.dijon)


def structure_field(page, name="structure"):
    return next(one for one in page.all(name) if one.get("type") != "hidden")


def test_the_only_structure_there_is_is_not_asked(offices):
    page = Page(offices.browse("head").get("/admin/teams"))
    assert {(one["tag"], one["type"], one["value"]) for one in page.all("structure")} == {
        ("input", "hidden", "0210015C")
    }
    answer = offices.browse("head").post("/admin/teams", {"name": "Conseil", "structure": "0210015C", "function": "*"})
    assert answer.status_code == 303


def test_where_there_are_many_one_types_and_without_an_island_the_form_comes_back_with_what_was_found(offices):
    many(offices)
    browser = offices.browse("admin")
    form = {"name": "Conseil", "function": "DOC", "structure": "moulin"}
    page = Page(browser.post("/admin/teams", form))
    assert page.answer.status_code == 400
    assert structure_field(page)["value"] == "moulin"
    found = [one["value"] for one in page.all("structure-chosen")]
    assert len(found) == 13
    assert page.has("name", "Conseil")
    chosen = {**form, "structure-chosen": found[3], "structure-for": "moulin"}
    wrong = Page(browser.post("/admin/teams", {**chosen, "name": ""}))
    assert wrong.has("structure-chosen", found[3]), "what was chosen stays chosen while another field is mended"
    assert browser.post("/admin/teams", chosen).status_code == 303
    shown = browser.get("/admin/teams").content.decode()
    assert structures.named(found[3]).name in shown


def test_a_team_is_told_from_the_others_of_its_structure_and_is_formed_by_a_rule_or_by_who_leads_it(offices):
    browser = offices.browse("head")
    form = {"name": "Profs", "structure": "0210015C", "function": "ENS"}
    assert browser.post("/admin/teams", form).status_code == 303
    for more, said in (
        ({"name": "profs"}, "déjà une équipe de ce nom"),
        ({"name": "Autre", "leader": "teacher@ac-dijon.example"}, "sans fonction ni discipline"),
    ):
        answer = browser.post("/admin/teams", form | more)
        assert answer.status_code in {400, 409}
        assert said in answer.content.decode()
    assert Team.objects.count() == 1


def test_what_was_found_for_other_letters_is_not_taken(offices):
    many(offices)
    form = {"structure": "Carnot", "structure-for": "moulin", "structure-chosen": "0211234C", "function": "DIR"}
    Demand.objects.all().delete()
    assert offices.browse("admin").post("/admin/demands", form).status_code == 400
    assert not Demand.objects.exists()


@pytest.mark.parametrize("typed", ["0210015c", "Lycée Carnot", "lycee carnot"])
def test_a_code_or_a_whole_name_is_enough(offices, typed):
    many(offices)
    assert offices.browse("admin").post("/admin/demands", {"structure": typed, "function": "*"}).status_code == 303
    assert Demand.objects.get().structure == offices.carnot


@pytest.mark.parametrize(("typed", "status"), [("0690026D", 403), ("Lycée Ampère", 400), ("Lyon", 403), ("a\0b", 400)])
def test_a_structure_that_one_does_not_administer_is_neither_found_nor_taken(offices, typed, status):
    many(offices)
    browser = offices.browse("admin")
    page = Page(browser.post("/admin/demands", {"structure": typed, "function": "DIR"}))
    assert page.answer.status_code == status
    assert page.all("structure-chosen") == []
    assert not Demand.objects.exists()


def names(browser, **asked):
    return [one["name"] for one in browser.get("/admin/structures", asked).json()["hits"]]


def test_an_island_finds_structures_by_their_words_or_their_code_and_only_those_one_administers(offices):
    admin, national = offices.browse("admin"), offices.browse("national")
    assert names(admin, q="lyc", act="teams") == ["Lycée Carnot"]
    assert names(admin, q="0210", act="teams") == ["Lycée Carnot"]
    assert names(national, q="lyc", act="teams") == ["Lycée Ampère", "Lycée Carnot"]
    assert names(admin, q="l", act="teams") == []
    assert offices.browse("support").get("/admin/structures", {"q": "lyc", "act": "teams"}).status_code == 403
    assert admin.get("/admin/structures", {"q": "lyc", "act": "emperor"}).status_code == 400
    assert admin.get("/admin/structures", {"q": "lyc\0", "act": "teams"}).status_code == 400
    structures.Structure.objects.filter(pk=offices.carnot.pk).update(closed=clock.today())
    assert names(admin, q="lyc", act="teams") == []


def test_finding_structures_costs_the_same_whatever_there_is(offices, django_assert_max_num_queries):
    browser = offices.browse("admin")
    names(browser, q="coll")
    with django_assert_max_num_queries(30) as few:
        assert names(browser, q="coll")
    many(offices)
    with django_assert_max_num_queries(len(few)):
        assert len(names(browser, q="coll")) == 14


def test_several_structures_are_chosen_for_an_application(offices):
    browser, mine = offices.browse("admin"), offices.application(offices.carnot)
    change = f"/admin/applications/{mine.pk}/change"
    page = Page(browser.post(change, {"do": "audience", "structures": "buff", "structures-chosen": ["0210015C"]}))
    assert [(one["value"], "checked" in one) for one in page.all("structures-chosen")] == [
        ("0210015C", True),
        ("0211234C", False),
    ]
    answer = browser.post(change, {"do": "audience", "structures": "", "structures-chosen": ["0210015C", "0211234C"]})
    assert answer.status_code == 303
    assert set(mine.application.structures.all()) == {offices.carnot, offices.buffon}
    assert delegations.may(offices.actor("admin"), Act.APPLICATIONS, offices.buffon.pk)


# People


def listed(offices, name):
    """Return the structures of a list where one chooses, as one reads them."""
    page = Page(offices.browse(name).get("/admin/people"))
    return [
        one["text"].strip() for one in page.elements if one["tag"] == "option" and one["value"][:3] in {"021", "069"}
    ]


def test_of_structures_to_choose_from_homonyms_are_told_apart(offices):
    assert listed(offices, "admin") == ["Collège Buffon", "Lycée Carnot"]
    structures.open_school("0210017E", "Lycée Carnot", offices.dijon)
    carnots = ["Lycée Carnot · 0210015C", "Lycée Carnot · 0210017E"]
    assert listed(offices, "admin") == ["Collège Buffon", *carnots]
    structures.open_school("0690023A", "Lycée Carnot", offices.lyon)
    homonyms = Structure.objects.filter(name="Lycée Carnot").order_by("code")
    assert [name for _, name in directory.told_apart(homonyms)] == [
        *(f"{one} · Académie de Dijon" for one in carnots),
        "Lycée Carnot · 0690023A · Académie de Lyon",
    ]


def found(page, name="leader"):
    """Return whom a form offers, by what one reads of them."""
    at = [index for index, one in enumerate(page.elements) if one.get("name") == f"{name}-chosen"]
    return [page.elements[index + 2]["text"] for index in at]


TEAM = {"name": "Conseil", "structure": "0210015C"}


def test_a_person_is_found_by_the_beginning_of_their_name_and_chosen_without_an_island(offices):
    browser = offices.browse("head")
    page = Page(browser.post("/admin/teams", {**TEAM, "leader": "mart"}))
    assert page.answer.status_code == 400
    assert page.by_id("new-leader")["value"] == "mart"
    assert {"Inside Martin", "Teacher Martin"} <= set(found(page))
    assert not {"Outside Martin", "Head Martin", "Admin Martin"} & set(found(page)), "of others, and oneself"
    chosen = {**TEAM, "leader": "mart", "leader-for": "mart", "leader-chosen": offices.inside.sub}
    again = Page(browser.post("/admin/teams", {**chosen, "name": ""}))
    assert again.has("leader-chosen", offices.inside.sub), "who was chosen stays chosen while another field is mended"
    assert browser.post("/admin/teams", chosen).status_code == 303
    assert Team.objects.get().memberships.get().person == offices.inside


@pytest.mark.parametrize("typed", ["inside martin", "INSIDE Martin", "inside@ac-dijon.example"])
def test_a_whole_name_or_an_address_is_enough(offices, typed):
    assert offices.browse("head").post("/admin/teams", {**TEAM, "leader": typed}).status_code == 303
    assert Team.objects.get().memberships.get().person == offices.inside


def test_of_homonyms_one_is_chosen_and_none_is_guessed(offices):
    twin = offices.arrive("twin", offices.carnot)
    people.rename(twin, "Inside Martin")
    page = Page(offices.browse("head").post("/admin/teams", {**TEAM, "leader": "Inside Martin"}))
    assert (page.answer.status_code, found(page)) == (400, ["Inside Martin", "Inside Martin"])
    assert not Team.objects.exists()


def test_what_was_found_of_people_for_other_letters_is_not_taken(offices):
    form = {**TEAM, "leader": "teacher martin", "leader-for": "mart", "leader-chosen": offices.inside.sub}
    offices.browse("head").post("/admin/teams", form)
    assert Team.objects.get().memberships.get().person == offices.person("teacher")


@pytest.mark.parametrize("typed", ["Outside", "outside mart", "zzz", "o", "x" * 300, "a\0b"])
def test_nobody_else_is_found_by_name(offices, typed):
    page = Page(offices.browse("admin").post("/admin/teams", {**TEAM, "leader": typed}))
    assert (page.answer.status_code in {400, 404}, found(page)) == (True, [])
    assert page.by_id("new-leader_error")["text"]
    assert not Team.objects.exists()


def called(browser, **asked):
    return [one["name"] for one in browser.get("/admin/people/find", asked).json()["hits"]]


def test_an_island_finds_people_on_whom_one_may_act_even_out_of_the_directory(offices):
    people.list_in_directory(offices.inside, listed=False)
    admin, support = offices.browse("admin"), offices.browse("support")
    assert called(admin, q="insi", act="teams") == ["Inside Martin"]
    assert called(support, q="insi", act="reset") == ["Inside Martin"]
    assert called(admin, q="outsi", act="teams") == []
    assert called(offices.browse("national"), q="outsi", act="teams") == ["Outside Martin"]
    assert called(admin, q="i", act="teams") == []
    assert support.get("/admin/people/find", {"q": "insi", "act": "teams"}).status_code == 403
    assert admin.get("/admin/people/find", {"q": "insi", "act": "emperor"}).status_code == 400
    assert admin.get("/admin/people/find", {"q": "insi\0", "act": "teams"}).status_code == 400


def test_one_goes_to_the_absences_of_somebody_and_to_their_acts_by_name(offices):
    browser = offices.browse("head")
    whose = f"/admin/people/{offices.inside.sub}/absences"
    assert browser.get("/admin/absences", {"who": "inside martin"}).headers["Location"] == whose
    page = Page(browser.get("/admin/absences", {"who": "mart"}))
    assert (page.answer.status_code, "Inside Martin" in found(page, "who")) == (400, True)
    asked = {"who": "mart", "who-for": "mart", "who-chosen": offices.inside.sub}
    assert browser.get("/admin/absences", asked).headers["Location"] == whose
    auditor = offices.browse("auditor")
    assert auditor.get("/admin/audit", {"who": "inside martin"}).status_code == 200
    assert auditor.get("/admin/audit", {"who": "outside martin"}).status_code == 404


def test_finding_people_costs_the_same_however_many_are_found(offices, django_assert_max_num_queries):
    browser = offices.browse("admin")
    called(browser, q="mart")
    with django_assert_max_num_queries(40) as few:
        assert called(browser, q="mart")
    asked = len(few)
    for number in range(5):
        offices.arrive(f"more{number}", offices.carnot)
    called(browser, q="mart")
    with django_assert_max_num_queries(asked):
        assert called(browser, q="mart")


# Room


def speak(offices, language):
    """Return the browser of an administrator who reads pages in a language."""
    Person.objects.filter(pk=offices.person("admin").pk).update(language=language)
    return offices.browse("admin")


@pytest.fixture
def space(offices):
    """The space of who is administered: of two and a half gigabytes."""
    number = homes.home(f"person:{offices.inside.pk}").space
    Space.objects.filter(pk=number).update(quota=2_500_000_000)
    return Space.objects.filter(pk=number)


@pytest.mark.parametrize(("language", "written"), [("fr", "2,5"), ("en", "2.5")])
def test_the_room_there_is_stands_in_its_field_as_one_writes_it_and_is_taken_as_it_stands(
    offices, space, language, written
):
    browser = speak(offices, language)
    page = Page(browser.get(f"/admin/people/{offices.inside.sub}"))
    assert page.by_id("room-gigabytes")["value"] == written
    form = {"owner": f"person:{offices.inside.sub}", "gigabytes": written}
    assert browser.post("/admin/rooms", form).status_code == 303
    assert space.get().quota == 2_500_000_000


def test_rooms_of_a_structure_begin_with_what_they_are(offices):
    offices.team(offices.carnot)
    page = Page(offices.browse("admin").get("/admin/rooms", {"structure": "0210015C"}))
    assert [one["value"] for one in page.all("gigabytes")] == ["1000", "100"]


def test_without_a_limit_the_field_is_empty_and_says_so_and_empty_is_never_sent_as_none(offices, space):
    space.update(quota=-1)
    browser, page = offices.browse("admin"), f"/admin/people/{offices.inside.sub}"
    shown = Page(browser.get(page))
    assert shown.by_id("room-gigabytes").get("value", "") == ""
    assert "sans limite" in shown.by_id("room-gigabytes_helptext")["text"]
    answer = browser.post("/admin/rooms", {"owner": f"person:{offices.inside.sub}", "gigabytes": ""})
    assert (answer.status_code, space.get().quota) == (400, -1)
    assert "vide ne veut pas dire sans limite" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        *(("fr", one) for one in ("0", "-1", "0,0001", "10001", "1e30", "NaN", "2,5,0", "deux", "²")),
        *(("en", one) for one in ("2,5", "1,000", "10000.5")),
    ],
)
def test_what_is_no_room_is_refused_rather_than_guessed(offices, space, language, typed):
    answer = speak(offices, language).post(
        "/admin/rooms", {"owner": f"person:{offices.inside.sub}", "gigabytes": typed}
    )
    assert (answer.status_code, space.get().quota) == (400, 2_500_000_000)
    assert f'value="{typed}"' in answer.content.decode()


# Who left


@pytest.mark.parametrize(
    ("who", "page", "reached"),
    [
        ("dpo", "erasures", True),
        ("nation-dpo", "erasures", True),
        ("admin", "absences", True),
        ("head", "absences", True),
        ("elsewhere", "absences", False),
    ],
)
def test_who_left_long_ago_is_found_by_name_where_they_worked_last(offices, who, page, reached):
    one, browser = left(offices), offices.browse(who)
    answer = browser.get(f"/admin/{page}", {"who": "Retired Martin"})
    assert (answer.status_code, one.sub in answer.headers.get("Location", "")) == (
        (302, True) if reached else (404, False)
    )
    answer = browser.get(f"/admin/{page}", {"who": "reti"})  # a part of it: to choose
    assert (answer.status_code, one.sub in answer.content.decode()) == ((400, True) if reached else (404, False))
    act = {"erasures": "retention", "absences": "absences"}[page]
    hits = browser.get("/admin/people/find", {"q": "mart reti", "act": act}).json()["hits"]
    assert [hit["code"] for hit in hits] == ([one.sub] if reached else [])
    if page == "absences":
        assert browser.get("/admin/people/find", {"q": "mart reti"}).json()["hits"] == [], "for what concerns them only"


def test_they_are_who_was_below_an_officer_neither_more_nor_less(offices, django_assert_max_num_queries):
    left(offices)
    for name, place, source in (("aside", offices.ampere, ""), ("by-hand", offices.carnot, delegations.BY_HAND)):
        one = offices.arrive(name, place)
        one.postings.update(end=clock.today() - 80 * DAY, source=source)
        people.changed([one.pk])
    gone = list(Person.objects.filter(left_on__lte=clock.today()))
    assert len(gone) >= 3
    for who, act in (
        ("dpo", Act.RETENTION),
        ("nation-dpo", Act.RETENTION),
        ("admin", Act.ABSENCES),
        ("head", Act.ABSENCES),
    ):
        actor = offices.actor(who)
        found = set(delegations.whom_left(actor, act).values_list("pk", flat=True))
        assert found == {one.pk for one in gone if delegations.was_over(actor, act, one)}, who
    dpo = offices.actor("dpo")
    with django_assert_max_num_queries(14):  # however many they are
        assert directory.find_administered(dpo, "martin", act=Act.RETENTION)


def test_an_index_leads_to_who_left(offices):
    with CaptureQueriesContext(connection) as taken:
        directory.find_administered(offices.actor("dpo"), "martin", act=Act.RETENTION)
    (read,) = [one["sql"] for one in taken if "left_on" in one["sql"] and "LIKE" in one["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # the table is small here
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{read}")
        assert "left_when" in str(cursor.fetchall())
