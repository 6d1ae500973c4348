"""Keep sessions in which people read films; a reading belongs to one, or says why the film could not be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SIDES = ("geographic_extent_right", "geographic_extent_left", "opacity_right", "opacity_left")
_READ = " and ".join(f"{side} is not null" for side in _SIDES)
_NOT_READ = " and ".join(f"{side} is null" for side in _SIDES)


def upgrade() -> None:
    _create_sessions()
    with op.batch_alter_table("reading") as table:
        table.add_column(sa.Column("session_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("not_readable", sa.String(200), nullable=True))
        for side in _SIDES:
            table.alter_column(side, existing_type=sa.Float(), nullable=True)
        table.create_foreign_key("fk_reading_session_id", "reading_session", ["session_id"], ["id"])
        table.create_check_constraint(
            "ck_reading_readable",
            f"not_readable is null and {_READ} or not_readable is not null and not_readable <> '' and {_NOT_READ}",
        )
    op.create_index("ix_reading_session", "reading", ["session_id", "film_id"])


def downgrade() -> None:
    # The older program knows no film that could not be read.
    op.execute("delete from reading where not_readable is not null")
    op.drop_index("ix_reading_session", "reading")
    with op.batch_alter_table("reading") as table:
        table.drop_constraint("ck_reading_readable", type_="check")
        table.drop_constraint("fk_reading_session_id", type_="foreignkey")
        for side in _SIDES:
            table.alter_column(side, existing_type=sa.Float(), nullable=False)
        table.drop_column("not_readable")
        table.drop_column("session_id")
    op.drop_table("reading_session_film")
    op.drop_table("reading_session")


def _create_sessions() -> None:
    op.create_table(
        "reading_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("reader", sa.String(128), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(64), nullable=True),
        sa.Column("model_version", sa.String(64), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("title <> ''", name="ck_reading_session_title"),
        sa.CheckConstraint("reader <> ''", name="ck_reading_session_reader"),
        sa.CheckConstraint("(model is null) = (model_version is null)", name="ck_reading_session_model"),
        sa.CheckConstraint("blind = (model is null)", name="ck_reading_session_blind"),
        sa.CheckConstraint("finished_at >= created_at", name="ck_reading_session_order"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_session"),
    )
    op.create_index("ix_reading_session_created", "reading_session", ["created_at"])
    op.create_table(
        "reading_session_film",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("place >= 1", name="ck_reading_session_film_place"),
        sa.ForeignKeyConstraint(["session_id"], ["reading_session.id"], name="fk_reading_session_film_session_id"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_reading_session_film_film_id"),
        sa.PrimaryKeyConstraint("session_id", "place", name="pk_reading_session_film"),
        sa.UniqueConstraint("session_id", "film_id", name="uq_reading_session_film"),
    )
    op.create_index("ix_reading_session_film_film", "reading_session_film", ["film_id"])
