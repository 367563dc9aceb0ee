"""What delegated administration does, and what is said of it. Who may what: `test_access_verbs.py`, `test_access_pages.py`."""

import html
import re
import shlex
from dataclasses import replace

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import load_command_class
from django.test import Client

from cartable.identity import (
    absences,
    appointing,
    demands,
    directory,
    functions,
    people,
    postings,
    roles,
    support,
    teams,
)
from cartable.identity.delegations import Role
from cartable.identity.functions import PROFILE_OF
from cartable.identity.models import Posting, Structure
from cartable.identity.oidc import clients
from cartable.identity.oidc.claims import OF_AGENTS, SCOPES
from cartable.identity.oidc.clients import Registration, Unfit
from cartable.kernel import clock, logs
from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.kernel.models import Act
from cartable.kernel.tasks import run_pending
from cartable.portal import trail
from cartable.spaces import access, allotting, homes, sharing
from cartable.spaces.access import Right
from cartable.spaces.access import Role as Share
from tests.identity.test_pages import PASSWORD
from tests.offices import DAY, WHO, Offices
from tests.things import Things
from tests.worlds import academies, person, put

TODAY = {"first": str(clock.today()), "last": str(clock.today() + DAY)}


def test_who_looks_for_themselves_is_told_that_it_is_they(offices):
    browser = offices.browse("admin")
    for text in ("admin mart", "admin@ac-dijon.example", offices.person("admin").sub):
        shown = browser.get("/admin/people", {"q": text}).content.decode()
        assert "c’est vous" in shown, text
        assert f'href="/admin/people/{offices.person("admin").sub}"' not in shown
    assert "c’est vous" not in browser.get("/admin/people", {"q": "inside"}).content.decode()
    assert "c’est vous" not in browser.get("/admin/people").content.decode()


def test_a_first_administrator_reads_how_others_come_in_until_there_is_somebody(db):
    academies()
    ministry = Structure.objects.get(kind=Structure.Kind.MINISTRY)
    first = person("Ada Martin", "ada@education.example")
    postings.begin(first, ministry)
    roles.give(None, first, "admin", ministry)
    browser = Client()
    browser.force_login(first, "cartable.identity.credentials.ByAddress")
    shown = browser.get("/admin/people").content.decode()
    for command in re.findall(r"<code[^>]*>cartable ([^<]+)</code>", shown):
        name, *words = shlex.split(html.unescape(command))
        load_command_class("cartable.config", name).create_parser("cartable", name).parse_args(words)
    assert shown.count("<code") == 4
    person("Bob Durand", "bob@ac-dijon.example")
    assert "<code" not in browser.get("/admin/people").content.decode()


