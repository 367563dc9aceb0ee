from django.db import migrations

from cartable.kernel.text_index import made


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0013_fewer_indexes'),
    ]

    operations = [
        made('people', again=True),
        made('places'),
    ]
