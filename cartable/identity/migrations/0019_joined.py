from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def directly(apps: Any, _editor: Any) -> None:
    """Have each school that became another one have joined that: by which steps is not known of those."""
    structures = apps.get_model("identity", "Structure").objects.filter(kind="school")
    structures.exclude(successor=None).update(joined=F("successor"))


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0018_no_claimant'),
    ]

    operations = [
        migrations.AddField(
            model_name='structure',
            name='joined',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.structure'),
        ),
        migrations.AddField(
            model_name='posting',
            name='stated',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.structure'),
        ),
        migrations.RunPython(directly, migrations.RunPython.noop),
    ]
