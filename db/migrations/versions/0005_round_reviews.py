"""Keep who was marked reviewed on ward rounds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stay_id", sa.Integer(), nullable=False),
        sa.Column("round_began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.CheckConstraint("actor <> ''", name="ck_round_review_actor"),
        sa.CheckConstraint("round_began_at <= reviewed_at", name="ck_round_review_order"),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name="fk_round_review_stay_id"),
        sa.PrimaryKeyConstraint("id", name="pk_round_review"),
    )
    op.create_index("ix_round_review_stay_at", "round_review", ["stay_id", "reviewed_at"])


def downgrade() -> None:
    op.drop_table("round_review")
