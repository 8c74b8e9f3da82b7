"""Ways in: what each one is set to, how it fares, and what came by it besides a lead's own words."""

from django.db import models

from leaddrum.models.company import Company, Person
from leaddrum.models.drum import Drum
from leaddrum.models.lead import Lead, Request

BUILT_IN = frozenset({"page", "api"})  # kinds of ways that every company has without setting them up


class Way(models.Model):
    """One mailbox, one form of a site, one telephony, one messenger: by which a company's leads come in. Also the form
    page of each drum and the API, from their first request on.

    `token` is the last part of its address. What proves a sender is either made from the installation's key (our own
    secret, `generation` counts its renewals) or given by the other side and kept in `sealed`, which only a process with
    that key can read (`leaddrum.sealed`).
    """

    class Kind(models.TextChoices):
        MAILBOX = "mailbox"  # read by IMAP
        SMTP = "smtp"  # mail delivered to our own listener
        FORM = "form"  # a form of a site
        CALLS = "calls"
        CHAT = "chat"  # a messenger's gateway
        TELEGRAM = "telegram"  # a bot that clients write to
        PAGE = "page"  # the form page of a drum: every company has these two, see `engine.built_in`
        API = "api"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="ways")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    preset = models.CharField(max_length=16, blank=True)  # whose format: a key of the kind's formats
    name = models.CharField(max_length=100)
    drum = models.ForeignKey(Drum, on_delete=models.SET_NULL, null=True)  # NULL: the routes decide
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    token = models.CharField(max_length=64, unique=True)
    generation = models.PositiveIntegerField(default=1)
    active = models.BooleanField(default=True)  # of a built-in one: whether it is watched
    created_at = models.DateTimeField()
    position = models.JSONField(default=dict)  # how far the other side has been read
    held_by = models.CharField(max_length=100, blank=True)  # the process that reads it, until:
    held_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # the other side last spoke to us, or answered
    lead_at = models.DateTimeField(null=True)
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, db_index=False)  # the last one
    trouble = models.TextField(blank=True)  # why it does not work now; empty: it does
    trouble_at = models.DateTimeField(null=True)
    trouble_told_at = models.DateTimeField(null=True)  # who runs the company knows of it; NULL: nobody was told
    quiet_since = models.DateTimeField(null=True)  # nothing has come by it since, as far as we could hear
    look_at = models.DateTimeField(null=True)  # before that it cannot have been silent for long; NULL: look now
    silent_told_at = models.DateTimeField(null=True)  # who runs the company knows that it is silent; NULL: it is not
    usual_pause = models.PositiveIntegerField(default=0)  # seconds of working time: the longest before that silence
    last_payload = models.JSONField(null=True)  # for the page that maps fields

    trying = False  # no column: a test of ours is under way by it, which says nothing of the other side

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "drum"], name="way_page", condition=models.Q(kind="page")),
            models.UniqueConstraint(fields=["company"], name="way_api", condition=models.Q(kind="api")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_built_in(self) -> bool:
        """Every company has it without setting it up, so it can only be watched or not."""
        return self.kind in BUILT_IN

    @property
    def is_gone(self) -> bool:
        """A form page whose drum has left the company file: it is closed until the drum comes back."""
        return self.kind == self.Kind.PAGE and (self.drum is None or not self.drum.active)

    @property
    def is_silent(self) -> bool:
        """Nothing comes by it, those who run the company know, and nothing has come since."""
        if not self.active or self.trouble or self.silent_told_at is None:
            return False
        return self.quiet_since is not None and self.quiet_since <= self.silent_told_at


class Knock(models.Model):
    """A call of a way that has proved who sent it and waits at the door to be taken in: as it came, until it is."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    way = models.ForeignKey(Way, on_delete=models.CASCADE, db_index=False)
    received_at = models.DateTimeField()
    headers = models.JSONField(default=dict)  # what is needed to read it; nothing that proves a sender
    query = models.JSONField(default=dict)
    body = models.BinaryField()
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.way_id} {self.received_at:%H:%M:%S}"


class KeptFile(models.Model):
    """Shown as a download, never opened here."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)  # the sender's word for its type
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Attachment(KeptFile):
    """A file that came with a request."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="attachments")


class Touch(models.Model):
    """Somebody of ours and a client were in contact: a call, a mail, a message, a comment. Also a call nobody answered.

    `external_id` is the other side's number of it: told twice, it stands here once. A call that runs has no `ended_at`.
    """

    class Kind(models.TextChoices):
        CALL = "call"
        MAIL = "mail"
        CHAT = "chat"
        COMMENT = "comment"  # an internal note: it never counts as a take (S-54)

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, null=True, related_name="touches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    outward = models.BooleanField()  # from us to the client
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(default=0)  # of talk; 0 of a call: nobody answered
    note = models.CharField(max_length=500, blank=True)
    external_id = models.CharField(max_length=200, null=True)

    class Meta:
        verbose_name_plural = "touches"
        constraints = [models.UniqueConstraint(fields=["company", "external_id"], name="touch_external_id")]
        indexes = [
            models.Index(fields=["company", "started_at"], name="touch_calls", condition=models.Q(kind="call")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%d.%m.%Y %H:%M}"


PERHAPS = "perhaps delivered: "  # in front of the error of a reply that the client may have


class Reply(models.Model):
    """What goes back to a client: an automatic answer with a promise, or what somebody of ours writes to him. It is
    written in the same commit as its reason, and sent afterwards."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    way = models.ForeignKey(Way, on_delete=models.CASCADE, db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="replies")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False)  # NULL: the drum itself
    to = models.CharField(max_length=254)  # an address, a conversation
    follows = models.CharField(max_length=200, blank=True)  # number of the message it answers
    text = models.TextField()
    promised_by = models.DateTimeField(null=True)  # of an automatic answer: by when he was told that we answer
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    ready_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "replies"
        indexes = [
            models.Index(fields=["ready_at"], name="reply_pending", condition=models.Q(state="pending")),
            models.Index(
                fields=["company", "created_at"], name="reply_promised", condition=models.Q(promised_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to} {self.state}"

    @property
    def in_doubt(self) -> bool:
        """Nobody knows whether the client has it (S-40)."""
        return self.state == self.State.FAILED and self.error.startswith(PERHAPS)


class Enclosure(KeptFile):
    """A file that goes to a client with a reply."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="enclosures")
