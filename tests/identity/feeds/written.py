"""Feeds as academies write them, for tests: a few people and schools, as AAF or as a table."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

from cartable.identity.structures import UAI_LETTERS

CARNOT, BUFFON = "0210015C", "0210017E"


def uai(number: int) -> str:
    """Return the UAI of a number of seven digits."""
    return f"{number:07}{UAI_LETTERS[number % 23]}"


CARNOT, BUFFON, AMPERE = uai(210015), uai(210017), uai(690023)
SCHOOLS = {"1": (CARNOT, "LYCEE CARNOT"), "2": (BUFFON, "LYCEE BUFFON"), "3": (AMPERE, "LYCEE AMPERE")}


@dataclass(frozen=True)
class Who:
    """A person as a feed writes them; `duties` are (key of a school, function)."""

    key: str
    last: str = "MARTIN"
    first: str = "ALICE"
    born: str = "07/08/1967"
    mail: str = ""
    birth: str = ""
    duties: tuple[tuple[str, str], ...] = (("1", "ENS"),)
    more: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def but(self, **changes: object) -> "Who":
        return replace(self, **changes)


ALICE = Who("1001", mail="alice.martin@ac-dijon.fr")
BOB = Who("1002", "DUPONT", "BOB", "12/11/1975", "bob.dupont@ac-dijon.fr", duties=(("2", "DIR"),))
EVE = Who("1003", "DE LA TOUR", "EVE", "29/02/1980", "eve@ac-dijon.fr")


def attributes(given: dict[str, tuple[str, ...]], tag: str = "attr") -> str:
    lines = []
    for name, values in given.items():
        inner = "".join(f"<value>{escape(one)}</value>" for one in values) or "<value/>"
        more = ' operation="replace"' if tag == "modification" else ""
        lines.append(f'<{tag} name="{name}"{more}>{inner}</{tag}>')
    return "\n".join(lines)


def request(verb: str, category: str, key: str, given: dict[str, tuple[str, ...]]) -> str:
    kind = "categorieStructure" if category == "EtabEducNat" else "categoriePersonne"
    body = {
        "addRequest": f"<attributes>{attributes(given)}</attributes>",
        "modifyRequest": f"<modifications>{attributes(given, 'modification')}</modifications>",
        "deleteRequest": "",
    }[verb]
    return (
        f'<{verb}><operationalAttributes><attr name="{kind}"><value>{category}</value></attr></operationalAttributes>\n'
        f"<identifier><id>{key}</id></identifier>\n{body}</{verb}>"
    )


def person(who: Who, *, first_degree: bool = False) -> str:
    sn, given, mail = (
        ("ENTPersonNom", "ENTPersonPrenom", "ENTPersonMail") if first_degree else ("sn", "givenName", "mail")
    )
    fields = {
        "ENTPersonJointure": (who.key,),
        "ENTPersonDateNaissance": (who.born,) if who.born else (),
        "ENTPersonNomPatro": (who.birth or who.last,),
        sn: (who.last,),
        given: (who.first,),
        mail: (who.mail,) if who.mail else (),
        "ENTPersonFonctions": tuple(f"{place}${function}$LABEL$L1000$POSITION" for place, function in who.duties),
    }
    return request("addRequest", "PersEducNat", who.key, {**fields, **who.more})


def school(key: str, code: str, name: str) -> str:
    fields = {
        "ENTStructureJointure": (key,),
        "ENTStructureUAI": (code,),
        "ENTStructureNomCourant": (name,),
    }
    return request("addRequest", "EtabEducNat", key, fields)


def document(*requests: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>\n') -> str:
    return (
        f'{head}<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">\n<ficAlimMENESR>\n<!-- versionAF="AAF-VE1301" -->\n'
        + "\n".join(requests)
        + "\n</ficAlimMENESR>\n"
    )


def complete(
    folder: Path, *people: Who, day: str = "20261101", schools: dict | None = None, first_degree: bool = False
) -> Path:
    """Write a complete AAF export of a day into a folder of its own, and return the folder."""
    here = folder / f"complete-{day}-{len(list(folder.iterdir()))}"
    here.mkdir()
    name = f"ENT_0210000X_Complet_{day}"
    places = [school(key, *said) for key, said in (SCHOOLS if schools is None else schools).items()]
    (here / f"{name}_EtabEducNat_0000.xml").write_text(document(*places))
    written = document(*(person(one, first_degree=first_degree) for one in people))
    (here / f"{name}_PersEducNat_0000.xml").write_text(written)
    return here


def changes(folder: Path, *requests: str, day: str) -> Path:
    """Write a delta of a day into a folder of its own, and return the folder."""
    here = folder / f"delta-{day}-{len(list(folder.iterdir()))}"
    here.mkdir()
    (here / f"ENT_0210000X_Delta_{day}_PersEducNat_0000.xml").write_text(document(*requests))
    return here


def table(folder: Path, *lines: str, day: str = "20261101", name: str = "") -> Path:
    """Write a table, header first, and return its path."""
    path = folder / (name or f"hr-{len(list(folder.iterdir()))}-{day}.csv")
    path.write_text("\n".join(lines) + "\n")
    return path
