"""When the results of a reading session were shown first, and readings that settle what two readers differ on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OPENED = "results_opened_at is null or finished_at is not null and results_opened_at >= finished_at"
CHECKS = {
    "ck_settled_reading_by": "settled_by <> ''",
    "ck_settled_reading_two": "first_reading_id <> second_reading_id",
    "ck_settled_reading_extent_right": "geographic_extent_right between 0 and 4",
    "ck_settled_reading_extent_left": "geographic_extent_left between 0 and 4",
    "ck_settled_reading_opacity_right": "opacity_right between 0 and 3",
    "ck_settled_reading_opacity_left": "opacity_left between 0 and 3",
}


def upgrade() -> None:
    with op.batch_alter_table("reading_session") as table:
        table.add_column(sa.Column("results_opened_at", sa.DateTime(timezone=True), nullable=True))
        table.create_check_constraint("ck_reading_session_results", OPENED)
    # Until now, whoever finished a session was shown its results.
    op.execute("update reading_session set results_opened_at = finished_at")
    op.create_table(
        "settled_reading",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("film_id", sa.Integer(), sa.ForeignKey("film.id"), nullable=False),
        sa.Column("first_reading_id", sa.Integer(), sa.ForeignKey("reading.id"), nullable=False),
        sa.Column("second_reading_id", sa.Integer(), sa.ForeignKey("reading.id"), nullable=False),
        sa.Column("geographic_extent_right", sa.Float(), nullable=False),
        sa.Column("geographic_extent_left", sa.Float(), nullable=False),
        sa.Column("opacity_right", sa.Float(), nullable=False),
        sa.Column("opacity_left", sa.Float(), nullable=False),
        sa.Column("settled_by", sa.String(128), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(check, name=name) for name, check in CHECKS.items()),
    )
    op.create_index("ix_settled_reading_film", "settled_reading", ["film_id"])


def downgrade() -> None:
    """Drop settled readings: the two readings each of them settles stay."""
    op.drop_table("settled_reading")
    with op.batch_alter_table("reading_session") as table:
        table.drop_constraint("ck_reading_session_results", type_="check")
        table.drop_column("results_opened_at")
