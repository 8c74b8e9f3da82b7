import django.db.models.deletion
from django.db import migrations, models

# What runs now is kept from its beginning on; of earlier pauses nothing is known.
FILL = (
    "INSERT INTO leaddrum_pause (company_id, person_id, starts_at, ends_at, why)"
    " SELECT company_id, id, paused_at, NULL, pause_reason FROM leaddrum_person WHERE paused_at IS NOT NULL"
)


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0032_fact_stage"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=200)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="leaddrum.company"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pauses",
                        to="leaddrum.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "starts_at"], name="pause_person")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)), fields=("person",), name="pause_open"
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
