"""Files that are cut, wrong or meant to harm: one line with file and position, and nothing half applied (§7: 34, 40)."""

import json
import os

import pytest

from cartable.identity.feeds import aaf, lines, users
from cartable.identity.feeds.models import Batch, Feed, Row
from cartable.identity.models import Person, Posting, Structure
from tests.identity.feeds.written import ALICE, BOB, CARNOT, EVE, complete, document, person, request, table

NAME = "ENT_0210000X_Complet_20261101_PersEducNat_0000.xml"
SECOND = NAME.replace("t_0000", "t_0001")


def people_file(folder, content):
    path = folder / NAME
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def nothing():
    models = (Person, Posting, Feed, Batch, Row)
    return not any(model.objects.exists() for model in models) and not Structure.objects.filter(kind="school").exists()


@pytest.mark.parametrize("text", ["01/01/0001", "31/12/1899", "01/01/2201", "31/12/8999"])
def test_34_a_day_of_no_career_is_refused_and_one_without_end_is_none(text):
    assert aaf.day("31/12/9999") is None
    with pytest.raises(ValueError, match="no day of a career"):
        aaf.day(text)


XXE = document(person(ALICE).replace("ALICE", "&a;"), head="").replace(
    'SYSTEM "ficAlimMENESR.dtd"', '[<!ENTITY a SYSTEM "file:///etc/passwd">]'
)
LAUGHS = document(person(ALICE).replace("ALICE", "&l9;"), head="").replace(
    'SYSTEM "ficAlimMENESR.dtd"',
    '[<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)) + "]",
)
FOREIGN = document(person(ALICE).replace("ALICE", "&elsewhere;"), head="")
WHOLE = document(person(ALICE), person(BOB))


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (XXE, 1, "an entity (a), which no directory needs: refused"),
        (LAUGHS, 1, "an entity (l0), which no directory needs: refused"),
        (FOREIGN, 10, "an entity (elsewhere), which no directory needs: refused"),
        (WHOLE[: WHOLE.index("BOB")], 20, "the file is cut: no element found"),
        (WHOLE[: WHOLE.index("BOB") - 8], 20, "the file is cut: unclosed token"),
        (WHOLE.replace("ALICE", "HÉLÈNE").encode("latin-1"), 11, "not well-formed (invalid token): is its encoding the one it declares (UTF-8 where it declares none)?"),
        (WHOLE.replace("UTF-8", "klingon"), 1, "an encoding that cannot be read (unknown encoding: klingon)"),
        ("<html><body>Erreur 502</body></html>", 1, "<html> is no element of an AAF file"),
        ("PK\x03\x04", 1, "not well-formed (invalid token): is its encoding the one it declares (UTF-8 where it declares none)?"),
        (WHOLE.replace("</addRequest>", "</addrequest>", 1), 13, "mismatched tag"),
        (WHOLE.replace("ALICE", "A" * 30_000), 11, "a value of more than 20000 characters"),
    ],
    ids=["XXE", "billion-laughs", "undeclared-entity", "truncated", "cut-in-a-tag", "latin-1-as-utf-8", "unknown-encoding", "html", "zip", "malformed", "endless-value"],
)  # fmt: skip
def test_34_a_file_that_cannot_be_read_is_refused_whole(take, tmp_path, content, line, why):
    assert take.refused(people_file(tmp_path, content)) == f"{NAME}:{line}: {why}"
    assert nothing()


def test_34_the_last_part_may_be_cut_and_the_first_is_not_applied(take, tmp_path):
    folder = complete(tmp_path, ALICE, BOB)
    (folder / SECOND).write_text(WHOLE[: WHOLE.index("BOB")].replace("1001", "1009"))
    assert take.refused(folder).startswith(SECOND + ":20: the file is cut")
    assert nothing()


def test_34_an_empty_part_among_others_is_nothing(take, tmp_path):
    folder = complete(tmp_path, ALICE)
    (folder / SECOND).touch()
    assert take(folder)["arrived"] == 1


