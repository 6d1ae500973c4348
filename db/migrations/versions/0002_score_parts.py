"""Give a score its parts: opacity and opaque share of each lung, and the six Brixia zones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MAXIMA = {
    "opacity_right": 3,
    "opacity_left": 3,
    "opacity_fraction": 100,
    "opacity_fraction_right": 100,
    "opacity_fraction_left": 100,
    "brixia_zone_a": 3,
    "brixia_zone_b": 3,
    "brixia_zone_c": 3,
    "brixia_zone_d": 3,
    "brixia_zone_e": 3,
    "brixia_zone_f": 3,
}
_ALL_ZONES_OR_NONE = (
    "coalesce(brixia_zone_a, brixia_zone_b, brixia_zone_c, brixia_zone_d, brixia_zone_e, brixia_zone_f) is null"
    " or brixia_zone_a + brixia_zone_b + brixia_zone_c + brixia_zone_d + brixia_zone_e + brixia_zone_f is not null"
)


def upgrade() -> None:
    # SQLite builds the table anew, with the rows, checks and indexes it has.
    with op.batch_alter_table("film_score") as table:
        for name in _MAXIMA:
            table.add_column(sa.Column(name, sa.Float(), nullable=True))
        for name, rule in _checks().items():
            table.create_check_constraint(name, rule)


def downgrade() -> None:
    with op.batch_alter_table("film_score") as table:
        for name in _checks():
            table.drop_constraint(name, type_="check")
        for name in _MAXIMA:
            table.drop_column(name)


def _checks() -> dict[str, str]:
    within = {
        f"ck_film_score_{name.replace('opacity_fraction', 'fraction')}": f"{name} between 0 and {maximum}"
        for name, maximum in _MAXIMA.items()
    }
    return within | {"ck_film_score_brixia_zones": _ALL_ZONES_OR_NONE}
