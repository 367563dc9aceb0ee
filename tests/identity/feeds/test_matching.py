"""The rules R0 to R5, pure; then what feeds do with them. Numbers are those of the edge cases that must hold."""

from datetime import date

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from cartable.identity import departures, letters, people, resets
from cartable.identity.feeds import matching, merging, scanning
from cartable.identity.feeds.matching import Candidate, likeness
from cartable.identity.feeds.models import MatchCase, MergeLog, PersonKey
from cartable.identity.models import Address, Person, Posting
from cartable.identity.oidc.claims import claims_of
from cartable.kernel import clock
from cartable.kernel.models import Act
from cartable.kernel.tasks import run_pending
from tests.identity.feeds.written import ALICE, AMPERE, BOB, CARNOT, changes, complete, request, table

BORN = date(1967, 8, 7)
HER = likeness("Martin", "Durand", "Alice", BORN)


def doubt(other, *, mail=False, continuity=False, beside=False):
    """Return (rule, score) if a human should look at whether `other` is HER, else None."""
    found = matching.doubts(other, [Candidate(1, HER, mail, continuity, beside)])
    return (found[0].rule, found[0].score) if found else None


# Names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LŒWENSTEIN", "Loewenstein"),
        ("N'GUYEN", "N’Guyen"),
        ("SAINT-EXUPÉRY", "ST EXUPERY"),
        ("de la Tour", "DE LA TOUR"),
        ("JEAN-PIERRE", "Jean Pierre"),
        ("O", "ó"),
        ("Æ" * 30, "AE" * 30),
    ],
)
def test_20_two_registers_spell_one_name(one, other):
    assert matching.normal(one) == matching.normal(other)


@given(st.text())
def test_a_normal_name_is_normal(name):
    assert matching.normal(matching.normal(name)) == matching.normal(name)


@given(st.text("ABC", min_size=4, max_size=8), st.text("ABC", min_size=4, max_size=8))
def test_one_letter_apart_is_a_distance(one, other):
    def distance(a, b):  # Damerau: insert, delete, change, swap neighbours
        rows = [[max(i, j) for j in range(len(b) + 1)] for i in range(len(a) + 1)]
        for i in range(1, len(a) + 1):
            for j in range(1, len(b) + 1):
                rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
                if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                    rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
        return rows[-1][-1]

    assert matching.one_letter_apart(one, other) == matching.one_letter_apart(other, one) == (distance(one, other) == 1)


# Rules


def test_r2_all_agrees_and_a_posting_ended_lately():
    assert doubt(HER, continuity=True) == ("R2", 9)


def test_r2_needs_exactly_one_candidate():
    two = [Candidate(pk, HER, same_mail=False, continuity=True, beside=False) for pk in (1, 2)]
    assert [one.rule for one in matching.doubts(HER, two)] == ["R3", "R3"]


@pytest.mark.parametrize(
    ("other", "more", "expected"),
    [
        (HER, {}, ("R3", 8)),  # 17: true homonyms, both at work
        (likeness("Martin-Petit", "Durand", "Alice", BORN), {}, ("R3", 8)),  # a marriage: the birth name stays
        (likeness("Martin", "", "Alice", date(1967, 7, 8)), {}, ("R3", 6)),  # day and month swapped
        (likeness("Martin", "", "Alice", date(1967, 8, 8)), {}, ("R3", 6)),  # one digit
        (likeness("Martin", "", "Alyce", BORN), {}, ("R3", 7)),  # one letter
        (likeness("Martin", "", "Alice Marie", BORN), {}, ("R3", 7)),  # 20: JEAN, JEAN PIERRE
        (likeness("Alice", "", "Durand", BORN), {}, ("R3", 6)),  # 20: swapped names
        (likeness("Martin", "", "Alice", date(1900, 1, 1)), {}, None),  # 21: unknown is no agreement
        (likeness("Martin", "", "Alice", None), {"continuity": True}, ("R3", 6)),
        (likeness("Petit", "", "Alice", BORN), {}, None),  # 740,000 pairs share a first name and a date
        (likeness("Petit", "", "Alice", BORN), {"mail": True}, ("R3", 7)),
        (likeness("Martin", "", "Sylvie", BORN), {}, None),  # 18: twins
        (likeness("Martin", "", "Alice", date(1985, 1, 3)), {}, None),  # homonyms
        (likeness("Petit", "", "Zoé", date(1985, 1, 3)), {"mail": True, "continuity": True}, None),  # R4: never alone
        (likeness("Martin", "", "Alyce", BORN), {"beside": True}, None),
        (HER, {"beside": True, "continuity": True}, ("R3", 9)),  # 22: one feed states all the same twice
    ],
)
def test_r3_two_agree_and_something_near(other, more, expected):
    assert doubt(other, **more) == expected


