"""Keep by which film's retraction a conflict was closed: only such a conflict comes back with the film."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("film_conflict", sa.Column("retracted_film_id", sa.Integer(), nullable=True))
    # One moment was written with both.
    op.execute(
        "update film_conflict set retracted_film_id = (select min(step.film_id) from film_transition as step "
        "where step.state = 'retracted' and step.at = film_conflict.resolved_at "
        "and step.film_id in (film_conflict.film_id, film_conflict.other_film_id))"
    )


def downgrade() -> None:
    op.drop_column("film_conflict", "retracted_film_id")
