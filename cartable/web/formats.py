"""Sizes, days and moments as people write them, in the language of the page. `islands/formats.ts` writes them the same way."""

import re
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

NARROW, NO_BREAK = "\u202f", "\u00a0"
UNITS = (_("Ko"), _("Mo"), _("Go"), _("To"))  # powers of 1000, above bytes
SHORT = {  # CLDR, as browsers have it: the page must not change when an island takes it over
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"),
}
LONG = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # marks that turn the writing round


def harmless(name: str) -> str:
    """Return a name somebody gave as a page may show it: a mark that makes `photo-gpj.exe` read as `photo-exe.jpg` is seen."""
    return TURNING.sub("\ufffd", name)


def language() -> str:
    """Return the language of the page: `fr` or `en`."""
    return "en" if (get_language() or "").startswith("en") else "fr"


def number(value: float, decimals: int = 0) -> str:
    """Return a number: 10 000,5 in French, 10,000.5 in English."""
    text = f"{value:,.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    return text if language() == "en" else text.replace(",", NARROW).replace(".", ",")


def size(count: int) -> str:
    """Return a number of bytes with its unit: 12,4 Go."""
    power = 0
    while power < len(UNITS) and round(count / 1000**power, 1) >= 1000:
        power += 1
    unit = UNITS[power - 1] if power else ngettext("octet", "octets", count)
    return f"{number(count / 1000**power, 1 if power > 1 else 0)}{NO_BREAK}{unit}"


def short_day(day: date) -> str:
    """Return a day for a list: 24 nov. 2026."""
    return f"{day.day} {SHORT[language()][day.month - 1]} {day.year}"


def long_day(day: date) -> str:
    """Return a day for a sentence: 1er septembre 2026."""
    first = "1er" if day.day == 1 and language() == "fr" else str(day.day)
    return f"{first} {LONG[language()][day.month - 1]} {day.year}"


def hour(moment: datetime) -> str:
    """Return an hour of the day: 10 h 30, or 10:30 in English."""
    if language() == "en":
        return f"{moment:%H:%M}"
    return f"{moment.hour}{NO_BREAK}h" + (f"{NO_BREAK}{moment.minute:02d}" if moment.minute else "")


def local(value: datetime | int) -> datetime:
    """Return a moment (or seconds since 1970) in the site's time zone."""
    moment = datetime.fromtimestamp(value, tz=timezone.get_default_timezone()) if isinstance(value, int) else value
    return timezone.localtime(moment)


def initials(name: str) -> str:
    """Return the first letters of the first two words of a name; a double first name is one. Of no word: its first letter, or a dash."""
    letters = [word[0] for word in name.split() if word[0].isalnum()] or [one for one in name if one.isalnum()][:1]
    return "".join(letters[:2]).upper() or "–"