@pytest.mark.parametrize(
    ("count", "why"),
    [
        (1, f"; its record is refused: {NAME}:5: category Eleve in a file of PersEducNat"),
        (3, f"; its 3 records are refused, the first: {NAME}:5: category Eleve in a file of PersEducNat"),
    ],
)
def test_34_a_feed_of_which_every_record_is_refused_says_why(take, tmp_path, count, why):
    take(complete(tmp_path, ALICE, BOB))
    pupils = [
        request("addRequest", "PersEducNat", str(n), {}).replace(">PersEducNat<", ">Eleve<") for n in range(count)
    ]
    (tmp_path / "pupils").mkdir()
    (tmp_path / "pupils" / NAME).write_text(document(*pupils))
    assert take.refused(tmp_path / "pupils") == f"{NAME}: a complete feed that states nobody: refused{why}"
    assert Posting.objects.filter(end=None).count() == 2


def test_34_an_empty_feed_ends_nobody(take, tmp_path):
    take(complete(tmp_path, ALICE))
    line = take.refused(people_file(tmp_path, b""), "DIJON", "--yes")
    assert line == f"{NAME}: a complete feed that states nobody: refused"
    assert Posting.objects.get().end is None


@pytest.mark.parametrize(
    ("declared", "codec"), [("ISO-8859-15", "iso-8859-15"), ("UTF-8", "utf-8"), ("UTF-16", "utf-16"), (None, "utf-8")]
)
def test_34_each_encoding_that_is_declared_is_read(take, tmp_path, declared, codec):
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    text = document(person(ALICE.but(first="HÉLOÏSE", last="LŒB")), head=head)
    assert take(people_file(tmp_path, text.encode(codec)))["arrived"] == 1
    assert Person.objects.get().name == "Héloïse Lœb"


def test_34_entities_escaped_twice_are_read_once(take, tmp_path):
    text = document(person(ALICE.but(last="L'HERMITE"))).replace("L'HERMITE", "L&amp;apos;HERMITE")
    take(people_file(tmp_path, text))
    assert Person.objects.get().name == "Alice L'Hermite"


def fields(value):
    return ALICE.but(more={"ENTPersonFonctions": (value,)})


@pytest.mark.parametrize("value", ["1$ENS$LABEL$L1000", "1$ENS$LABEL$L1000$POSITION$MORE", "1$ENS"])
def test_34_a_function_of_4_or_6_fields_is_read(take, tmp_path, value):
    assert take(complete(tmp_path, fields(value)))["arrived"] == 1
    assert Posting.objects.get().structure.code == CARNOT


@pytest.mark.parametrize("value", ["1 ENS ENSEIGNEMENT", "$ENS$LABEL$L$P", "1$E$N$S$X$Y$Z"])
def test_34_a_function_without_its_dollars_refuses_its_person_alone(take, tmp_path, value):
    assert take(complete(tmp_path, fields(value), BOB)) == {
        "arrived": 1,
        "refused": 1,
        "written": take.answer["written"],
    }
    assert take.lines == [f"{NAME}:5: function {value!r}: 5 fields separated by $ are expected"]


