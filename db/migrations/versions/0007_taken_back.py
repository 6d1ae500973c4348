"""Keep who added an event or a value, and who took it back; what was taken back may be added again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = {
    "observation": ("patient_id", "name", "at", "value", "comparator"),
    "clinical_event": ("patient_id", "kind", "at", "note"),
}
"""The tables, each with what makes two of its rows the same."""


def upgrade() -> None:
    for name, same in _TABLES.items():
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("added_by", sa.String(128), nullable=False, server_default=""))
            table.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
            table.add_column(sa.Column("taken_back_by", sa.String(128), nullable=False, server_default=""))
            table.add_column(sa.Column("taken_back_reason", sa.String(500), nullable=False, server_default=""))
            table.create_check_constraint(
                f"ck_{name}_taken_back",
                "taken_back_at is null or (taken_back_by <> '' and taken_back_reason <> '')",
            )
            table.drop_constraint(f"uq_{name}", type_="unique")
        with op.batch_alter_table(name) as table:
            for column in ("added_by", "taken_back_by", "taken_back_reason"):
                table.alter_column(column, existing_type=sa.String(), existing_nullable=False, server_default=None)
        standing = sa.text("taken_back_at is null")
        op.create_index(f"uq_{name}", name, list(same), unique=True, sqlite_where=standing, postgresql_where=standing)
        # For what stood at a time, also what was taken back since: the other index leaves that out.
        op.create_index(f"ix_{name}_patient_at", name, ["patient_id", "at"])


def downgrade() -> None:
    for name, same in _TABLES.items():
        # The older program would show them again.
        rows = sa.table(name, sa.column("taken_back_at"))
        op.execute(rows.delete().where(rows.c.taken_back_at.is_not(None)))
        op.drop_index(f"ix_{name}_patient_at", name)
        op.drop_index(f"uq_{name}", name)
        with op.batch_alter_table(name) as table:
            table.create_unique_constraint(f"uq_{name}", list(same))
            table.drop_constraint(f"ck_{name}_taken_back", type_="check")
            for column in ("taken_back_reason", "taken_back_by", "taken_back_at", "added_by"):
                table.drop_column(column)
