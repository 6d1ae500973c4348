"""Mark films that a person gave to a patient although they name another person: who, when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("film", sa.Column("other_person_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("film", sa.Column("other_person_by", sa.String(128), nullable=True))
    op.add_column("film", sa.Column("other_person_reason", sa.String(500), nullable=True))


def downgrade() -> None:
    for column in ("other_person_reason", "other_person_by", "other_person_at"):
        op.drop_column("film", column)
