from typing import Any

from django.db import migrations, models


def forget(apps: Any, _editor: Any) -> None:
    """Count from nothing again: of hours that began before it is not known how many members there were."""
    apps.get_model("feeds", "ScimHour").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("feeds", "0006_sealed_resources")]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.AddField("scimhour", "members", models.IntegerField(default=0)),
        migrations.AddField("scimhour", "joined", models.IntegerField(default=0)),
        migrations.AddField("scimhour", "left", models.IntegerField(default=0)),
    ]
