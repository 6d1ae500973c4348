"""The errors of the database layer."""


class DatabaseError(Exception):
    """Root of every error this layer raises on purpose."""


class DatabaseUnreachableError(DatabaseError):
    """The database cannot be opened with the configured URL."""


class SchemaOutdatedError(DatabaseError):
    """The database has another schema version than this program."""


class NotFoundError(DatabaseError):
    """No such patient, stay, film or flag."""


class ConflictError(DatabaseError):
    """The change contradicts what is stored (a second open stay, an occupied bed, a film already retracted…)."""