# Feeds

HEADER = "key,last_name,birth_name,first_name,birth_date,mail,national_id,uai,structure,function,start,end"
NUMEN = "07E9501234ABC"


def line(key, last="Martin", first="Alice", born="1967-08-07", mail="", numen="", uai=CARNOT, name="", dates=","):
    return f"{key},{last},{name},{first},{born},{mail},{numen},{uai},Lycée de {uai},ENS,{dates}"


def cases():
    return [(one.newcomer.name, one.candidate.name, one.rule) for one in MatchCase.objects.order_by("pk")]


def test_a_move_without_identifier_is_proposed_and_the_newcomer_works_meanwhile(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB, day="20260801"))
    take(complete(tmp_path, BOB, day="20260831"))
    lyon = ALICE.but(key="88", mail="alice.martin@ac-lyon.fr", duties=(("3", "ENS"),))
    counts = take(complete(tmp_path, lyon, day="20260901"), "LYON")
    assert counts == {"proposed": 1, "written": counts["written"]}
    assert cases() == [("Alice Martin", "Alice Martin", "R2")]
    case = MatchCase.objects.get()
    assert case.evidence == {
        "name": "agree", "first": "agree", "born": "agree", "mail": "unknown", "continuity": "agree",
    }  # fmt: skip
    assert case.candidate == people.find("alice.martin@ac-dijon.fr")
    assert people.find("alice.martin@ac-lyon.fr") == case.newcomer
    assert take(complete(tmp_path, lyon, day="20260902"), "LYON") == {}


def test_6_the_key_of_one_academy_is_another_person_in_the_next(take, tmp_path):
    take(complete(tmp_path, ALICE))
    take(complete(tmp_path, BOB.but(key=ALICE.key)), "LYON")
    assert Person.objects.count() == 2
    assert cases() == []


def test_16_a_second_national_identifier_is_one_more_key(take, tmp_path):
    take(table(tmp_path, HEADER, line(1, numen=NUMEN)))
    take(table(tmp_path, HEADER, line(1, numen="07A0901234XYZ"), day="20261102"))
    for numen in (NUMEN, "07A0901234XYZ"):
        take(table(tmp_path, HEADER, line(numen, numen=numen.lower(), uai=AMPERE)), f"X{numen}")
    assert Person.objects.count() == 1
    assert PersonKey.objects.filter(kind="national").count() == 2


def test_17_true_homonyms_stay_two_and_a_human_is_asked(take, tmp_path):
    take(table(tmp_path, HEADER, line(1, mail="a.martin@ac-dijon.fr")))
    take(table(tmp_path, HEADER, line(1, mail="a.martin@ac-lyon.fr", uai=AMPERE)), "LYON")
    assert Person.objects.count() == 2
    assert cases() == [("Alice Martin", "Alice Martin", "R3")]


def test_18_twins_are_two(take, tmp_path):
    take(table(tmp_path, HEADER, line(1), line(2, first="Sylvie")))
    take(table(tmp_path, HEADER, line(1, first="Odile", uai=AMPERE)), "LYON")
    assert Person.objects.count() == 3
    assert cases() == []


