"""What people do, as the academies' directories code it (AAF), told by the national profile it belongs to.

Source: the enumeration of profiles in the directory's specification, as the academies' own readers have it. A noun rather
than a trade: it suits everyone.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext
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
NAMES: dict[str, Promise] = {  # as directories of schools print them; of the others none is published
    "ENS": _("enseignement"),
    "DOC": _("documentation"),
    "DIR": _("direction"),
    "AED": _("assistance d’éducation"),
    "EDU": _("éducation (CPE)"),
    "SUR": _("surveillance"),
    "ADF": _("administration"),
    "ASE": _("assistance étrangère"),
    "CTR": _("direction des travaux"),
    "LAB": _("laboratoire"),
    "MDS": _("médico-social"),
    "ORI": _("orientation"),
    "OUV": _("service et entretien"),
    "PSY": _("psychologie"),
    "TEC": _("technique"),
    "INS": _("inspection"),
    "COLTER": _("collectivité"),
}
UNNAMED = _("intitulé non publié")
PROFILE_OF = {code: profile for profile, (_title, codes) in PROFILES.items() for code in codes.split()}


def by_profile() -> list[tuple[Promise, list[str]]]:
    """Return the codes of functions, under what each profile is called: first those of which it is known what they mean."""
    return [(title, sorted(codes.split(), key=lambda code: code not in NAMES)) for title, codes in PROFILES.values()]


def named(code: str) -> str:
    """Return a code with what it means; where none is published, it says so."""
    return f"{code} – {NAMES.get(code, UNNAMED)}"


def title_of(function: str) -> str:
    """Return what a function is called, that of its profile; of a code that is not known, that it is a function of this code."""
    profile = PROFILE_OF.get(function)
    if profile or not function:
        return str(PROFILES[profile][0]) if profile else ""
    return gettext("Fonction %(code)s") % {"code": function}
