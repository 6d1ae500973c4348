"""Keep of which films right and left may be swapped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("film") as table:
        table.add_column(sa.Column("sides_in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("film") as table:
        table.alter_column("sides_in_doubt", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("film") as table:
        table.drop_column("sides_in_doubt")
