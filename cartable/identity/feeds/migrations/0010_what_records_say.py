from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0009_fewer_indexes'),
        ('identity', '0016_address_source'),
    ]

    operations = [
        migrations.AddField(
            model_name='row',
            name='said',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='personkey',
            name='by',
            field=models.BinaryField(max_length=16, null=True),
        ),
    ]
