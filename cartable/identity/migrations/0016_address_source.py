from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0015_deaths'),
    ]

    operations = [
        migrations.AddField(
            model_name='address',
            name='source',
            field=models.CharField(default='', max_length=40),
        ),
    ]
