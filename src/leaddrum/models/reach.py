"""How people are reached besides the pages, the company's own posts, and what became of each message."""

from django.db import models

from leaddrum.models.company import Company, Department, Person
from leaddrum.models.engine import Cycle, Effect


class Reach(models.Model):
    """One address of one person: his account in a messenger, a browser of his. Of his mailbox, which the company file
    names, there is a row only after it has refused a message."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reaches")
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=1000)
    title = models.CharField(max_length=200, blank=True)  # what he knows it by: "@anna", "Firefox"
    secret = models.JSONField(default=dict)  # what writing to it takes: the keys of a browser
    created_at = models.DateTimeField()
    broken_at = models.DateTimeField(null=True)  # since when it refuses everything
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "reaches"
        constraints = [models.UniqueConstraint(fields=["company", "channel", "address"], name="reach_address")]
        indexes = [models.Index(fields=["channel", "address"], name="reach_channel")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.channel}"


class Outlet(models.Model):
    """Where a company, or one department of it, hears of its leads as a group: a team's chat, another program."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    department = models.ForeignKey(Department, on_delete=models.CASCADE, null=True)  # NULL: everybody's
    channel = models.CharField(max_length=16)  # telegram | webhook
    address = models.CharField(max_length=1000)
    title = models.CharField(max_length=200, blank=True)
    shape = models.CharField(max_length=8, blank=True)  # of a webhook: json | text (Slack, Mattermost)
    secret = models.CharField(max_length=200, blank=True)  # of a webhook: the salt its secret is made with
    kinds = models.JSONField(default=list)  # of the notices that are sent there
    created_at = models.DateTimeField()
    broken_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["channel", "address"], name="outlet_channel")]

    def __str__(self) -> str:
        return f"{self.channel} {self.title}"


class LinkCode(models.Model):
    """A code that binds a messenger's account to a person, or a chat to a company: once, for some minutes."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True)  # NULL: it binds a team's chat
    department = models.ForeignKey(Department, on_delete=models.CASCADE, null=True)  # whose chat
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.company_id} {self.created_at:%d.%m.%Y %H:%M}"


class Posted(models.Model):
    """A message in a chat, to be changed as its turn goes on. Written before it is sent: whoever finds it without its
    number after a crash knows that it may be there already."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    effect = models.OneToOneField(Effect, on_delete=models.CASCADE, db_constraint=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, null=True, db_index=False, db_constraint=False)
    turn_number = models.PositiveIntegerField(default=0)
    chat = models.CharField(max_length=64)
    message = models.BigIntegerField(null=True)  # its number in that chat
    bot = models.BigIntegerField(null=True)  # whose message it is: another bot counts anew in the same chat
    running = models.BooleanField(default=False)  # the turn it is about is not over yet, as far as the chat is told

    class Meta:
        verbose_name_plural = "posted"
        indexes = [
            models.Index(fields=["company", "id"], name="posted_running", condition=models.Q(running=True)),
            models.Index(fields=["cycle", "turn_number"], name="posted_turn"),
            models.Index(fields=["chat", "message"], name="posted_message"),
        ]

    def __str__(self) -> str:
        return f"{self.chat}/{self.message}"


class Delivery(models.Model):
    """One attempt to get one notice through one channel, and what came of it (S-45, S-47). Append-only."""

    class Result(models.TextChoices):
        DONE = "done"
        LATER = "later"  # put off by the receiver, or the way was closed
        REFUSED = "refused"  # this channel will never deliver it

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, null=True, db_index=False, db_constraint=False)
    turn_number = models.PositiveIntegerField(default=0)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    outlet = models.BigIntegerField(null=True)  # it went to the company's post of that number, not to him alone
    kind = models.CharField(max_length=16)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()
    result = models.CharField(max_length=8, choices=Result.choices)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["cycle", "turn_number"], name="delivery_turn")]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.result}"


class Pacing(models.Model):
    """When a bot, one of its thirty places, or one chat may have the next call: what the processes that send by it know
    of each other. Lost in a crash of the database, and made anew (on PostgreSQL it is not logged)."""

    bot = models.BigIntegerField()
    key = models.CharField(max_length=80)  # shut | place:1 … place:30 | chat:NUMBER
    free_at = models.DateTimeField()  # by the database's clock

    class Meta:
        verbose_name_plural = "pacing"
        constraints = [models.UniqueConstraint(fields=["bot", "key"], name="pacing_key")]

    def __str__(self) -> str:
        return f"{self.bot} {self.key}"


class Remembered(models.Model):
    """What an installation made or learned once: its key pair for browsers, the name of its bot."""

    name = models.CharField(max_length=32, unique=True)
    value = models.TextField()

    def __str__(self) -> str:
        return self.name
