"""What a unit sets for its wall screen: how patients are named, and from when an open large rise stands out more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_unit_overdue": "overdue_after_minutes > 0",
    "ck_unit_wall_names": "wall_names in ('full', 'initials', 'none')",
}


def upgrade() -> None:
    with op.batch_alter_table("unit_settings_change") as table:
        table.add_column(sa.Column("overdue_after_minutes", sa.Float(), nullable=True))
        table.add_column(sa.Column("wall_names", sa.String(16), nullable=True))
        for name, check in CHECKS.items():
            table.create_check_constraint(name, check)


def downgrade() -> None:
    """Drop both: walls and flags are then as the site has them."""
    with op.batch_alter_table("unit_settings_change") as table:
        for name in CHECKS:
            table.drop_constraint(name, type_="check")
        table.drop_column("wall_names")
        table.drop_column("overdue_after_minutes")
