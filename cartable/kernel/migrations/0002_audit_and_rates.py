
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kernel', '0001_tasks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('key', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('full_at', models.FloatField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('person', models.BigIntegerField(null=True)),
                ('verb', models.CharField(max_length=40)),
                ('kind', models.CharField(default='', max_length=20)),
                ('object', models.BigIntegerField(null=True)),
                ('detail', models.JSONField(default=dict)),
                ('address', models.CharField(default='', max_length=45)),
                ('request', models.CharField(default='', max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'object', '-id'], name='act_object'), models.Index(fields=['person', '-id'], name='act_person')],
            },
        ),
    ]
