import io
import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from cartable.identity.feeds import keeping
from cartable.options import options
from tests.worlds import academies


@pytest.fixture(autouse=True)
def places(db, tmp_path, monkeypatch):
    """The academies, and a data folder of their own for raw files."""
    monkeypatch.setattr(keeping, "options", replace(options, data=tmp_path / "data"))
    (tmp_path / "data").mkdir()
    academies()


class Import:
    """`cartable directory import --json`, as a program runs it."""

    def __call__(self, path, source="DIJON", *flags, **_):
        out, err = io.StringIO(), io.StringIO()
        self.refusal = None
        try:
            call_command("directory", "import", str(path), "--source", source, "--json", *flags, stdout=out, stderr=err)
        except CommandError as refusal:
            self.refusal = str(refusal)
        self.said = err.getvalue()
        self.answer = json.loads(out.getvalue())
        self.lines, self.stopped = self.answer.pop("lines"), self.answer.pop("stopped")
        return {what: count for what, count in self.answer.items() if count}

    def refused(self, path, source="DIJON", *flags):
        """Return the line that says why nothing was applied."""
        assert self(path, source, *flags) == {}
        assert self.refusal
        return self.refusal


@pytest.fixture
def take(db):
    return Import()