def test_19_an_identifier_mistyped_into_another_persons_is_no_proof(take, tmp_path):
    take(table(tmp_path, HEADER, line(1, numen=NUMEN)))
    counts = take(table(tmp_path, HEADER, line(5, "Petit", "Zoé", "1985-01-03", numen=NUMEN, uai=AMPERE)), "LYON")
    assert counts == {"proposed": 1, "written": counts["written"]}
    assert cases() == [("Zoé Petit", "Alice Martin", "R1'")]
    assert Posting.objects.filter(person__name="Alice Martin").count() == 1
    assert PersonKey.objects.get(kind="national").person.name == "Alice Martin"


@pytest.fixture(params=[1, 1000], ids=["one after the other", "in one batch"])
def batch(request, monkeypatch):
    """Records are applied one at a time, or together: it may not matter."""
    monkeypatch.setattr(scanning, "BATCH", request.param)


@pytest.mark.usefixtures("batch")
@pytest.mark.parametrize("source", ["LYON", "DIJON"], ids=["of another academy", "of the same feed"])
def test_19_a_surname_is_no_proof_where_first_name_and_birth_date_both_differ(take, tmp_path, source):
    """R1': somebody else's identifier; what resets her password is not his address."""
    hers = line(1, numen=NUMEN, mail="alice.martin@ac-dijon.fr")
    his = line(5, first="Robert", born="1955-12-01", numen=NUMEN, mail="robert.martin@ac-lyon.fr")
    if source == "LYON":
        take(table(tmp_path, HEADER, hers))
        counts = take(table(tmp_path, HEADER, his), source)
    else:
        counts = take(table(tmp_path, HEADER, hers, his))
    assert counts["proposed"] == 1
    assert take.lines[0].endswith(": the national identifier of 5 is somebody else's: left out, and a person decides")
    assert cases() == [("Robert Martin", "Alice Martin", "R1'")]
    assert people.find("robert.martin@ac-lyon.fr").name == "Robert Martin"
    assert people.find("alice.martin@ac-dijon.fr").name == "Alice Martin"
    assert PersonKey.objects.get(kind="national").person.name == "Alice Martin"
    assert joined() == []


@pytest.mark.usefixtures("batch")
def test_two_whose_identifiers_are_swapped_are_asked_about_once(take, tmp_path):
    def state(day, hers, his):
        robert = line(5, "Dupont", "Robert", born="1955-12-01", numen=his)
        take(table(tmp_path, HEADER, line(1, numen=hers), robert, day=day))

    state("20261101", "07E9501234BOB", NUMEN)
    state("20261102", NUMEN, "07E9501234BOB")
    assert len(take.lines) == 2
    assert cases() == [("Alice Martin", "Robert Dupont", "R1'")]


@pytest.mark.usefixtures("batch")
@pytest.mark.parametrize(
    "other",
    [
        line(5, first="Robert", numen=NUMEN),  # another first name
        line(5, born="1955-12-01", numen=NUMEN),  # another birth date
        line(5, born="", numen=NUMEN),
        line(5, "Petit", numen=NUMEN),  # a marriage
        line(5, first="Robert", born="1967-08-17", numen=NUMEN),  # a digit of the date
        line(5, first="Alyce", born="1955-12-01", numen=NUMEN),  # a letter of the first name
    ],
)
def test_r1_is_the_same_person_and_an_act_in_their_trail(take, tmp_path, other):
    take(table(tmp_path, HEADER, line(1, numen=NUMEN)))
    take(table(tmp_path, HEADER, other), "LYON")
    assert cases() == []
    assert joined() == [(Person.objects.get().pk, "LYON csv")]
    take(table(tmp_path, HEADER, other, line(6, "Roux", "Jean"), day="20261102", name="again.csv"), "LYON")
    assert len(joined()) == 1  # known by its own key from then on


def joined():
    """Return to whom records came by a national identifier, as their audit trail has it, and of which source."""
    acts = Act.objects.filter(verb="record.join", kind="account", person=None)
    return [(act.object, act.detail["source"]) for act in acts]


