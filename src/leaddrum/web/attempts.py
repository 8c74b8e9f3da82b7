"""What django-axes keeps of who came in and who failed to (settings.AXES_HANDLER)."""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest

from leaddrum import logs


class Attempts(AxesDatabaseHandler):  # type: ignore[misc]  # django-axes is not typed
    """As in the database, but of an address with a secret in it, as of a link to sign in by, only what is no secret: a
    record stays when the link does not count any more, and operators read it."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        _without_secret(request)
        super().user_login_failed(sender, credentials, request, **kwargs)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        _without_secret(request)
        super().user_logged_in(sender, request, user, **kwargs)

    def user_logged_out(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        _without_secret(request)
        super().user_logged_out(sender, request, user, **kwargs)


def _without_secret(request: Any) -> None:
    """`axes_path_info` is what django-axes writes down."""
    path = getattr(request, "axes_path_info", None)
    if path is not None:
        request.axes_path_info = logs.hidden(path)