def test_40_an_unknown_function_leaves_its_person_as_they_were(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    counts = take(complete(tmp_path, ALICE.but(duties=(("2", "XYZ"),), last="AUTRE"), BOB, day="20261102"))
    assert counts == {"refused": 1}
    assert take.refusal is None
    assert take.lines == [f"{NAME.replace('01_P', '02_P')}:5: function code 'XYZ' is unknown"]
    assert Posting.objects.filter(end=None).count() == 2
    assert Person.objects.filter(name="Alice Martin").exists()


def test_40_an_unknown_structure_posts_to_the_academy_until_it_is_known(take, tmp_path):
    feed = complete(tmp_path, ALICE, schools={})
    take(feed)
    assert take.lines == [f"{NAME}:5: structure 1 is unknown: posted to the academy"]
    assert Posting.objects.get().structure.name == "Dijon"
    assert take(feed) == {}
    assert take(complete(tmp_path, ALICE, day="20261102"))["moved"] == 1
    assert Posting.objects.get(end=None).structure.code == CARNOT


def test_40_a_head_whose_school_is_unknown_heads_no_academy(take, tmp_path):
    take(complete(tmp_path, ALICE.but(duties=(("1", "DIR"),)), schools={}))
    assert [(one.structure.name, one.function) for one in Posting.objects.all()] == [("Dijon", "")]
    take(complete(tmp_path, ALICE.but(duties=(("1", "DIR"),)), day="20261102"))
    assert (Posting.objects.get(end=None).structure.code, Posting.objects.get(end=None).function) == (CARNOT, "DIR")


def test_40_a_wrong_letter_is_kept_and_told(take, tmp_path):
    take(complete(tmp_path, ALICE, schools={"1": ("1004001V", "Z.REMP-DIGNE")}))
    assert take.lines == [
        "ENT_0210000X_Complet_20261101_EtabEducNat_0000.xml:5: UAI 1004001V: the letter does not fit the number: kept as it is"
    ]
    assert Posting.objects.get().structure.code == "1004001V"


def test_a_record_of_another_category_is_refused_alone(take, tmp_path):
    pupil = person(ALICE).replace("<value>PersEducNat</value>", "<value>Eleve</value>")
    take(people_file(tmp_path, document(pupil, person(BOB.but(duties=())))))
    assert take.lines == [f"{NAME}:5: category Eleve in a file of PersEducNat"]
    assert Person.objects.get().name == "Bob Dupont"


def test_a_record_whose_identifier_is_not_its_key_is_refused_and_nobody_ended(take, tmp_path):
    take(complete(tmp_path, ALICE, BOB))
    wrong = person(ALICE).replace("<id>1001</id>", "<id>9999</id>")
    counts = take(people_file(tmp_path, document(wrong, person(BOB))))
    assert take.lines == [f"{NAME}:5: identifier 9999 beside the key 1001"]
    assert counts == {"refused": 1}
    assert Posting.objects.filter(end=None).count() == 2


def test_a_key_stated_twice_is_refused_the_second_time(take, tmp_path):
    assert take(complete(tmp_path, ALICE, BOB.but(key="1001")))["arrived"] == 1
    assert take.lines == [f"{NAME}:14: key 1001 is stated twice"]


@pytest.mark.parametrize("born", ["1967-08-07", "31/02/1967", "7 août", "00/00/0000"])
def test_a_day_that_is_none_refuses_its_person_alone(take, tmp_path, born):
    assert take(complete(tmp_path, ALICE.but(born=born), EVE))["refused"] == 1
    assert take.lines == [f"{NAME}:5: {born!r} is no day: dd/mm/yyyy is expected"]


HEADER = "key,last_name,first_name,birth_date,uai,structure,function,start,end"
LINE = f"7,Martin,Alice,1967-08-07,{CARNOT},Lycée Carnot,ENS,2020-09-01,"


@pytest.mark.parametrize(
    ("lines", "line", "why"),
    [
        (["name;mail", "a;b"], 1, "no column key; the header is key,last_name,first_name["),
        ([HEADER + ",salary", LINE + ",3"], 1, "column 'salary' is not expected; the header is"),
        ([HEADER, LINE, LINE + ",more"], 3, "10 fields where the header has 9"),
        ([HEADER, LINE, "8" + LINE[1:], LINE], 4, "key 7 again: the lines of a person stand together"),
        ([HEADER, LINE, '9,"Martin,Alice'], 3, "unexpected end of data"),
    ],
    ids=["header", "column", "fields", "scattered", "cut"],
)
def test_a_table_that_cannot_be_read_is_refused_whole(take, tmp_path, lines, line, why):
    assert take.refused(table(tmp_path, *lines, name="hr.csv")).startswith(f"hr.csv:{line}: {why}")
    assert nothing()


def test_a_table_in_another_encoding_is_refused_whole(take, tmp_path):
    path = tmp_path / "hr.csv"
    path.write_bytes(f"{HEADER}\n{LINE}\n".encode("latin-1"))
    assert take.refused(path).startswith("hr.csv:2: not UTF-8")
    assert nothing()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LINE.replace("2020-09-01", "09/2020"), "'09/2020' is no day: write it as 2026-09-01"),
        (LINE.replace("2020-09-01,", "2020-09-01,2019-01-01"), "end 2019-01-01 is before start 2020-09-01"),
        (LINE.replace("ENS", "XYZ"), "function code 'XYZ' is unknown"),
        (LINE.replace("Lycée Carnot", ""), f"UAI {CARNOT} is unknown: name its structure"),
        (LINE.replace("Martin", ""), "7 has no name"),
        (LINE.replace("7,", ",", 1), "key is empty"),
    ],
)  # fmt: skip
def test_a_line_of_a_table_is_refused_alone(take, tmp_path, line, why):
    good = f"8,Dupont,Bob,1975-11-12,{CARNOT},Lycée Carnot,DIR,,"
    if "unknown: name" in why:
        good = "8,Dupont,Bob,1975-11-12,,,DIR,,"
    assert take(table(tmp_path, HEADER, line, good, name="hr.csv")) == {
        "arrived": 1, "refused": 1, "written": take.answer["written"],
    }  # fmt: skip
    assert take.lines == [f"hr.csv:2: {why}"]


