"""Keep what a film states of its time beside where it stands, what speaks against it, and which device took it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TOLERANCE, _FARTHEST = timedelta(minutes=10), timedelta(hours=24)
_DOUBT = sa.Enum(
    "ahead", "late", "impossible", name="ck_film_time_doubt", native_enum=False, create_constraint=True, length=32
)
_TIME = sa.DateTime(timezone=True)
_REASON = (
    "The film says it was taken more than a day after it came. The device's clock is wrong: correct the film's time."
)


def upgrade() -> None:
    with op.batch_alter_table("film") as table:
        table.add_column(sa.Column("stated_at", _TIME, nullable=True))
        table.add_column(sa.Column("time_doubt", _DOUBT, nullable=True))
        table.add_column(sa.Column("device", sa.String(128), nullable=False, server_default=""))
    with op.batch_alter_table("film") as table:
        table.alter_column("device", existing_type=sa.String(128), existing_nullable=False, server_default=None)
    _place_films_from_the_future()


def downgrade() -> None:
    film = _film()
    op.execute(film.update().where(film.c.stated_at.is_not(None)).values(acquired_at=film.c.stated_at))
    with op.batch_alter_table("film") as table:
        table.drop_constraint("ck_film_time_doubt", type_="check")
        for name in ("device", "time_doubt", "stated_at"):
            table.drop_column(name)


def _film() -> sa.TableClause:
    names = ("id", "patient_id", "stay_id", "state", "reason", "time_precision")
    times = ("acquired_at", "stated_at", "received_at")
    columns = [*(sa.column(name) for name in (*names, "time_doubt")), *(sa.column(name, _TIME) for name in times)]
    return sa.table("film", *columns)


def _place_films_from_the_future() -> None:
    """Put films dated after their receipt where they would stand had they come now."""
    film, bind = _film(), op.get_bind()
    patient = sa.table("patient", sa.column("id"), sa.column("relative_day_zero"))
    dated_ahead = (
        sa.select(
            film.c.id, film.c.patient_id, film.c.stay_id, film.c.acquired_at, film.c.received_at, film.c.time_precision
        )
        .join(patient, patient.c.id == film.c.patient_id)
        .where(
            film.c.acquired_at > film.c.received_at,
            patient.c.relative_day_zero.is_(None),
            film.c.state.in_(["received", "accepted", "failed", "rejected"]),
        )
    )
    step = sa.table(
        "film_transition",
        *(sa.column(name) for name in ("film_id", "state", "patient_id", "stay_id", "reason", "remark", "actor")),
        sa.column("at", _TIME),
    )
    for row in bind.execute(dated_ahead).all():
        ahead = row.acquired_at - row.received_at
        # A day's noon may lie ahead of a film that came the same morning.
        if ahead <= (timedelta(hours=12) if row.time_precision == "day" else _TOLERANCE):
            continue
        placed = {"stated_at": row.acquired_at, "acquired_at": row.received_at, "time_doubt": "ahead"}
        if ahead > _FARTHEST:
            placed |= {"acquired_at": None, "time_doubt": "impossible", "state": "quarantined", "reason": _REASON}
            facts = {"film_id": row.id, "patient_id": row.patient_id, "stay_id": row.stay_id, "reason": _REASON}
            now = datetime.now(UTC)
            at = now.replace(tzinfo=None) if bind.dialect.name == "sqlite" else now
            bind.execute(step.insert().values(**facts, at=at, state="quarantined", remark="", actor="lungline"))
        bind.execute(film.update().where(film.c.id == row.id).values(**placed))
