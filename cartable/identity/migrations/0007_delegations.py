import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import cartable.kernel.clock


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0006_team_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='team',
            name='closed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='team',
            name='structure',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.structure'),
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('admin', 'Admin'), ('support', 'Support'), ('dpo', 'Dpo'), ('auditor', 'Auditor')], max_length=10)),
                ('start', models.DateField()),
                ('end', models.DateField(null=True)),
                ('given_at', models.DateTimeField(default=cartable.kernel.clock.now)),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL)),
                ('structure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.structure')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=Q(('end', None), ('end__gte', F('start')), _connector='OR'), name='a_delegation_ends_after_it_starts')],
            },
        ),
    ]
