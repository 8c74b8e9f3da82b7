"""The clock after a take (S-38)."""

from django.db import models

from leaddrum.models.company import Company, Person
from leaddrum.models.engine import Cycle


class Aftercare(models.Model):
    """Until when somebody has to be in touch with the client of a lead that was taken. Written by the engine alone, and
    only where a drum asks for it."""

    class State(models.TextChoices):
        RUNNING = "running"
        CONTACTED = "contacted"
        MOVED_ON = "moved_on"
        FALSE = "false"  # taken for show: an incident was written, the drum turns again

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    cycle = models.OneToOneField(Cycle, on_delete=models.CASCADE, related_name="aftercare")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    policy_version = models.PositiveIntegerField()
    budget = models.PositiveIntegerField()  # working seconds
    taken_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)  # NULL: he was reminded
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # when a tick must look at it next
    read_at = models.DateTimeField(null=True)  # the contacts that a CRM apart keeps were last read
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)

    class Meta:
        verbose_name_plural = "aftercare"
        indexes = [
            models.Index(fields=["company", "next_at"], name="aftercare_due", condition=models.Q(next_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.state}"
