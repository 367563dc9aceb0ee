"""Options as a test needs them."""

import dataclasses

from cartable.options import Options, options


def having(**values: object) -> Options:
    """Return the options of the tests, but for these. For `monkeypatch.setattr(module, "options", …)`."""
    return dataclasses.replace(options, **values)
