"""A company's Bitrix24 portal: where it is, what is watched there, and what we have made in it. No secret is here."""

from django.db import models

from leaddrum.models.company import Company


class Portal(models.Model):
    """`org` is the portal as last read: people, departments, stages, working time; the company is made of it and of the
    company file. `spent` is what `leaddrum.crm.bitrix24.budget` has booked, one budget for every process."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="portal")
    base = models.CharField(max_length=300)  # https://portal/rest/
    member_id = models.CharField(max_length=32, null=True, unique=True)  # the portal's lasting name, of an application
    application = models.BooleanField(default=False)  # reached with an application's tokens, not by a webhook
    user = models.PositiveBigIntegerField(default=0)  # the employee whose access it is
    settings = models.JSONField(default=dict)  # the company file's section
    plan = models.JSONField(default=dict)  # scopes, features, limits found when it was connected
    org = models.JSONField(default=dict)
    journal = models.JSONField(default=dict)  # the universal list: its number, field code -> PROPERTY_n, enum values
    bot = models.JSONField(default=dict)  # its number, what of its events was read
    spent = models.JSONField(default=dict)
    synced_at = models.DateTimeField(null=True)  # people were read
    trouble = models.TextField(blank=True)  # of what is done beside the leads: the list, the bot, the people

    def __str__(self) -> str:
        return self.base
