"""The pages as a WSGI application, for any server, and the door in front of them."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaddrum.settings")
pages = get_wsgi_application()

from leaddrum.web.door import Door  # noqa: E402 - needs the settings

application = Door(pages)
