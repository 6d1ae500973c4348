"""What was decided at a bed on a ward round, and reviews that were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DECISIONS = ("escalate", "continue", "de_escalate", "look_film", "look_physiology")
TAKEN_BACK = "ck_round_review_taken_back"


def upgrade() -> None:
    with op.batch_alter_table("round_review") as table:
        kind = sa.Enum(
            *DECISIONS, name="ck_round_review_decision", native_enum=False, create_constraint=True, length=32
        )
        table.add_column(sa.Column("decision", kind, nullable=True))
        table.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("taken_back_by", sa.String(128), nullable=False, server_default=""))
        table.create_check_constraint(TAKEN_BACK, "(taken_back_at is null) = (taken_back_by = '')")
    with op.batch_alter_table("round_review") as table:
        table.alter_column("taken_back_by", server_default=None)


def downgrade() -> None:
    """Drop both: a review that was taken back must not count again, so it goes; decisions are lost."""
    op.execute("delete from round_review where taken_back_at is not null")
    with op.batch_alter_table("round_review") as table:
        table.drop_constraint(TAKEN_BACK, type_="check")
        table.drop_constraint("ck_round_review_decision", type_="check")
        for name in ("taken_back_by", "taken_back_at", "decision"):
            table.drop_column(name)
