"""Keep the maps of films that people ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = (
    "masks",
    "gradient-geographic-extent",
    "gradient-opacity",
    "attribution-geographic-extent",
    "attribution-opacity",
)


def upgrade() -> None:
    op.create_table(
        "film_map",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        _choice("kind", _KINDS, "ck_film_map_kind"),
        _choice("state", ("waiting", "made", "failed"), "ck_film_map_state"),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("summary", sa.String(300), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'failed' or reason <> ''", name="ck_film_map_reason"),
        sa.CheckConstraint("(state = 'made') = (picture is not null)", name="ck_film_map_picture"),
        sa.CheckConstraint("attempts >= 0", name="ck_film_map_attempts"),
        sa.PrimaryKeyConstraint("id", name="pk_film_map"),
        sa.UniqueConstraint("content_hash", "model", "model_version", "kind", name="uq_film_map"),
    )
    op.create_index("ix_film_map_state", "film_map", ["state", "model", "model_version"])


def downgrade() -> None:
    op.drop_table("film_map")


def _choice(name: str, values: tuple[str, ...], constraint: str) -> sa.Column[str]:
    kind = sa.Enum(*values, name=constraint, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)
