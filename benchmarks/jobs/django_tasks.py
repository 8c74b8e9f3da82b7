"""django-tasks with its database backend: a task with `run_after` the deadline, several worker processes."""

import os
import sys
from datetime import timedelta

import dj_database_url
import django
from django.conf import settings
from django.core.management import call_command

from benchmarks.jobs import body

_where = os.environ.get("BENCH_DATABASE", "")
if _where and not settings.configured:
    if _where.startswith("postgres"):
        _database = dict(dj_database_url.parse(_where), CONN_MAX_AGE=None)
    else:
        options = {"timeout": 60, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=NORMAL"}
        _database = {"ENGINE": "django.db.backends.sqlite3", "NAME": _where, "OPTIONS": options}
    settings.configure(
        INSTALLED_APPS=["django_tasks_db"],
        DATABASES={"default": _database},
        TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}},
        USE_TZ=True,
        SECRET_KEY="benchmark",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()

from django.db import connection, transaction  # noqa: E402  after the settings
from django.utils import timezone  # noqa: E402
from django_tasks import task  # noqa: E402


@task()
def hand_over(cycle: int) -> None:
    if connection.vendor == "postgresql":
        read, write = (text.decode() for text in body.for_psycopg())
        with connection.cursor() as cursor:
            cursor.execute(read, {"id": cycle})
            if rows := cursor.fetchall():
                cursor.execute(write, body.decide(cycle, rows))
    else:
        with connection.cursor() as cursor:
            body.hand_over(cursor.connection, cycle)
    if body.next_too():
        hand_over.using(run_after=timezone.now() + timedelta(minutes=30)).enqueue(cycle)


def fill() -> None:
    from benchmarks.jobs.django_tasks import hand_over as named  # by its importable name, not __main__'s

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        for cycle in body.cycles():
            named.using(run_after=timezone.now()).enqueue(cycle)


def work() -> None:
    call_command("db_worker", interval=0.05, startup_delay=False, reload=False, verbosity=0)


if __name__ == "__main__":
    {"fill": fill, "work": work}[sys.argv[1]]()
