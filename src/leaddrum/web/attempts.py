"""What django-axes keeps of who came in and who failed to (settings.AXES_HANDLER)."""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest

from leaddrum import logs


class Attempts(AxesDatabaseHandler):  # type: ignore[misc]  # django-axes is not typed
    """As in the database, but of an address with a secret in it, as of a link to sign in by, only what is no secret: a
    record stays when the link does not count any more, and operators read it."""

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        seen: Any = request  # with what django-axes noted on it
        seen.axes_path_info = logs.hidden(seen.axes_path_info)
        super().user_logged_in(sender, request, user, **kwargs)
