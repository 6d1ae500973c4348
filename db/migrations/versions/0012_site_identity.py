"""Which site the database belongs to: its film store carries the same mark."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_identity",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_identity"),
        sa.CheckConstraint("id = 1", name="ck_site_identity_one"),
    )


def downgrade() -> None:
    op.drop_table("site_identity")
