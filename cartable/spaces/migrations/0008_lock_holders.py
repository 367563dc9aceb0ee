from typing import Any

from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat


def name(apps: Any, schema_editor: Any) -> None:
    """Locks live for a day at most: those of people keep their taker, those of links end."""
    locks = apps.get_model("spaces", "Lock").objects
    locks.filter(person=None).delete()
    locks.update(holder=Concat(Value("person:"), Cast(F("person"), models.CharField())))


class Migration(migrations.Migration):
    dependencies = [("spaces", "0007_folders_in_a_folder")]

    operations = [
        migrations.AddField("lock", "holder", models.CharField(max_length=40, default=""), preserve_default=False),
        migrations.RunPython(name, migrations.RunPython.noop),
        migrations.RemoveField("lock", "person"),
    ]
