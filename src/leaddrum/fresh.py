"""Tables in an empty database: those that the migrations would end with, made at once.

Django draws every model anew after every step of every migration, which takes an empty database several seconds for
tables that stay empty. What the migrations would leave there is known before: so it is made, and they are recorded.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

Target = tuple[str, str]  # an app and its migration


def is_empty() -> bool:
    """Whether no migration has run here and no table of the newest ones is there."""
    loader = MigrationExecutor(connection).loader
    if loader.applied_migrations:
        return False
    state = loader.project_state()
    wanted = {str(model.options.get("db_table") or f"{app}_{name}") for (app, name), model in state.models.items()}
    return wanted.isdisjoint(connection.introspection.table_names())


def lay(targets: Iterable[Target] | None = None) -> ProjectState:
    """Make the tables as they are after these migrations, in one transaction; the database has none of them.

    Migrations that fill tables are passed over: there is nothing yet to fill them from.

    Args:
        targets: None: the newest ones.
    """
    executor = MigrationExecutor(connection)
    asked = executor.loader.graph.leaf_nodes() if targets is None else list(targets)
    plan = executor.migration_plan(asked, clean_start=True)
    state = ProjectState(real_apps=executor.loader.unmigrated_apps)
    for migration, _backwards in plan:
        migration.mutate_state(state, preserve=False)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    with connection.schema_editor(atomic=True) as editor:
        for app, name in state.models:
            model = state.apps.get_model(app, name)
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for migration, _backwards in plan:
            recorder.record_applied(migration.app_label, migration.name)
    return state
