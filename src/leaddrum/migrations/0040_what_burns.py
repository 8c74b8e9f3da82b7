from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0039_kept_without_secrets"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="cycle", name="cycle_waiting"),
        migrations.AddIndex(
            model_name="cycle",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["company", "state", "drum", "hold_reason", "opened_at", "lead", "misses", "due_at"],
                name="cycle_waiting",
            ),
        ),
    ]