def test_a_head_reads_who_works_there_by_name_and_an_academy_is_searched(offices, monkeypatch):
    head, admin = offices.browse("head"), offices.browse("admin")

    def shown(browser, query=""):
        page = browser.get(f"/admin/people{query}").content.decode()
        return re.findall(r'href="/admin/people/([^"/]+)"', page), page

    zoe, abel = person("Zoé Zola", "zoe@ac-dijon.example"), person("Abel Abbé", "abel@ac-dijon.example")
    for one in (zoe, abel):
        postings.begin(one, offices.carnot)
    people.list_in_directory(abel, listed=False)
    mine, page = shown(head)
    names = [people.find(sub).folded for sub in mine]
    assert names == sorted(names)
    assert {zoe.sub, abel.sub, offices.inside.sub} <= {*mine}, "also out of the directory"
    assert offices.outside.sub not in mine
    assert offices.person("head").sub not in mine
    assert "trop nombreuses" not in page
    monkeypatch.setattr(directory.staff, "__defaults__", (2,))
    pages = [shown(head, f"?page={number}")[0] for number in range(1, len(mine) // 2 + 2)]
    assert [one for page in pages for one in page] == mine
    assert 'href="?page=2"' in shown(head)[1]
    listed, page = shown(admin)
    assert "trop nombreuses" in page
    assert not {zoe.sub, abel.sub} & {*listed}


def test_absent_and_hidden_look_the_same(offices):
    client = offices.browse("admin")
    shown = {
        re.sub(r'[0-9a-f]{20}|(value|token)="\w+"', "", client.get(f"/admin/people/{sub}").content.decode())
        for sub in (offices.outside.sub, "0" * 20)
    }
    assert len(shown) == 1


def test_home_says_which_roles_and_the_menu_leads_there(offices):
    for name, words in (
        ("head", ["Direction", "Lycée Carnot"]),
        ("support", ["Assistance", "Dijon"]),
        ("auditor", ["Audit", "Journal des actes"]),
    ):
        client = offices.browse(name)
        assert 'href="/admin"' in client.get("/").content.decode()
        shown = client.get("/admin").content.decode()
        assert all(word in shown for word in words), name
    for name, words in (
        ("head", "Affectations, accès au compte, place de l’espace, rôles."),
        ("support", "Affectations, accès au compte."),
        ("dpo", "Affectations, journal des actes, effacement."),
    ):
        shown = offices.browse(name).get("/admin").content.decode()
        assert f'<a href="/admin/people">Personnes</a><small>{words}</small>' in shown, name
    teacher = offices.browse("teacher")
    assert 'href="/admin"' not in teacher.get("/").content.decode()
    assert teacher.get("/admin").status_code == 403


# What is done, and said of it


def told(name):
    """Return the lines of somebody's own activity."""
    page = Client()
    page.force_login(Offices.person(None, name))
    shown = page.get("/me/activity").content.decode().partition('<ol class="lines">')[2].partition("</ol>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<li>(.*?)</li>", shown, re.S)]


@pytest.mark.parametrize(
    ("address", "form", "said"),
    [
        ("/admin/people/new", {"person": "inside@ac-dijon.example", "function": "DOC", "structure": "0210015C", **TODAY}, "Affectation donnée à la main"),
        ("/admin/people/{sub}/postings/{posting}", {"do": "end", "last": TODAY["first"]}, "Affectation terminée à la main"),
        ("/admin/people/{sub}/reset", {"do": "link", "mail": "inside@ac-dijon.example"}, "Lien pour un nouveau mot de passe envoyé par l’assistance"),
        ("/admin/people/{sub}/reset", {"do": "sessions"}, "Tous les navigateurs déconnectés"),
        ("/admin/people/{sub}/reset", {"do": "factors", "checked": "yes"}, "Double authentification retirée par l’assistance"),
        ("/admin/rooms", {"gigabytes": "250", "owner": "person:{sub}"}, "Taille de l’espace personnel changée"),
        ("/admin/people/{sub}/roles", {"role": "support", "structure": "0210015C", "last": TODAY["last"]}, "Rôle d’administration donné"),
        ("/admin/teams", {"name": "Conseil", "structure": "0210015C", "leader": "inside@ac-dijon.example"}, "Équipe formée, à animer"),
    ],
    ids=lambda value: value if isinstance(value, str) and value[0].isupper() else "",
)  # fmt: skip
def test_each_act_is_told_to_whom_it_concerns_with_who_did_it_and_by_which_role(offices, address, form, said):
    things = Things(offices)
    browser = offices.browse("admin")
    where = address.format(sub=offices.inside.sub, posting=things.postings["inside"])
    if "roles" in address:
        roles.end(None, things.roles["inside"])
    form = {key: value.replace("{sub}", offices.inside.sub) for key, value in form.items()}
    assert browser.post(where, form).status_code == 303
    line = next(one for one in told("inside") if one.startswith(said))
    assert "par Admin Martin, administration, Académie de Dijon" in line
    assert "127.0.0.1" not in line, "where the desk is concerns nobody"
    mine = next(one for one in told("admin") if one.startswith(said))
    assert "Inside Martin" in mine


def test_what_cannot_be_is_said_where_it_was_asked(offices):
    browser = offices.browse("head")
    form = {"function": "ENS", "structure": "0210015C", **TODAY}
    answer = browser.post(f"/admin/people/{offices.inside.sub}/postings/new", form)
    assert answer.status_code == 409
    assert '<div class="notice bad" role="alert">' in answer.content.decode()
    assert "C’est déjà le cas" in answer.content.decode()


def test_the_desk_frees_nobody_who_has_more_power_than_itself(offices):
    head = offices.person("head")
    Authenticator.objects.create(user=head, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    with pytest.raises(Denied):
        support.take_factors(offices.actor("support"), head.sub)
    assert Authenticator.objects.filter(user=head).exists()
    assert (
        "Cette personne a des rôles que vous n’avez pas"
        in offices.browse("support").get(f"/admin/people/{head.sub}").content.decode()
    )
    support.take_factors(offices.actor("rector"), head.sub)
    assert not Authenticator.objects.filter(user=head).exists()


def test_who_is_helped_reads_that_the_desk_sent_the_link(offices):
    support.send_link(offices.actor("support"), offices.inside.sub, "inside@ac-dijon.example")
    run_pending()
    assert "L’assistance vous envoie ce lien" in mail.outbox[0].body


def test_who_may_not_is_refused_before_being_asked_who_they_are(offices, later):
    browser = offices.browse("dpo")
    later(minutes=11)
    assert browser.get("/admin/retentions/grace_days").status_code == 403


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/admin/people/new", {"person": "inside@ac-dijon.example", "structure": "0210015C", "function": "DIR", **TODAY}),
        ("/admin/people/{sub}/postings/new", {"structure": "0210015C", "function": "DIR", **TODAY}),
        ("/admin/people/{sub}/postings/{posting}", {"do": "date", "first": TODAY["first"]}),
        ("/admin/people/{sub}/postings/{posting}", {"do": "cancel"}),
        ("/admin/people/{sub}/roles", {"role": "support", "structure": "0210015C", "last": TODAY["last"]}),
        ("/admin/roles/{role}/end", {}),
        ("/admin/rooms", {"owner": "person:{sub}", "gigabytes": "250"}),
        ("/admin/demands", {"structure": "0210015C", "function": "DOC"}),
        ("/admin/demands/{demand}/drop", {}),
    ],
)  # fmt: skip
def test_what_gives_power_asks_who_is_there_ten_minutes_after_signing_in(offices, later, address, form):
    things, browser = Things(offices), offices.browse("admin")
    where = address.format(
        sub=offices.inside.sub,
        posting=things.postings["inside"],
        role=things.roles["inside"],
        demand=things.demands["inside"],
    )
    form = {name: value.format(sub=offices.inside.sub) for name, value in form.items()}
    read = [browser.get(page).status_code for page in ("/admin/rooms", "/admin/demands", "/admin/people")]
    later(minutes=11)
    before = Act.objects.count()
    asked = browser.post(where, form)
    assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (302, "/me/confirm")
    assert Act.objects.count() == before, "nothing is done"
    assert [browser.get(page).status_code for page in ("/admin/rooms", "/admin/demands", "/admin/people")] == read


