"""Acts of the audit trail in words: no verb of the product lacks any."""

import ast
from pathlib import Path

import cartable
from cartable.identity.signing_in import EVENTS
from cartable.portal import deeds


def recorded():
    """Every verb that a call of `audit.record`, `record_once` or `record_each` spells, whole or as one of two."""
    for source in Path(cartable.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(source.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {
                "audit.record",
                "audit.record_once",
                "audit.record_each",
            }:
                spelled = ast.walk(call.args[0])
                yield from (
                    one.value for one in spelled if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


def test_every_verb_has_words():
    verbs = {verb for verb in recorded() if verb != "link."} | set(EVENTS.values())
    assert len(verbs) > 60
    assert sorted(verbs - set(deeds.VERBS)) == []


def test_an_act_of_another_version_is_called_by_its_name():
    assert deeds.spelled("pad.close") == ("info", "pad.close")
