"""The application: what is set up with it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class LeadDrum(AppConfig):
    name = "leaddrum"
    verbose_name = "LeadDrum"

    def ready(self) -> None:
        from leaddrum.facts import views

        pre_migrate.connect(views.drop, sender=self)
        post_migrate.connect(views.make, sender=self)
