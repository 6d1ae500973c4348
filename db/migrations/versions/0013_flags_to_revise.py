"""Place the films dated ahead that 0009 passed over, and list the patients whose flags its placing left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TOLERANCE, _FARTHEST = timedelta(minutes=10), timedelta(hours=24)
_TIME = sa.DateTime(timezone=True)
_REASON = (
    "The film says it was taken more than a day after it came. The device's clock is wrong: correct the film's time."
)


def upgrade() -> None:
    op.create_table(
        "flags_to_revise",
        sa.Column("patient_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("patient_id", name="pk_flags_to_revise"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_flags_to_revise_patient_id"),
    )
    film = _film()
    _place_films_that_may_come_back(film)
    moved = sa.select(film.c.patient_id).where(film.c.time_doubt.in_(["ahead", "impossible"])).distinct()
    to_revise = sa.table("flags_to_revise", sa.column("patient_id"))
    op.execute(to_revise.insert().from_select(["patient_id"], moved))


def downgrade() -> None:
    op.drop_table("flags_to_revise")


def _film() -> sa.TableClause:
    names = ("id", "patient_id", "stay_id", "state", "reason", "time_precision", "time_doubt")
    times = ("acquired_at", "stated_at", "received_at")
    return sa.table("film", *(sa.column(name) for name in names), *(sa.column(name, _TIME) for name in times))


def _place_films_that_may_come_back(film: sa.TableClause) -> None:
    """Put films that are off the trend, and dated after their receipt, where they would stand had they come now."""
    bind = op.get_bind()
    patient = sa.table("patient", sa.column("id"), sa.column("relative_day_zero"))
    dated_ahead = (
        sa.select(film)
        .join(patient, patient.c.id == film.c.patient_id)
        .where(
            film.c.acquired_at > film.c.received_at,
            # Those that have one were placed or corrected since.
            film.c.stated_at.is_(None),
            patient.c.relative_day_zero.is_(None),
            film.c.state.in_(["quarantined", "retracted", "duplicate"]),
        )
    )
    for row in bind.execute(dated_ahead).all():
        ahead = row.acquired_at - row.received_at
        # A day's noon may lie ahead of a film that came the same morning.
        if ahead <= (timedelta(hours=12) if row.time_precision == "day" else _TOLERANCE):
            continue
        placed = {"stated_at": row.acquired_at, "acquired_at": row.received_at, "time_doubt": "ahead"}
        if ahead > _FARTHEST:
            placed |= {"acquired_at": None, "time_doubt": "impossible"}
            if row.state == "quarantined":
                placed["reason"] = _REASON
                _write_step(row, bind)
        bind.execute(film.update().where(film.c.id == row.id).values(**placed))


def _write_step(row: sa.Row[tuple[object, ...]], bind: sa.Connection) -> None:
    names = ("film_id", "state", "patient_id", "stay_id", "reason", "remark", "actor")
    step = sa.table("film_transition", *(sa.column(name) for name in names), sa.column("at", _TIME))
    now = datetime.now(UTC)
    at = now.replace(tzinfo=None) if bind.dialect.name == "sqlite" else now
    facts = {"film_id": row.id, "patient_id": row.patient_id, "stay_id": row.stay_id, "reason": _REASON}
    bind.execute(step.insert().values(**facts, at=at, state="quarantined", remark="", actor="lungline"))
