"""Keep why a flag took a step as a code beside the words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SYSTEM = "lungline"
_CAUSE_OF_WORDS = {
    "supported by the films": "supported",
    "supported by the films again": "supported again",
    "the film with which the level had come back no longer says so": "not back after all",
    "the snooze has ended": "snooze ended",
    "stay closed before the film was scored": "stay closed",
    "no stay is known for this film, and it was not recent when it was scored": "no stay",
    "the stay is open": "stay open",
    "a recent film supports it": "recent film",
    "no longer supported by the films": "no longer supported",
    "a film that came late, or came back, changed the comparison": "late film",
    "a repeat of the change flagged on an earlier film": "merged",
    "the film it was compared with is no longer on this trend": "reference gone",
    "the film was moved to another patient": "film moved",
    "another model was activated": "other model",
    "two records of one patient were merged": "patients merged",
    "the settings of the unit were changed": "settings changed",
    "the stay was moved to another unit": "stay moved",
    "the patient was admitted, and films are compared within the stay": "admitted",
}
_CAUSE_OF_BEGINNING = {
    "a further step since somebody looked": "further step",
    "the film was retracted": "film retracted",
    "the film is no longer on the trend": "film off trend",
    "also supported by film ": "films changed",
    "no longer supported by film ": "films changed",
    "new basis: ": "new basis",
}
_CAUSES = (
    "person",
    "discharged",
    "supported",
    "supported again",
    "films changed",
    "new basis",
    "came back",
    "not back after all",
    "further step",
    "snooze ended",
    "stay closed",
    "no stay",
    "stay open",
    "recent film",
    "no longer supported",
    "late film",
    "merged",
    "reference gone",
    "film retracted",
    "film off trend",
    "film moved",
    "film time corrected",
    "other model",
    "patients merged",
    "settings changed",
    "stay moved",
    "admitted",
)
_WITHDRAWN_FOR_A_PERSON = ("film moved", "other model", "patients merged")
"""Steps that carry the name of the person whose act had this consequence."""


def upgrade() -> None:
    cause = sa.Enum(*_CAUSES, name="ck_flag_action_cause", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("flag_action") as table:
        table.add_column(sa.Column("cause", cause, nullable=False, server_default="person"))
    _fill()
    with op.batch_alter_table("flag_action") as table:
        table.alter_column("cause", existing_type=cause, existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("flag_action") as table:
        table.drop_constraint("ck_flag_action_cause", type_="check")
        table.drop_column("cause")


def _fill() -> None:
    step = sa.table(
        "flag_action", *(sa.column(name) for name in ("flag_id", "at", "state", "actor", "reason", "cause"))
    )
    by_program = step.c.actor == _SYSTEM
    # What else the program wrote was in words of its own on each event: that a level had come back.
    op.execute(step.update().where(by_program).values(cause="came back"))
    for words, cause in _CAUSE_OF_WORDS.items():
        known = sa.or_(by_program, step.c.state == "withdrawn") if cause in _WITHDRAWN_FOR_A_PERSON else by_program
        op.execute(step.update().where(known, step.c.reason == words).values(cause=cause))
    for beginning, cause in _CAUSE_OF_BEGINNING.items():
        begins = step.c.reason.startswith(beginning, autoescape=True)
        op.execute(step.update().where(by_program, begins).values(cause=cause))
    # A discharge wrote its own entry at the same moment; without one a person only used that word.
    audit = sa.table("audit_entry", *(sa.column(name) for name in ("at", "actor", "action", "subject")))
    with_discharge = sa.exists().where(
        audit.c.at == step.c.at, audit.c.actor == step.c.actor, audit.c.action == "discharge", audit.c.subject == "stay"
    )
    discharged = (step.c.state == "resolved", step.c.reason == "discharged", with_discharge)
    op.execute(step.update().where(*discharged).values(cause="discharged"))
