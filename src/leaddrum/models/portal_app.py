"""Our application in a Bitrix24 portal, and what the portal's events have hinted at."""

from django.db import models

from leaddrum.models.company import Company, Person


class PortalApp(models.Model):
    """A local application of one portal. Secrets are sealed (`leaddrum.sealed`); of what is only compared, a digest
    is kept. A portal is known by `member_id`: its address may change."""

    class State(models.TextChoices):
        EXPECTED = "expected"  # named by an administrator here; nobody has installed it yet
        INSTALLED = "installed"
        LOST = "lost"  # its tokens are no good any more: it must be opened by an administrator once, or installed anew
        REMOVED = "removed"  # deleted in the portal

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="portal_app")
    base = models.CharField(max_length=300)  # the portal's REST address, https://portal/rest/
    client_id = models.CharField(max_length=100)
    client_secret = models.TextField()  # sealed
    state = models.CharField(max_length=9, choices=State.choices, default=State.EXPECTED)
    member_id = models.CharField(max_length=64, null=True, unique=True)
    application_token = models.CharField(max_length=64, blank=True)  # SHA-256 of it
    authority = models.CharField(max_length=300, blank=True)  # where tokens are renewed, https://oauth…/
    user = models.PositiveIntegerField(default=0)  # who installed it: as him we ask
    access = models.TextField(blank=True)  # sealed
    refresh = models.TextField(blank=True)  # sealed
    renewed_at = models.DateTimeField(null=True)
    renewing = models.CharField(max_length=32, blank=True)  # whose turn it is to renew the tokens
    renewing_until = models.DateTimeField(null=True)
    bound_at = models.DateTimeField(null=True)  # events, placements, robot and trigger were last looked after
    queue = models.JSONField(default=dict)  # of offline events: whether and as what it is bound, what is to be cleared
    heard_at = models.DateTimeField(null=True)  # it was last looked at
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id"], name="portal_app_client")]

    def __str__(self) -> str:
        return f"{self.base} {self.state}"


class Press(models.Model):
    """A button of the bot in the portal was pressed. Decided in the transaction that wrote this row; `answer` is what
    the bot says to it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    mark = models.CharField(max_length=100)  # the same press told twice has the same one
    at = models.DateTimeField()
    answer = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "presses"
        constraints = [models.UniqueConstraint(fields=["company", "mark"], name="press_mark")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.at}"


class Shadow(models.Model):
    """While a portal is only watched: whom a lead really belongs to there, beside the owner we would have given it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=64)  # as in `Lead.crm_key`
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="shadow_key")]

    def __str__(self) -> str:
        return self.key


class Hint(models.Model):
    """An event named this lead: it is to be read soon (S-39). One row, however often it is named."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=64)  # as in `Lead.crm_key`
    at = models.DateTimeField()  # of the newest event

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="hint_key")]

    def __str__(self) -> str:
        return self.key
