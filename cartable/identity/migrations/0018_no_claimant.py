from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0017_claims_by_record'),
        ('feeds', '0012_claims_by_record'),  # which reads it
    ]

    operations = [
        migrations.RemoveField(model_name='address', name='claimed_by'),
    ]
