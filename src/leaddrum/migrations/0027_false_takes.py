from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0026_shadows"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("turn_number", 0)),
                fields=["company", "missed_at", "person", "drum", "annulled_at", "turn_number"],
                name="incident_false",
            ),
        ),
    ]
