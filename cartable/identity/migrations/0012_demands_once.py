from typing import Any

from django.db import migrations, models
from django.db.models import Min, Q


def keep_the_first(apps: Any, _editor: Any) -> None:
    """Delete what was asked again in the same words: two who asked at once made two rows, and nobody could ask a third time."""
    demands = apps.get_model("identity", "Demand").objects
    first = demands.order_by().values("function", "structure").annotate(first=Min("pk")).values("first")
    demands.exclude(pk__in=first).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0011_addresses_claimed_and_to_come"),
    ]

    operations = [
        migrations.RunPython(keep_the_first, migrations.RunPython.noop),
        migrations.AddConstraint(
            "demand", models.UniqueConstraint(fields=["function", "structure"], name="asked_once_there")
        ),
        migrations.AddConstraint(
            "demand",
            models.UniqueConstraint(fields=["function"], condition=Q(structure=None), name="asked_once_everywhere"),
        ),
    ]
