"""Memory that is free given back to the system: glibc keeps, for a process that lives long, most of what it once needed (malloc_trim(3))."""

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other libraries have no such word, and less need


def give_back() -> None:
    """Give back what is free. Measured: 20 ms for 270 MB of 300 documents, half a millisecond where there is nothing."""
    if _trim is not None:
        _trim(0)
