"""How the bytes of an upload reach whoever keeps them, without holding a thread for as long as the client takes.

An early view looks at the request alone (who, where, how much) and answers a `Reception`; the server then gathers
the body itself and hands it over in large blocks, each in a thread, one after the other, never two at once.
"""

from typing import Protocol

from django.http.response import HttpResponseBase


class Reception(Protocol):
    """One body being received. Exactly one of `finish` and `abort` is called, last and once."""

    def write(self, block: bytes) -> HttpResponseBase | None:
        """Keep the next bytes; use no database here. An answer, a refusal, ends the upload: `abort` follows."""
        ...

    def finish(self) -> HttpResponseBase:
        """Make visible what was received: the whole body is there. The answer is sent to the client."""
        ...

    def abort(self) -> None:
        """Leave nothing: the client left, the body was cut, `write` refused or raised, or the server is stopping."""
        ...