def test_a_head_posted_by_hand_is_once_who_posts_has_shown_who_they_are(offices, later):
    browser = offices.browse("admin")
    later(minutes=11)
    form = {"structure": "0210015C", "function": "DIR", **TODAY}
    asked = browser.post(f"/admin/people/{offices.inside.sub}/postings/new", form)
    assert not Posting.objects.filter(person=offices.inside, function="DIR").exists()
    browser.post(asked.headers["Location"], {"password": PASSWORD})
    assert Posting.objects.filter(person=offices.inside, function="DIR").exists()


def test_the_desk_sends_links_to_addresses_of_the_person_only(offices):
    with pytest.raises(NotFound):
        support.send_link(offices.actor("support"), offices.inside.sub, "support@ac-dijon.example")


def test_second_factors_are_not_taken_by_a_form_that_says_nothing_of_the_person(offices):
    Things(offices)
    assert (
        offices.browse("admin").post(f"/admin/people/{offices.inside.sub}/reset", {"do": "factors"}).status_code == 400
    )
    assert Authenticator.objects.filter(user=offices.inside).exists()


def test_a_room_holds_what_is_there_and_has_a_bound(offices):
    admin, home = offices.actor("admin"), homes.home(f"person:{offices.inside.pk}")
    put(people.actor(offices.inside), home.root, "thèse.pdf", b"x" * 2000)
    with pytest.raises(allotting.TooNarrow):
        allotting.allot(admin, f"person:{offices.inside.sub}", 1999)
    allotting.allot(admin, f"person:{offices.inside.sub}", 2000)
    for wrong in (0, -1, allotting.MOST + 1):
        with pytest.raises(BadInput):
            allotting.allot(admin, f"person:{offices.inside.sub}", wrong)
    assert allotting.room_of(admin, f"person:{offices.inside.sub}").quota == 2000


