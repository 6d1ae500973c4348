"""Keep a site's own recalibrations of a model, each a version of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_recalibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("base_version", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.CheckConstraint("model_version <> base_version", name="ck_model_recalibration_version"),
        sa.PrimaryKeyConstraint("id", name="pk_model_recalibration"),
        sa.UniqueConstraint("model", "model_version", name="uq_model_recalibration"),
    )


def downgrade() -> None:
    """Drop them: films of such a version keep their scores, and the program before refuses to score until it is told.

    A model version that nothing describes is refused as any version that is not on the machine.
    """
    op.drop_table("model_recalibration")
