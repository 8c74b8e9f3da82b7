"""The ways out. A new one is a short file and a line here."""

from leaddrum.channels.base import Channel
from leaddrum.channels.email import Email
from leaddrum.channels.inapp import InApp
from leaddrum.channels.push import Push
from leaddrum.channels.telegram import Telegram
from leaddrum.channels.webhook import Webhook

CHANNELS: dict[str, Channel] = {
    "inapp": InApp(),
    "email": Email(),
    "telegram": Telegram(),
    "push": Push(),
    "webhook": Webhook(),
}