def test_no_role_opens_a_document_of_anybody(offices):
    home = homes.home(f"person:{offices.inside.pk}")
    note = put(people.actor(offices.inside), home.root, "journal.txt").id
    for name in WHO:
        for node in (home.root, note):
            with pytest.raises(NotFound):
                access.reach(offices.actor(name), node, Right.VIEW)


def test_a_closed_team_opens_nothing_keeps_all_and_can_be_opened_again(offices):
    admin = offices.actor("admin")
    team = teams.form_for(admin, "Conseil", offices.carnot, offices.inside)
    note = put(offices.actor("inside"), homes.home(f"team:{team.pk}").root, "notes.txt").id
    teams.rename(admin, team.pk, "Conseil pédagogique")
    assert homes.home(f"team:{team.pk}").title == "Conseil pédagogique"
    teams.close(admin, team.pk, closed=True)
    assert [one.id for one in teams.of(offices.inside.pk)] == []
    with pytest.raises(NotFound):
        access.reach(offices.actor("inside"), note, Right.VIEW)
    teams.close(admin, team.pk, closed=False)
    assert access.reach(offices.actor("inside"), note, Right.WRITE)


def test_open_teams_come_first_however_many_are_closed(offices):
    admin = offices.actor("admin")
    closed, left = (teams.form_for(admin, name, offices.dijon, offices.inside) for name in ("A", "B"))
    teams.close(admin, closed.pk, closed=True)
    assert [one.pk for one in teams.administered(admin, limit=1)] == [left.pk]


def test_a_team_that_colleagues_form_is_theirs_alone(offices):
    team = teams.form(offices.actor("inside"), "Entre nous")
    assert team not in teams.administered(offices.actor("national"))
    with pytest.raises(NotFound):
        teams.close(offices.actor("national"), team.pk, closed=True)
    assert teams.administered_of(offices.actor("national"), offices.inside) == []


def test_an_application_of_an_academy_is_for_its_people_and_never_taken_on_trust(offices):
    admin = offices.actor("admin")
    wanted = Registration(name="X", redirect_uris=["https://x.example/"], structures=[offices.carnot])
    for more in ({"structures": []}, {"structures": [offices.carnot, offices.ampere]}, {"trusted": True}):
        with pytest.raises(Denied):
            clients.add(replace(wanted, **more), admin)
    both = clients.add(replace(wanted, structures=[offices.carnot, offices.ampere]))[0]
    assert both.pk not in {one.pk for one in clients.every(admin)}
    assert both.pk in {one.pk for one in clients.every(offices.actor("national"))}


def test_only_who_administers_all_has_an_address_of_our_own_network_told(offices):
    wanted = Registration(
        name="X",
        redirect_uris=["https://x.example/"],
        structures=[offices.carnot],
        backchannel="http://127.0.0.1:9/out",
    )
    with pytest.raises(Unfit):
        clients.add(wanted, offices.actor("admin"))
    assert clients.add(wanted, offices.actor("national"))[0].application.inside
    assert clients.add(wanted)[0].application.inside, "a command"
    public = replace(wanted, backchannel="https://x.example/out")
    assert not clients.add(public, offices.actor("admin"))[0].application.inside


