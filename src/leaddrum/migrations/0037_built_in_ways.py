from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leaddrum", "0036_cycle_taken"),
    ]

    operations = [
        migrations.AlterField(
            model_name="way",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mailbox", "Mailbox"),
                    ("smtp", "Smtp"),
                    ("form", "Form"),
                    ("calls", "Calls"),
                    ("chat", "Chat"),
                    ("telegram", "Telegram"),
                    ("page", "Page"),
                    ("api", "Api"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="way",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "page")), fields=("company", "drum"), name="way_page"
            ),
        ),
        migrations.AddConstraint(
            model_name="way",
            constraint=models.UniqueConstraint(condition=models.Q(("kind", "api")), fields=("company",), name="way_api"),
        ),
    ]
