"""The schema of a database: migrations up and down, and checks that it fits this program."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, inspect

from db.connection import schema_connection
from db.errors import SchemaOutdatedError
from db.models import Table


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`, creating it in an empty database; all of it or nothing.

    Processes that start together do it once: the others wait and then find nothing to do.
    """
    with schema_connection(engine) as connection:
        command.upgrade(_config(connection), revision)
        _require_references(connection)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision` ("base": no tables); what newer tables held is lost."""
    with schema_connection(engine) as connection:
        command.downgrade(_config(connection), revision)
        _require_references(connection)


def has_tables(engine: Engine) -> bool:
    """Return whether a database that can be opened holds anything yet."""
    return bool(inspect(engine).get_table_names())


def current_revision(engine: Engine) -> str | None:
    """Return the revision of the database, None for one without a schema."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """Return the revision this program needs.

    Raises
    ------
    SchemaOutdatedError
        This installation has no migrations.
    """
    head = _scripts().get_current_head()
    if head is None:
        raise SchemaOutdatedError("This installation has no migrations. Install Lungline again.")
    return head


def require_current(engine: Engine) -> None:
    """Refuse a database of another schema version.

    Raises
    ------
    SchemaOutdatedError
        The schema is older or newer than this program, or there is none.
    """
    current, head = current_revision(engine), head_revision()
    if current == head:
        return
    if current is not None and current not in _known_revisions():
        raise SchemaOutdatedError(
            f"The database has schema version {current}, which this program does not know: it was made by a newer "
            "Lungline. Update this installation."
        )
    raise SchemaOutdatedError(
        f"The database has schema version {current or 'none'}, this program needs {head}: run `lungline db upgrade`."
    )


def is_older(engine: Engine) -> bool:
    """Return whether the database has a schema that this program knows and can bring to its own."""
    current = current_revision(engine)
    return current != head_revision() and current in _known_revisions()


def check(engine: Engine) -> list[str]:
    """Return what is wrong with the database, one plain sentence each; nothing when it is sound.

    Checks the schema version, the schema itself against this program's tables, on SQLite also the file's
    integrity and every reference between rows. PostgreSQL holds these by itself.
    """
    try:
        require_current(engine)
    except SchemaOutdatedError as error:
        return [str(error)]
    with engine.connect() as connection:
        findings = _drift(connection)
        if engine.dialect.name == "sqlite":
            findings += _file_damage(connection) + _broken_references(connection)
    return findings


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    # A package name instead of a folder: works wherever the package is installed.
    config.set_main_option("script_location", "db:migrations")
    config.set_main_option("path_separator", "os")
    return config


@cache
def _scripts() -> ScriptDirectory:
    # Read once a process: to load every migration takes longer than to open a database.
    return ScriptDirectory.from_config(_config())


def _known_revisions() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _drift(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    differences = [f"The schema differs from this program: {d}." for d in compare_metadata(context, Table.metadata)]
    inspector = inspect(connection)
    for table in Table.metadata.sorted_tables:
        # Alembic does not compare check constraints.
        expected = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        present = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        differences += [f"Table {table.name} lacks the constraint {name}." for name in sorted(expected - present)]
    return differences


def _file_damage(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [f"The database file is damaged: {row}." for row in rows if row != "ok"]


def _broken_references(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"Row {row[1]} of table {row[0]} points to a row of {row[2]} that does not exist." for row in rows]


def _require_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (broken := _broken_references(connection)):
        raise SchemaOutdatedError(f"The migration was undone, as it would break references. {broken[0]}")