def test_21_an_unknown_birth_date_proves_nothing(take, tmp_path):
    take(table(tmp_path, HEADER, line(1, born="1900-01-01")))
    take(table(tmp_path, HEADER, line(1, born="1900-01-01", uai=AMPERE)), "LYON")
    assert Person.objects.count() == 2
    assert cases() == []


@pytest.mark.usefixtures("batch")
def test_22_two_records_of_one_feed_with_one_identifier_are_one_person(take, tmp_path):
    first = line(1, numen=NUMEN, mail="alice.martin@ac-dijon.fr")
    feed = table(
        tmp_path, HEADER, first, line(2, last="Durand", numen=NUMEN, uai=AMPERE, mail="alice.durand@ac-dijon.fr")
    )
    counts = take(feed)
    assert counts["arrived"] == 1
    assert Person.objects.count() == 1
    assert cases() == []
    assert people.find("alice.martin@ac-dijon.fr") == people.find("alice.durand@ac-dijon.fr")
    assert Address.objects.filter(primary=True).count() == 1
    assert PersonKey.objects.values_list("kind", flat=True).order_by("kind").distinct().count() == 2
    assert PersonKey.objects.count() == 3
    assert {one.structure.code for one in Posting.objects.filter(end=None)} == {CARNOT, AMPERE}
    assert take(feed) == {}
    take(table(tmp_path, HEADER, line(2, numen=NUMEN, uai=AMPERE), day="20261102"))
    assert [one.structure.code for one in Posting.objects.filter(end=None)] == [AMPERE]


@pytest.mark.usefixtures("batch")
@pytest.mark.parametrize(
    ("second", "asked"),
    [
        ({}, [("Alice Martin", "Alice Martin", "R3")]),
        ({"last": "Petit", "name": "Martin"}, [("Alice Petit", "Alice Martin", "R3")]),  # she married meanwhile
        ({"last": "Petit"}, []),
        ({"born": "1990-01-02"}, []),
        ({"first": "Zoé"}, []),
    ],
    ids=["all alike", "one surname in common", "another surname", "another day", "another first name"],
)
def test_22_without_identifier_a_human_is_asked(take, tmp_path, second, asked):
    counts = take(table(tmp_path, HEADER, line(1), line(2, uai=AMPERE, **second)))
    assert Person.objects.count() == 2
    assert cases() == asked
    assert counts.get("proposed", 0) == len(asked)


