from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0008_lock_holders")]

    operations = [migrations.AddField("transit", "back", models.BigIntegerField(null=True))]
