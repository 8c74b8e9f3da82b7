import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0021_answered_notices"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="cycle",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["company", "state", "drum", "hold_reason", "opened_at", "lead"],
                name="cycle_waiting",
            ),
        ),
        migrations.RemoveIndex(model_name="cycle", name="cycle_state"),
        migrations.AddIndex(
            model_name="lead", index=models.Index(fields=["owner", "stage", "arrived_at"], name="lead_owner")
        ),
        # As plain SQL: SQLite's schema editor would write the whole table anew for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL('DROP INDEX IF EXISTS "leaddrum_lead_owner_id_22ee8922"')],
            state_operations=[
                migrations.AlterField(
                    model_name="lead",
                    name="owner",
                    field=models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="leaddrum.person"
                    ),
                ),
            ],
        ),
    ]