def test_23_an_address_given_again_to_a_homonym_stays_with_who_held_it(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    take(complete(tmp_path, BOB, day="20261102"))
    homonym = ALICE.but(key="1009", born="03/01/1985")
    take(complete(tmp_path, homonym, BOB, day="20261103"))
    assert take.lines == [
        "ENT_0210000X_Complet_20261103_PersEducNat_0000.xml:5: alice.martin@ac-dijon.fr is, or was, somebody else's: left out"
    ]
    assert Address.objects.get(mail=ALICE.mail).person_id == Person.objects.order_by("pk")[0].pk
    assert Person.objects.filter(name="Alice Martin").count() == 2


def reset(address):
    """Return to which mailboxes a link to choose a password goes, if one is asked for at an address."""
    mail.outbox.clear()
    resets.write_link.func(Address.objects.get(mail=address).pk)
    return [to for message in mail.outbox for to in message.to]


def test_23_no_link_is_written_where_a_homonym_reads_now(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    alice = people.find(ALICE.mail)
    people.give_address(alice, "alice.martin@ac-lyon.example")
    assert reset(ALICE.mail) == [ALICE.mail, "alice.martin@ac-lyon.example"], "a former address is as good"
    homonym = ALICE.but(key="1009", born="03/01/1985")
    take(complete(tmp_path, homonym, BOB, day="20261103"))
    assert reset(ALICE.mail) == ["alice.martin@ac-lyon.example"]
    assert [one.claimed for one in people.addresses_of(alice.pk)] == [False, True]
    assert take(complete(tmp_path, homonym, BOB, day="20261104")) == {}
    take(complete(tmp_path, homonym.but(mail="a.martin2@ac-dijon.fr"), ALICE.but(first="Alicia"), BOB, day="20261105"))
    assert reset(ALICE.mail)[0] == ALICE.mail, "the academy says it is hers"


def test_23_the_first_holder_is_archived_as_their_address_is_given_again(take, tmp_path, later):
    take(complete(tmp_path, ALICE, BOB))
    alice = people.find(ALICE.mail)
    take(complete(tmp_path, BOB, day="20261102"))
    later(days=70)
    homonym = ALICE.but(key="1009", born="03/01/1985")
    take(complete(tmp_path, homonym, BOB, day="20270103"))
    assert people.find(ALICE.mail) == alice
    assert reset(ALICE.mail) == []
    later(days=310)
    take(complete(tmp_path, ALICE.but(mail=""), homonym, BOB, day="20270901"))
    assert departures.of(people.find(ALICE.mail)) == "active"
    assert reset(ALICE.mail) == [], "she is back, and the mailbox is not hers"


def test_23_a_homonyms_mailbox_is_neither_written_to_nor_told_as_that_of_who_held_it(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    alice = people.find(ALICE.mail)
    homonym = ALICE.but(key="1009", born="03/01/1985")

    def told():
        mail.outbox.clear()
        letters.tell(alice, "totp.add")
        run_pending()
        return [to for one in mail.outbox for to in one.to], claims_of(alice, ["email"])

    assert told() == ([ALICE.mail], {"email": ALICE.mail, "email_verified": True})
    take(complete(tmp_path, homonym, BOB, day="20261103"))
    assert told() == ([], {}), "she has no other mailbox"
    Address.objects.create(person=alice, mail="alice@ac-lyon.example", primary=False)
    assert told() == (["alice@ac-lyon.example"], {"email": "alice@ac-lyon.example", "email_verified": True})
    Address.objects.filter(person=alice, primary=False).update(until=clock.now())
    assert told() == ([], {}), "that one is closed"
    take(complete(tmp_path, homonym.but(mail="a.martin2@ac-dijon.fr"), ALICE.but(first="Alicia"), BOB, day="20261104"))
    assert told()[0] == [ALICE.mail], "the academy says it is hers"


def test_23_an_address_claimed_for_the_same_human_is_theirs_once_both_are_one(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    again = ALICE.but(key="1009")
    take(complete(tmp_path, ALICE, again, BOB, day="20261102"))
    one, other = Person.objects.filter(name="Alice Martin").order_by("pk")
    assert reset(ALICE.mail) == []
    merging.merge(one, other)
    assert reset(ALICE.mail) == [ALICE.mail]
    merging.unmerge(MergeLog.objects.get().pk)
    assert reset(ALICE.mail) == []


def test_24_an_address_in_another_case_is_the_same_and_a_sub_address_is_another(take, tmp_path):
    take(complete(tmp_path, ALICE.but(mail="Alice.MARTIN@AC-Dijon.fr")))
    take(complete(tmp_path, ALICE.but(mail="alice.martin+cours@ac-dijon.fr"), day="20261102"))
    assert {one.mail for one in Address.objects.all()} == {"alice.martin@ac-dijon.fr", "alice.martin+cours@ac-dijon.fr"}
    take(complete(tmp_path, ALICE.but(mail="hélène@ac-dijon.fr"), day="20261103"))
    assert take.lines[0].endswith("'hélène@ac-dijon.fr' is no address: left out")
    long = "a@" + ".".join(["b" * 60] * 5) + ".fr"
    take(complete(tmp_path, ALICE.but(mail=long), day="20261104"))
    assert take.lines[0].endswith(f"{long!r} is no address: left out")


def test_25_the_mailbox_of_a_school_is_nobodys_address(take, tmp_path):
    take(complete(tmp_path, BOB.but(mail="ce.0210017e@ac-dijon.fr")))
    assert take.lines[0].endswith("ce.0210017e@ac-dijon.fr is the mailbox of a school, not of a person: left out")
    assert not Address.objects.exists()


def test_a_key_taken_over_by_somebody_else_is_refused(take, tmp_path):
    take(complete(tmp_path, ALICE))
    counts = take(complete(tmp_path, BOB.but(key=ALICE.key), day="20261102"))
    assert counts == {"refused": 1}
    assert take.lines[0].endswith("key 1001 was another person's: names and birth date all differ")


UNDATED = "key 1 was another person's: both names differ, and no birth date agrees"
DATED = "key 1 was another person's: names and birth date all differ"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [("", "", UNDATED), ("1967-08-07", "", UNDATED), ("", "1985-01-03", UNDATED), ("1967-08-07", "1985-01-03", DATED)],
)
def test_a_key_taken_over_is_refused_though_a_birth_date_is_unknown(take, tmp_path, before, after, why):
    take(table(tmp_path, HEADER, line(1, born=before, mail="alice@ac-dijon.fr")))
    other = line(1, "Petit", "Zoé", born=after, mail="zoe@ac-dijon.fr")
    assert take(table(tmp_path, HEADER, other, day="20261102", name="hr-20261102.csv")) == {"refused": 1}
    assert take.lines == [f"hr-20261102.csv:2: {why}"]
    assert Person.objects.get().name == "Alice Martin"
    assert [one.mail for one in Address.objects.all()] == ["alice@ac-dijon.fr"]


@pytest.mark.parametrize(
    ("last", "first", "name", "born"),
    [
        ("Petit", "Alice", "", ""),  # a marriage
        ("Petit", "Alyce", "", ""),  # and a spelling
        ("Petit", "Zoé", "Martin", ""),  # another first name: the birth name stays
        ("Petit", "Zoé", "", "1967-08-07"),  # both: the birth date stays
        ("Alice", "Martin", "", ""),  # swapped
    ],
)
def test_who_bears_other_names_is_who_they_were(take, tmp_path, last, first, name, born):
    take(table(tmp_path, HEADER, line(1)))
    counts = take(table(tmp_path, HEADER, line(1, last, first, born=born, name=name), day="20261102"))
    assert counts == {"changed": 1, "written": counts["written"]}
    assert Person.objects.get().name == f"{first} {last}"


def modified(tmp_path, **fields):
    """A change of Alice, as an academy writes it."""
    given = {name: (value,) for name, value in fields.items()}
    return changes(tmp_path, request("modifyRequest", "PersEducNat", ALICE.key, given), day="20261102")


OTHER_NAMES = {"sn": "PETIT", "givenName": "ZOE"}


@pytest.mark.parametrize(
    "more", [{}, {"ENTPersonNomPatro": "PETIT"}, {"ENTPersonDateNaissance": "03/01/1985"}], ids=str
)
def test_a_change_that_makes_somebody_else_of_a_person_is_refused(take, tmp_path, more):
    take(complete(tmp_path, ALICE))
    assert take(modified(tmp_path, **OTHER_NAMES, mail="zoe@ac-dijon.fr", **more)) == {"refused": 1}
    assert "key 1001 was another person's" in take.lines[0]
    assert Person.objects.get().name == "Alice Martin"
    assert [one.mail for one in Address.objects.all()] == [ALICE.mail]


@pytest.mark.parametrize(
    "stated",
    [
        {"sn": "PETIT"},
        {"givenName": "ZOE"},
        {"sn": "PETIT", "givenName": "ALICE"},
        OTHER_NAMES | {"ENTPersonNomPatro": "MARTIN"},
        OTHER_NAMES | {"ENTPersonDateNaissance": "07/08/1967"},
    ],
    ids=str,
)
def test_a_change_of_some_names_is_of_who_they_were(take, tmp_path, stated):
    take(complete(tmp_path, ALICE))
    take(modified(tmp_path, **stated))
    assert take.lines == []
    assert not take.answer["refused"]


def test_no_number_of_a_person_can_be_read_in_the_database(take, tmp_path):
    take(table(tmp_path, HEADER, line(4711, numen=NUMEN)))
    kept = [bytes(one.digest) for one in PersonKey.objects.all()]
    assert {len(one) for one in kept} == {16}
    assert not any(NUMEN.encode() in one or b"4711" in one for one in kept)