def test_a_secret_is_shown_once(offices):
    browser = offices.browse("admin")
    form = {"name": "Agenda", "redirect": "https://agenda.example/back", "scope": ["profile"], "structures": "0210015C"}
    answer = browser.post("/admin/applications/new", form)
    assert answer.status_code == 303
    shown = browser.get(answer.headers["Location"]).content.decode()
    secret = re.search(r'id="value"[^>]* value="([\w-]{40,})"', shown)[1]
    assert secret not in browser.get(answer.headers["Location"]).content.decode()


APPLICATION = {
    "name": "Agenda",
    "redirect": "https://agenda.example/back",
    "scope": ["profile"],
    "structures": "0210015C",
    "sector": "agenda.example",
}


def test_the_room_of_what_no_address_may_hold_is_a_refusal(offices):
    """Never a 500: what is no token, a number that no day has."""
    admin = offices.browse("admin")
    for owner in ("person:é", "person:a/b", "person:" + "a" * 300):
        assert admin.post("/admin/rooms", {"owner": owner, "gigabytes": "1"}).status_code == 400


def test_the_academy_one_administers_is_written_in_the_form_of_an_application(offices):
    chosen = r'name="structures-chosen" value="(\w+)" checked'
    for name, codes in (("admin", ["07"]), ("national", [])):
        shown = offices.browse(name).get("/admin/applications/new").content.decode()
        assert re.findall(chosen, shown) == codes


@pytest.mark.parametrize(
    ("field", "typed", "status", "sentence"),
    [
        ("name", " ", 400, "Il faut un nom."),
        ("name", "x" * 101, 400, "Ce texte est trop long"),
        ("redirect", "", 400, "Il faut au moins une adresse."),
        ("redirect", "ftp://a.example/", 400, "« ftp://a.example/ » : une adresse commence par https://"),
        ("redirect", "http://a.example/", 400, "« http://a.example/ » : une adresse commence par https://"),
        ("after_logout", "https://a.example/#x", 400, "une adresse n’a ni « # »"),
        ("backchannel", "https://ada@a.example/", 400, "une adresse ne nomme personne"),
        ("backchannel", "http://localhost:8080/out", 400, "n’est pas de notre réseau"),
        ("backchannel", "https://127.0.0.1/out", 400, "n’est pas de notre réseau"),
        ("backchannel", "https://intranet/out", 400, "n’est pas de notre réseau"),
        ("structures", "", 400, "Choisissez parmi vos structures"),
        ("structures", "0690026D", 403, "Choisissez parmi vos structures"),
        ("structures", "xxx", 400, "« xxx » n’est aucune de vos structures."),
        ("functions", "ZZZ", 400, "Code de fonction inconnu : ZZZ."),
    ],
)
def test_what_does_not_fit_of_an_application_is_said_at_its_field_and_all_is_kept(
    offices, field, typed, status, sentence
):
    answer = offices.browse("admin").post("/admin/applications/new", {**APPLICATION, field: typed})
    shown = re.sub(r"[\u00a0\u202f]", " ", answer.content.decode())
    said = re.search(rf'id="{field}_error">([^<]*)<', shown)[1]
    assert (answer.status_code, sentence in said) == (status, True), said
    assert re.findall(r'<\w+ [^>]*aria-invalid="true"[^>]* id="(\w+)"', shown) == [field]
    assert all(
        f">\n{kept}<" in shown or f'value="{kept}"' in shown
        for key, kept in APPLICATION.items()
        if key not in {field, "scope"}
    )
    assert re.search('value="profile"[^>]* checked', shown)
    assert " is needed" not in shown


