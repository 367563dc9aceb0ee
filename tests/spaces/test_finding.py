"""Search by name, as people type it."""

import pytest
from django.db import connection

from cartable.kernel.letters import plain, plain_sql
from cartable.spaces import finding
from tests.worlds import put


def names(actor, text):
    return [one.entry.name for one in finding.by_name(actor, text)]


@pytest.mark.parametrize("typed", ["éruption", "Eruption", "ÉRUP", "erup", "ÇA", "cœur", "COEUR", "du cœur", "ion ça"])
def test_neither_case_nor_accents_count(world, typed):
    put(world.ada, world.maths, "Éruption ça du Cœur.pdf")
    assert names(world.ada, typed) == ["Éruption ça du Cœur.pdf"]
    assert names(world.eve, typed) == []


@pytest.mark.parametrize("typed", ["%", "__", "\\", "é", ""])
def test_signs_of_sql_mean_themselves(world, typed):
    put(world.ada, world.maths, "50_pour%cent.txt")
    assert names(world.ada, typed) == []
    assert names(world.ada, "_pour%") == ["50_pour%cent.txt"]


def test_both_databases_compare_letters_alike(db):
    texts = ("Éruption", "L’Œuvre", "ÀÂÄÉÈÊËÎÏÔÖÙÛÜÇÑ", "ﬁn", "x²", "A.b_c-D", "e\u0301")
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(f"SELECT {plain_sql('given.text')} FROM (SELECT %s AS text) AS given", [text])
            assert cursor.fetchone() == (plain(text),)