@pytest.mark.parametrize("mixed", ["delta", "degree"])
def test_two_feeds_in_one_folder_are_refused(take, tmp_path, mixed):
    folder = complete(tmp_path, ALICE)
    other = NAME.replace("Complet", "Delta") if mixed == "delta" else SECOND
    (folder / other).write_text(document(person(BOB, first_degree=mixed == "degree")))
    assert "mixed" in take.refused(folder)
    assert nothing()


def test_a_path_where_nothing_is(take, tmp_path):
    assert take.refused(tmp_path / "none") == f"{tmp_path / 'none'}: no such file or folder"
    (tmp_path / "empty").mkdir()
    assert "no part of an AAF export" in take.refused(tmp_path / "empty")


def test_a_line_without_end_is_refused_before_it_is_read_whole(take, tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 1000)
    path = tmp_path / "hr.csv"
    path.write_text(f"{HEADER}\n" + "x" * 1001)
    assert take.refused(path) == "hr.csv:2: a line has at most 1000 bytes"
    path = tmp_path / "users.jsonl"
    path.write_text(json.dumps({"id": "x" * 1000}))
    assert take.refused(path) == "users.jsonl:1: a line has at most 1000 bytes"
    assert nothing()


def test_a_document_too_large_to_be_read_at_once_is_refused(take, tmp_path, monkeypatch):
    monkeypatch.setattr(users, "LARGEST", 2**20)
    path = tmp_path / "users.json"
    path.write_text(json.dumps(["x" * 2**20]))
    assert take.refused(path) == "users.json:1: more than 1 MiB of JSON: write one resource a line, in a .jsonl file"


def test_nobody_has_a_thousand_postings_and_one(take, tmp_path):
    columns = HEADER.count(",")
    assert take.refused(table(tmp_path, HEADER, *["1,Martin,Alice" + "," * (columns - 2)] * 1001, name="hr.csv")) == (
        "hr.csv:2: key 1 has more than 1000 lines"
    )
    assert nothing()


# What is of another shape, or no text: a record is left out alone, and its person is ended by nothing

AGENT = users.SCHEMA
ADA = {
    "externalId": "7",
    "name": {"familyName": "Martin", "givenName": "Ada"},
    "emails": [{"value": "ada@ac-dijon.fr"}],
}
TOM = {"externalId": "8", "name": {"familyName": "Dupont", "givenName": "Tom"}}
UNKEPT = "holds a character that is no text (NUL, or half of one)"
MISSHAPEN = [
    (ADA | {"name": "x"}, "name is no object"),
    (ADA | {"name": {"familyName": ["Martin"]}}, "name.familyName is no text"),
    (ADA | {"emails": ["x"]}, "emails[0] is no object"),
    (ADA | {"emails": {"value": "x"}}, "emails is no list"),
    (ADA | {"emails": [{"value": "a@b.fr"}, None]}, "emails[1] is no object"),
    (ADA | {"emails": [{"value": {}}]}, "emails[0].value is no text"),
    (ADA | {"active": "False"}, "active is neither true nor false"),
    (ADA | {AGENT: "x"}, f"{AGENT} is no object"),
    (ADA | {AGENT: {"postings": ["x"]}}, f"{AGENT}.postings[0] is no object"),
    (ADA | {AGENT: {"postings": [{"uai": CARNOT, "start": True}]}}, f"{AGENT}.postings[0].start is no text"),
    (ADA | {"name": {"familyName": "a\0b"}}, f"name.familyName {UNKEPT}"),
    (ADA | {"emails": [{"value": "\ud800"}]}, f"emails[0].value {UNKEPT}"),
    (ADA | {"externalId": "7\0"}, f"externalId {UNKEPT}"),
    (ADA | {"externalId": ["7"]}, "externalId is no text"),
    ("x", "no SCIM resource: an object is expected"),
    (None, "no SCIM resource: an object is expected"),
]


