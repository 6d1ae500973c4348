"""List the films of a flag and what ended it; keep the settings of units with their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_VERDICTS = ("large rise", "rise", "no real change", "drop", "large drop", "cannot tell", "not assessed")


def upgrade() -> None:
    with op.batch_alter_table("flag") as table:
        table.add_column(sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("resolved_by_film_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_flag_resolved_by_film_id", "film", ["resolved_by_film_id"], ["id"])
    _create_flag_film()
    _create_unit_settings()


def downgrade() -> None:
    op.drop_table("unit_settings_change")
    op.drop_table("flag_film")
    with op.batch_alter_table("flag") as table:
        table.drop_constraint("fk_flag_resolved_by_film_id", type_="foreignkey")
        table.drop_column("resolved_by_film_id")
        table.drop_column("quiet_until")


def _create_flag_film() -> None:
    verdict = sa.Enum(*_VERDICTS, name="ck_flag_film_verdict", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "flag_film",
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        sa.Column("verdict", verdict, nullable=False),
        sa.Column("change", sa.Float(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name="fk_flag_film_flag_id"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_flag_film_film_id"),
        sa.PrimaryKeyConstraint("flag_id", "film_id", name="pk_flag_film"),
    )
    op.create_index("ix_flag_film_film", "flag_film", ["film_id"])
    # What a person has resolved so far was seen with its one film.
    op.execute(
        "insert into flag_film (flag_id, film_id, verdict, change, added_at)"
        " select id, film_id, verdict, change, opened_at from flag"
    )


def _create_unit_settings() -> None:
    op.create_table(
        "unit_settings_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        *(
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("important_geographic_extent", "important_opacity", "p_rise", "p_large", "stale_after_hours")
        ),
        sa.Column("references_shown", sa.JSON(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.CheckConstraint("unit <> ''", name="ck_unit_settings_unit"),
        sa.CheckConstraint(
            "important_geographic_extent > 0 and important_geographic_extent <= 8", name="ck_unit_extent"
        ),
        sa.CheckConstraint("important_opacity > 0 and important_opacity <= 6", name="ck_unit_opacity"),
        sa.CheckConstraint("p_rise >= 0.5 and p_rise < 1", name="ck_unit_p_rise"),
        sa.CheckConstraint("p_large >= 0.5 and p_large < 1", name="ck_unit_p_large"),
        sa.CheckConstraint("stale_after_hours > 0", name="ck_unit_stale"),
        sa.CheckConstraint("(quiet_from is null) = (quiet_until is null)", name="ck_unit_quiet"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_settings_change"),
    )
    op.create_index("ix_unit_settings_unit_at", "unit_settings_change", ["unit", "changed_at"])
