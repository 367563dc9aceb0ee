from typing import Any

from django.db import migrations, models
from django.db.models import Count, Max


def number_again(apps: Any, _editor: Any) -> None:
    """Tell apart records of a person that an undone merge and another left with one number; the next feed looks at them again."""
    rows = apps.get_model("feeds", "Row").objects.order_by("pk")
    alike = rows.exclude(person=None).order_by().values("person", "feed", "part").annotate(count=Count("pk"))
    for same in alike.filter(count__gt=1).values("person", "feed", "part"):
        numbers = list(rows.filter(**same).values_list("pk", flat=True))
        rows.filter(pk__in=numbers).update(hash=b"")
        last = rows.filter(person=same["person"], feed=same["feed"]).aggregate(last=Max("part"))["last"]
        for part, number in enumerate(numbers[1:], last + 1):
            rows.filter(pk=number).update(part=part)


class Migration(migrations.Migration):
    dependencies = [("feeds", "0007_who_leaves_a_team")]

    operations = [
        migrations.RunPython(number_again, migrations.RunPython.noop),
        migrations.AddConstraint(
            "row", models.UniqueConstraint(fields=["person", "feed", "part"], name="one_part_per_row")
        ),
    ]
