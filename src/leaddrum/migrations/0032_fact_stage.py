from typing import Any

from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    """Where every lead stands, to the second as facts are; and the dimensions are looked at again, for there is one
    more. One statement each: the leads are found by their key."""
    second = "date_trunc('second', l.moved_at)"
    if schema_editor.connection.vendor == "sqlite":
        second = "substr(l.moved_at, 1, 19)"
    schema_editor.execute(
        f"UPDATE leaddrum_factlead SET stage_id = l.stage_id, moved_at = {second}"  # noqa: S608 - of our own
        " FROM leaddrum_lead l WHERE l.id = leaddrum_factlead.lead_id"
    )
    apps.get_model("leaddrum", "Keeping").objects.update(described=-1)


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0031_files_to_clients"),
    ]

    operations = [
        migrations.AddField(
            model_name="factlead",
            name="stage_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="factlead",
            name="moved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