def test_the_public_of_an_application_of_an_academy_stays_there(offices):
    browser, mine = offices.browse("admin"), offices.application(offices.carnot)
    page = f"/admin/applications/{mine.pk}"
    answer = browser.post(f"{page}/change", {"do": "audience", "structures": ""}, follow=True)
    assert (answer.status_code, "Choisissez parmi vos structures" in answer.content.decode()) == (400, True)
    assert list(mine.application.structures.all()) == [offices.carnot]


# The audit trail


def test_an_auditor_reads_what_concerns_their_structures_and_nothing_else(offices):
    things = Things(offices)
    support.sign_out(offices.actor("admin"), things.subs["inside"])
    support.sign_out(offices.actor("elsewhere"), things.subs["outside"])
    demands.require("DIR", offices.carnot, by=offices.actor("admin"))
    lines = [(str(one.said), one.who, one.facts) for one in trail.of(offices.actor("auditor"), trail.Asked())[0]]
    assert ("Tous les navigateurs déconnectés", "Admin Martin") in [one[:2] for one in lines]
    assert ("Double authentification demandée", "Admin Martin") in [one[:2] for one in lines]
    assert not any("Outside" in str(one) or "Elsewhere" in str(one) for one in lines)
    assert any("Outside" in str(one.facts) for one in trail.of(offices.actor("nation-auditor"), trail.Asked())[0])


def test_where_somebody_is_on_the_network_is_read_by_who_audits_them(offices):
    inside, outside = (people.actor(one) for one in (offices.inside, offices.outside))
    for one, other, address in ((inside, outside, "10.0.0.1"), (outside, inside, "10.0.0.2")):
        token = logs.address.set(address)
        sharing.give(one, homes.home_of(one).root, f"person:{other.person}", Share.READ)
        logs.address.reset(token)
    lines = {one.who: one.facts for one in trail.of(offices.actor("auditor"), trail.Asked(what="share"))[0]}
    assert lines["Inside Martin"][-1] == "10.0.0.1"
    assert "Inside Martin" in lines["Outside Martin"], "what was given to somebody of theirs is"
    assert "10.0.0.2" not in lines["Outside Martin"]
    both = trail.of(offices.actor("nation-auditor"), trail.Asked(what="share"))[0]
    assert [one.facts[-1] for one in both] == ["10.0.0.2", "10.0.0.1"]


def test_the_trail_is_searched_by_who_what_and_when(offices):
    things, auditor = Things(offices), offices.actor("auditor")
    support.sign_out(offices.actor("admin"), things.subs["inside"])
    today = clock.today()
    for asked, count in (
        ({"what": "sessions.end"}, 1),
        ({"what": "sessions.end", "who": things.subs["inside"]}, 1),
        ({"what": "sessions.end", "who": "admin@ac-dijon.example"}, 1),
        ({"what": "sessions.end", "who": "support@ac-dijon.example"}, 0),
        ({"what": "sessions.end", "since": today, "until": today}, 1),
        ({"what": "sessions.end", "since": today + DAY}, 0),
        ({"what": "sessions.end", "until": today - DAY}, 0),
    ):
        assert len(trail.of(auditor, trail.Asked(**asked))[0]) == count, asked
    with pytest.raises(NotFound):
        trail.of(auditor, trail.Asked(who=things.subs["outside"]))


def test_reading_the_trail_is_in_the_trail_and_names_no_document(offices):
    put(people.actor(offices.inside), homes.home(f"person:{offices.inside.pk}").root, "Licenciement.odt")
    sharing.give(
        people.actor(offices.inside),
        homes.home(f"person:{offices.inside.pk}").root,
        f"person:{offices.outside.pk}",
        Share.READ,
    )
    browser = offices.browse("auditor")
    browser.get("/admin/audit")
    shown = browser.get("/admin/audit").content.decode()
    assert "Journal des actes consulté" in shown
    assert "Partage donné" in shown
    assert "Licenciement" not in shown


def test_a_long_trail_is_read_page_by_page(offices, monkeypatch):
    monkeypatch.setattr(trail, "LEAF", 3)
    auditor, before, seen = offices.actor("auditor"), None, []
    while before is not None or not seen:
        lines, before = trail.of(auditor, trail.Asked(what="person.arrive", before=before))
        seen += lines
    assert len(seen) == len({one.who for one in seen}) > 6