def users_file(folder, form, day, *documents):
    path = folder / f"users-{day}.{form}"
    path.write_text(json.dumps(documents) if form == "json" else "\n".join(map(json.dumps, documents)))
    return path


@pytest.mark.parametrize("form", ["json", "jsonl"])
@pytest.mark.parametrize(("wrong", "why"), MISSHAPEN, ids=[why for _, why in MISSHAPEN])
def test_a_user_of_another_shape_is_refused_alone_and_ends_nobody(take, tmp_path, form, wrong, why):
    take(users_file(tmp_path, form, "20261101", ADA))
    again = users_file(tmp_path, form, "20261102", wrong, TOM)
    assert take(again) == {"arrived": 1, "refused": 1, "written": take.answer["written"]}
    assert take.lines == [f"{again.name}:{'[1]' if form == 'json' else 1}: {why}"]
    assert sorted(Posting.objects.values_list("person__name", "end")) == [("Ada Martin", None), ("Tom Dupont", None)]
    assert take(again) == {"refused": 1}


def test_whoever_is_missing_beside_a_user_of_another_shape_is_ended_all_the_same(take, tmp_path):
    take(users_file(tmp_path, "json", "20261101", ADA, TOM))
    assert take(users_file(tmp_path, "json", "20261102", ADA | {"name": "x"}, TOM | {"externalId": "9"}))["ended"] == 1
    assert Posting.objects.get(person__name="Ada Martin").end is None


def test_a_user_with_nothing_where_something_may_be_is_read(take, tmp_path):
    nothing_said = {"active": None, "emails": "", AGENT: {"birthName": None, "postings": None}}
    numbers = {"externalId": 7, AGENT: {"nationalId": 12}}
    assert take(users_file(tmp_path, "json", "20261101", TOM | nothing_said, ADA | numbers))["arrived"] == 2


def test_a_number_that_is_too_long_is_refused_with_its_file(take, tmp_path):
    path = tmp_path / "users.json"
    path.write_text('[{"externalId": ' + "9" * 5000 + "}]")
    assert take.refused(path) == "users.json:1: a number that is too long"


@pytest.mark.parametrize("field", ["Martin", "Ada", "ada@ac-dijon.fr", "Lycée Carnot", "ENS", "7"])
def test_a_line_with_a_nul_is_refused_alone_and_ends_nobody(take, tmp_path, field):
    header = "key,last_name,first_name,mail,uai,structure,function"
    ada = f"7,Martin,Ada,ada@ac-dijon.fr,{CARNOT},Lycée Carnot,ENS"
    take(table(tmp_path, header, ada))
    spoilt = ada.replace(field, field + "\0", 1)
    again = table(tmp_path, header, "8,Dupont,Tom,,,,ENS", spoilt, day="20261102", name="hr-20261102.csv")
    assert take(again) == {"arrived": 1, "refused": 1, "written": take.answer["written"]}
    assert take.lines == [f"hr-20261102.csv:3: a field {UNKEPT}"]
    assert Posting.objects.filter(end=None).count() == 2
    assert take(again) == {"refused": 1}


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), IsADirectoryError(21, "Is a directory")])
def test_a_file_that_cannot_be_opened_is_one_sentence(take, tmp_path, monkeypatch, error):
    path = table(tmp_path, HEADER, LINE, name="hr.csv")

    def refuse(self, *_args, **_more):
        raise type(error)(*error.args, str(self))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert take.refused(path) == f"{path}: {error.strerror}"
    assert take.lines == [take.refusal]
    assert nothing()


def test_what_is_no_file_is_one_sentence(take, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "hr.csv").mkdir()
    assert take.refused(tmp_path / "pipe.csv").endswith("no such file or folder")
    assert take.refused(tmp_path / "hr.csv", "DIJON", "--format", "csv").endswith(
        "one file is expected, and there are 0"
    )
    assert take.refused(tmp_path / "hr.csv" / "inside.csv").endswith("no such file or folder")
    assert take.refused(tmp_path / ("x" * 300)).endswith("File name too long")
