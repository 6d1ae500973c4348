"""The errors of the database layer."""


class DatabaseError(Exception):
    """Root of every error this layer raises on purpose."""


class DatabaseFailedError(DatabaseError):
    """The database itself fails, whatever was asked of it. The message does not say where it is: the log does."""


class DatabaseUnreachableError(DatabaseFailedError):
    """The database cannot be opened with the configured URL."""


class DatabaseDamagedError(DatabaseFailedError):
    """The database's file is damaged, or is none."""


class DatabaseFullError(DatabaseFailedError):
    """There is no room left for the database to write."""


class DatabaseReadOnlyError(DatabaseFailedError):
    """The database may be read only."""


class DatabaseBusyError(DatabaseFailedError):
    """The database took too long: another process kept it, or it has too much to do."""


class DatabaseRefusedError(DatabaseFailedError):
    """The server does not let Lungline's account in, or lacks the database, or the account lacks a right there."""


class DatabaseReplacedError(DatabaseFailedError):
    """The database was deleted, or another one stands in its place."""


class SchemaOutdatedError(DatabaseError):
    """The database has another schema version than this program."""


class NotFoundError(DatabaseError):
    """No such patient, stay, film or flag."""


class ConflictError(DatabaseError):
    """The change contradicts what is stored (a second open stay, an occupied bed, a film already retracted…)."""
