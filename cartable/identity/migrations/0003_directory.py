from django.db import migrations, models

from cartable.kernel.text_index import made


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_since'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='listed',
            field=models.BooleanField(default=True),
        ),
        made('people'),
    ]