@pytest.mark.parametrize("query", ["before=x", "since=hier", "until=9999-99-99", "before=" + "9" * 40])
def test_what_a_search_cannot_mean_is_refused(offices, query):
    assert offices.browse("auditor").get(f"/admin/audit?{query}").status_code == 400


# Finding, and what pages cost


def test_one_finds_whom_one_administers_even_out_of_the_directory(offices):
    people.list_in_directory(offices.inside, listed=False)
    for text in ("insi mart", "Inside", "inside@ac-dijon.example", offices.inside.sub):
        found = {
            name: [hit.name for hit in directory.find_administered(offices.actor(name), text)]
            for name in ("head", "admin", "national", "elsewhere")
        }
        assert found == {
            "head": ["Inside Martin"],
            "admin": ["Inside Martin"],
            "national": ["Inside Martin"],
            "elsewhere": [],
        }
    assert directory.find_administered(offices.actor("head"), "outside@ac-dijon.example") == []


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("admin", "/admin/people?q=martin"),
        ("admin", "/admin/roles"),
        ("admin", "/admin/teams"),
        ("admin", "/admin/demands"),
        ("admin", "/admin/applications"),
        ("auditor", "/admin/audit"),
        ("admin", "/admin/absences"),
        ("dpo", "/admin/erasures"),
        ("nation-dpo", "/admin/retentions"),
        ("admin", "/admin/people/{sub}"),
        ("head", "/admin/rooms"),
        ("head", "/admin/people"),
    ],
)
def test_the_queries_of_a_page_do_not_depend_on_how_much_there_is(offices, who, address, django_assert_max_num_queries):
    browser, where = offices.browse(who), address.format(sub=offices.inside.sub)
    more(offices, 0)
    browser.get(where)
    with django_assert_max_num_queries(80) as few:
        assert browser.get(where).status_code == 200
    asked = len(few)
    for number in range(1, 4):
        more(offices, number)
    browser.get(where)  # what each new holder has is kept from then on
    with django_assert_max_num_queries(asked):
        assert browser.get(where).status_code == 200


def more(offices, number):
    """Make one more of each thing that a page lists."""
    one = offices.arrive(f"more{number}", offices.carnot)
    roles.give(None, one, Role.SUPPORT, offices.carnot)
    roles.give(offices.actor("head"), one, Role.ADMIN, offices.carnot, until=clock.today() + 30 * DAY)
    roles.give(
        None,
        offices.inside,
        Role.SUPPORT,
        offices.dijon,
        start=clock.today() + (40 + 10 * number) * DAY,
        until=clock.today() + (41 + 10 * number) * DAY,
    )
    appointing.give(
        offices.actor("admin"),
        offices.inside,
        offices.buffon,
        "DOC",
        first_day=clock.today() + 10 * number * DAY,
        last_day=clock.today() + (10 * number + 3) * DAY,
    )
    day = clock.today() + (500 + 10 * number) * DAY
    absences.begin(offices.inside, absences.Kind.PARENTAL, on=day, until=day + 3 * DAY)
    absences.begin(one, absences.Kind.SICK)
    left = offices.arrive(f"left{number}", offices.carnot)
    left.postings.update(end=clock.today() - 70 * DAY)
    people.changed([left.pk])
    offices.team(offices.carnot, f"Équipe {number}")
    demands.require(sorted(PROFILE_OF)[number], offices.carnot)
    offices.application(offices.carnot, f"Application {number}")


def test_one_ends_a_role_where_one_may_and_is_offered_no_other(offices):
    shown = {one.holder: one.may_end for one in roles.listed(offices.actor("admin")) if one.state == "current"}
    assert {
        "Auditor Martin": False,
        "Dpo Martin": False,
        "Support Martin": True,
        "Admin Martin": True,
    }.items() <= shown.items()
    elsewhere = roles.give(None, offices.person("national"), Role.SUPPORT, offices.lyon)
    assert elsewhere.pk not in [
        one.id for one in roles.listed(offices.actor("admin"), person=offices.person("national"))
    ]


