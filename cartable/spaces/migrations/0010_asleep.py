from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0009_calling_back")]

    operations = [
        migrations.AddField("grant", "asleep", models.BooleanField(default=False)),
        migrations.AddField("grant", "resumes_until", models.DateTimeField(null=True)),
        migrations.AddField("space", "asleep", models.BooleanField(default=False)),
    ]
