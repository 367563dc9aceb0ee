from typing import Any

from django.db import migrations, models


def believe(apps: Any, schema_editor: Any) -> None:
    """Who administers a part of the ministry could only register for structures: what is for all, an operator knows."""
    apps.get_model("oidc", "Application").objects.filter(structures=None).update(inside=True)


class Migration(migrations.Migration):
    dependencies = [("oidc", "0003_one_key_at_a_time")]

    operations = [
        migrations.AddField("application", "inside", models.BooleanField(default=False)),
        migrations.RunPython(believe, migrations.RunPython.noop),
        migrations.AddField("application", "scim_day", models.DateField(null=True)),
    ]
