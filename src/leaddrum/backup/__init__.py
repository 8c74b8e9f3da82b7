"""`leaddrum backup` and `restore`: everything as one zip of JSON lines, the same for both databases.

A backup is one snapshot (SQLite: one read transaction of the write-ahead log; PostgreSQL: REPEATABLE READ) and stops
nobody. It can be restored into the other kind of database, and into a newer release: the tables are first made as they
were, filled, and then migrated forward. A restore happens wholly or not at all: SQLite is built beside the old file and
put in its place at the end, PostgreSQL does it in one transaction.
"""

from leaddrum.backup.archive import Done
from leaddrum.backup.restoring import CannotRestoreError, read
from leaddrum.backup.writing import CannotBackUpError, write

__all__ = ["CannotBackUpError", "CannotRestoreError", "Done", "read", "write"]
