"""What is said to who names people, in sentences."""

from collections.abc import Sequence

from django.utils.translation import ngettext


def told_of(unaware: Sequence[str]) -> str:
    """Say to who named people that these may not read the pad; nothing if they all may."""
    if not unaware:
        return ""
    sentence = ngettext(
        "%(names)s ne peut pas lire ce pad. Partagez-le pour que votre mention lui parvienne.",
        "%(names)s ne peuvent pas lire ce pad. Partagez-le pour que votre mention leur parvienne.",
        len(unaware),
    )
    return sentence % {"names": ", ".join(unaware)}
