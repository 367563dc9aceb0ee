import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import cartable.kernel.clock

LEFT = """
UPDATE identity_person SET left_on = (
    SELECT MAX(p."end") FROM identity_posting p WHERE p.person_id = identity_person.id AND NOT p.cancelled
)
WHERE NOT EXISTS (
    SELECT 1 FROM identity_posting p WHERE p.person_id = identity_person.id AND NOT p.cancelled AND p."end" IS NULL
)
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_delegations")]

    operations = [
        migrations.CreateModel(
            name="FormerAddress",
            fields=[("digest", models.BinaryField(max_length=32, primary_key=True, serialize=False))],
        ),
        migrations.AddField("person", "erased_at", models.DateTimeField(null=True)),
        migrations.AddField("person", "left_on", models.DateField(null=True)),
        migrations.RunSQL(LEFT, migrations.RunSQL.noop),
        migrations.AddIndex(
            "person", models.Index(condition=Q(("left_on__isnull", False)), fields=["left_on"], name="left_when")
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("secondment", "Secondment"),
                            ("availability", "Availability"),
                            ("parental", "Parental"),
                            ("sick", "Sick"),
                        ],
                        max_length=12,
                    ),
                ),
                ("start", models.DateField()),
                ("end", models.DateField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="identity.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("end", None), ("end__gt", F("start")), _connector="OR"),
                        name="an_absence_lasts_a_day",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Farewell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("left_on", models.DateField()),
                ("said", models.CharField(max_length=10)),
                ("at", models.DateTimeField(default=cartable.kernel.clock.now)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.person"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "left_on", "said"), name="said_once")]
            },
        ),
    ]
