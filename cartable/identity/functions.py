"""What people do, as the academies' directories code it (AAF), told by the national profile it belongs to.

Source: the enumeration of profiles in the directory's specification, as the academies' own readers have it. A noun rather
than a trade: it suits everyone.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROFILES: dict[str, tuple[Promise, str]] = {
    "ENS": (_("Enseignement"), "ENS FCA FCP FIJ RPL BED IS ISES PPA RH1D UPI"),
    "DOC": (_("Documentation"), "DOC"),
    "DIR": (_("Direction"), "DIR DEC DECPR DSES"),
    "EVS": (_("Vie scolaire"), "AED EDU SUR AES"),
    "ETA": (_("Services de l’établissement"), "ADA ADF ADM ALB ASE ASH CFC CPD CTR LAB MDS ORI OUV PSY TEC"),
    "ACA": (_("Services académiques"), "INJ INS"),
    "COL": (_("Collectivité"), "COLTER"),
}
PROFILE_OF = {code: profile for profile, (_title, codes) in PROFILES.items() for code in codes.split()}


def by_profile() -> list[tuple[Promise, list[str]]]:
    """Return the codes of functions, under what each profile is called."""
    return [(title, codes.split()) for title, codes in PROFILES.values()]


def title_of(function: str) -> str:
    """Return what a function is called; the code itself, if it is not known."""
    profile = PROFILE_OF.get(function)
    return str(PROFILES[profile][0]) if profile else function
