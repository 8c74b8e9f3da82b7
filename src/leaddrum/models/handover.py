"""Hand-overs from colleague to colleague, as they were asked for and answered."""

from django.db import models

from leaddrum.models.company import Company, Person
from leaddrum.models.engine import Cycle


class Handover(models.Model):
    """The holder of a turn asks a colleague to take it over. It is open while it has no answer and its turn runs."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="handovers")
    turn_number = models.PositiveIntegerField()
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    receiver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=9, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "turn_number"], name="handover_open", condition=models.Q(answered_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["receiver"], name="handover_asked", condition=models.Q(answered_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id}/{self.turn_number} {self.giver_id} > {self.receiver_id}"
