"""Drums, the versions of their policies, and each person's standing in a drum."""

from django.db import models

from leaddrum.models.company import Company, Person


class Drum(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)  # the newest policy
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    release_at = models.DateTimeField(null=True)  # when the next look at this drum's held leads is worth while

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="drum_key")]
        indexes = [
            models.Index(
                fields=["company", "release_at"], name="drum_release", condition=models.Q(release_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """A drum's settings, one row a version, never changed: a turn names the version it runs under (S-37)."""

    drum = models.ForeignKey(Drum, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    spec = models.JSONField()  # leaddrum.core.policy.Policy.to_spec()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [models.UniqueConstraint(fields=["drum", "version"], name="policy_version")]

    def __str__(self) -> str:
        return f"{self.drum_id}/{self.version}"


class Standing(models.Model):
    """What a person has had from a drum so far: what `circle` and `weighted` choose by."""

    drum = models.ForeignKey(Drum, on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    last_offer_at = models.DateTimeField(null=True)
    credit = models.FloatField(default=0.0)  # deficit ledger of `weighted`, in leads
    open_leads = models.PositiveIntegerField(default=0)  # taken by him in this drum and not closed: `least_loaded`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["drum", "person"], name="standing_person")]

    def __str__(self) -> str:
        return f"{self.drum_id}/{self.person_id}"