@pytest.mark.parametrize("code", ["EDU", "ADM", "INS"])
def test_each_function_a_form_offers_can_be_given(offices, code):
    browser = offices.browse("admin")
    page = f"/admin/people/{offices.inside.sub}"
    shown = browser.get(page).content.decode()
    assert f'<option value="{code}">{functions.named(code)}</option>' in shown
    assert shown.index('value="TEC"') < shown.index('value="ADA"'), "what a code means is read first, where it is known"
    browser.post(f"{page}/postings/new", {"function": code, "structure": "0210015C", **TODAY})
    assert offices.inside.postings.filter(function=code).exists()
    browser.post("/admin/teams", {"name": code, "structure": "0210015C", "function": code})
    assert [one.name for one in teams.of(offices.inside.pk)] == [code]


# What is typed amiss


def test_a_posting_without_a_function_is_refused_in_a_sentence(offices):
    form = {"person": "inside@ac-dijon.example", "structure": "0210015C", "first": str(clock.today())}
    answer = offices.browse("admin").post("/admin/people/new", form)
    assert (answer.status_code, "Choisissez une fonction" in answer.content.decode()) == (400, True)


def test_the_code_of_a_discipline_is_letters_and_digits(offices):
    form = {"name": "Lettres", "structure": "0210015C", "function": "*", "discipline": "'; drop"}
    answer = offices.browse("admin").post("/admin/teams", form, follow=True)
    assert "Le code d’une discipline" in answer.content.decode()
    assert not teams.administered(offices.actor("admin"))


@pytest.mark.parametrize("who", ["nobody@ac-dijon.example", "outside@ac-dijon.example"])
def test_an_auditor_is_told_on_the_page_that_a_person_is_unknown(offices, who):
    answer = offices.browse("auditor").get("/admin/audit", {"who": who})
    assert (answer.status_code, "Personne inconnue." in answer.content.decode()) == (404, True)
    assert f'value="{who}"' in answer.content.decode()


@pytest.mark.parametrize("name", ["admin", "rector"])
def test_the_page_of_roles_leads_to_everybody_but_oneself(offices, name):
    shown = offices.browse(name).get("/admin/roles").content.decode()
    links = set(re.findall(r'href="/admin/people/([\w-]+)"', shown))
    assert offices.person(name).name in shown
    assert offices.person("head").sub in links
    assert offices.person(name).sub not in links


def test_what_is_somebodys_is_changed_below_them_and_below_nobody_else(offices):
    things, other = Things(offices), offices.person("teacher").sub
    browser, today = offices.browse("admin"), TODAY["first"]
    posting, absence = things.postings["inside"], things.absences["inside"]
    for address, form in (
        (f"/admin/people/{other}/postings/{posting}", {"do": "end", "last": today}),
        (f"/admin/people/{other}/postings/{posting}", {"do": "cancel"}),
        (f"/admin/people/{other}/absences/{absence}", {"do": "back", "first": str(clock.today() + 401 * DAY)}),
    ):
        assert browser.post(address, form).status_code == 404
    one = Posting.objects.get(pk=posting)
    assert (one.end, one.cancelled, offices.inside.absences.get().end) == (None, False, None)


def test_an_application_is_told_of_agents_to_who_registers_it_and_of_oneself_to_nobody(offices):
    browser, number = offices.browse("admin"), offices.application(offices.carnot).pk
    assert list(OF_AGENTS) == list(SCOPES)
    for address in ("/admin/applications/new", f"/admin/applications/{number}"):
        shown = browser.get(address).content.decode()
        assert "le nom de l’agent et la langue de ses pages" in shown
        assert not re.search(r"\bvo(s|tre) (nom|adresse|affectations)\b", shown)
