from django.db import migrations, models

from cartable.kernel import clock


class Migration(migrations.Migration):
    dependencies = [("identity", "0009_stated_teams_sealed_secrets")]

    operations = [migrations.AddField("membership", "seen_on", models.DateField(default=clock.today))]
