"""Create the tables of the timeline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_patients()
    _create_films()
    _create_scores()
    _create_flags()
    _create_clinical()
    _create_site()


def downgrade() -> None:
    for table in (
        "lease",
        "audit_entry",
        "clinical_event",
        "observation",
        "flag_action",
        "flag",
        "model_activation",
        "reading",
        "film_score",
        "film_conflict",
        "film_check",
        "film_transition",
        "film",
        "stay",
        "patient",
    ):
        op.drop_table(table)


def _create_patients() -> None:
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("identifier", 128),
        _text("issuer", 128),
        _text("name", 300),
        sa.Column("birth_date", sa.Date(), nullable=True),
        _text("sex", 1),
        _time("relative_day_zero", nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        _time("created_at"),
        sa.CheckConstraint("identifier <> ''", name="ck_patient_identifier"),
        sa.CheckConstraint("merged_into_id is null or merged_into_id <> id", name="ck_patient_merge"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["patient.id"], name="fk_patient_merged_into_id"),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sa.UniqueConstraint("issuer", "identifier", name="uq_patient_identity"),
    )
    op.create_index("ix_patient_merged_into_id", "patient", ["merged_into_id"])
    op.create_table(
        "stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        _text("unit", 64),
        _text("bed", 32),
        _time("admitted_at"),
        _time("discharged_at", nullable=True),
        _choice("time_precision", ["second", "day"], "ck_stay_time_precision"),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.CheckConstraint("discharged_at is null or discharged_at >= admitted_at", name="ck_stay_order"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_stay_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stay"),
    )
    op.create_index("ix_stay_patient_admitted", "stay", ["patient_id", "admitted_at"])
    op.create_index(
        "uq_stay_open_bed",
        "stay",
        ["unit", "bed"],
        unique=True,
        sqlite_where=sa.text("discharged_at is null and bed <> ''"),
        postgresql_where=sa.text("discharged_at is null and bed <> ''"),
    )
    op.create_index(
        "uq_stay_open_patient",
        "stay",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("discharged_at is null"),
        postgresql_where=sa.text("discharged_at is null"),
    )


def _create_films() -> None:
    op.create_table(
        "film",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("stay_id", sa.Integer(), nullable=True),
        _text("content_hash", 64),
        _text("pixel_hash", 64, nullable=True),
        _text("sop_instance_uid", 64, nullable=True),
        _text("study_instance_uid", 64, nullable=True),
        _text("original_name", 300),
        _time("acquired_at", nullable=True),
        _choice("time_precision", ["second", "day"], "ck_film_time_precision"),
        _time("received_at"),
        _text("modality", 16),
        _choice("view_position", ["PA", "AP", "L", "unknown"], "ck_film_view_position"),
        _choice("patient_position", ["supine", "semi-erect", "erect", "unknown"], "ck_film_patient_position"),
        sa.Column("portable", sa.Boolean(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        _text("stated_identifier", 128),
        _text("stated_issuer", 128),
        _text("stated_name", 300),
        sa.Column("stated_birth_date", sa.Date(), nullable=True),
        _text("stated_sex", 1),
        _choice(
            "state",
            ["received", "accepted", "rejected", "failed", "quarantined", "duplicate", "retracted"],
            "ck_film_state",
        ),
        _text("reason", 1000),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _time("retry_at", nullable=True),
        sa.Column("overruled", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state in ('received', 'accepted') or reason <> ''", name="ck_film_reason"),
        sa.CheckConstraint("attempts >= 0", name="ck_film_attempts"),
        sa.ForeignKeyConstraint(["duplicate_of_id"], ["film.id"], name="fk_film_duplicate_of_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_film_patient_id"),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name="fk_film_stay_id"),
        sa.PrimaryKeyConstraint("id", name="pk_film"),
        sa.UniqueConstraint("patient_id", "content_hash", name="uq_film_patient_content"),
    )
    op.create_index("ix_film_content_hash", "film", ["content_hash"])
    op.create_index("ix_film_duplicate_of_id", "film", ["duplicate_of_id"])
    op.create_index("ix_film_patient_acquired", "film", ["patient_id", "acquired_at"])
    op.create_index("ix_film_pixel_hash", "film", ["pixel_hash"])
    op.create_index("ix_film_sop_instance_uid", "film", ["sop_instance_uid"])
    op.create_index("ix_film_state", "film", ["state", "retry_at"])
    op.create_index("ix_film_stay", "film", ["stay_id", "state"])
    op.create_table(
        "film_transition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        _time("at"),
        _choice(
            "state",
            ["received", "accepted", "rejected", "failed", "quarantined", "duplicate", "retracted"],
            "ck_film_transition_state",
        ),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("stay_id", sa.Integer(), nullable=True),
        _text("reason", 1000),
        _text("remark", 300),
        _text("actor", 128),
        sa.CheckConstraint("state in ('received', 'accepted') or reason <> ''", name="ck_film_transition_reason"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_film_transition_film_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_film_transition_patient_id"),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name="fk_film_transition_stay_id"),
        sa.PrimaryKeyConstraint("id", name="pk_film_transition"),
    )
    op.create_index("ix_film_transition_film_at", "film_transition", ["film_id", "at"])
    op.create_index("ix_film_transition_patient", "film_transition", ["patient_id"])
    op.create_index("ix_film_transition_stay", "film_transition", ["stay_id"])
    op.create_table(
        "film_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        _text("name", 64),
        _text("version", 32),
        _choice("verdict", ["passed", "noted", "refused"], "ck_film_check_verdict"),
        _text("reason", 1000),
        _time("checked_at"),
        sa.CheckConstraint("verdict = 'passed' or reason <> ''", name="ck_film_check_reason"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_film_check_film_id"),
        sa.PrimaryKeyConstraint("id", name="pk_film_check"),
        sa.UniqueConstraint("film_id", "name", "version", name="uq_film_check"),
    )
    op.create_table(
        "film_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        sa.Column("other_film_id", sa.Integer(), nullable=False),
        _choice(
            "kind",
            [
                "same UID, other pixels",
                "same UID, other patient",
                "same pixels, other patient",
                "same film, changed identity",
            ],
            "ck_film_conflict_kind",
        ),
        _time("opened_at"),
        _time("resolved_at", nullable=True),
        _text("resolved_by", 128),
        sa.CheckConstraint("film_id <> other_film_id", name="ck_film_conflict_pair"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_film_conflict_film_id"),
        sa.ForeignKeyConstraint(["other_film_id"], ["film.id"], name="fk_film_conflict_other_film_id"),
        sa.PrimaryKeyConstraint("id", name="pk_film_conflict"),
        sa.UniqueConstraint("film_id", "other_film_id", name="uq_film_conflict"),
    )
    op.create_index("ix_film_conflict_other", "film_conflict", ["other_film_id"])


def _create_scores() -> None:
    op.create_table(
        "film_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        _text("model", 64),
        _text("model_version", 64),
        sa.Column("geographic_extent", sa.Float(), nullable=False),
        sa.Column("opacity", sa.Float(), nullable=False),
        sa.Column("geographic_extent_low", sa.Float(), nullable=True),
        sa.Column("geographic_extent_high", sa.Float(), nullable=True),
        sa.Column("opacity_low", sa.Float(), nullable=True),
        sa.Column("opacity_high", sa.Float(), nullable=True),
        sa.Column("interval_level", sa.Float(), nullable=True),
        sa.Column("geographic_extent_right", sa.Float(), nullable=True),
        sa.Column("geographic_extent_left", sa.Float(), nullable=True),
        _time("scored_at"),
        sa.CheckConstraint("geographic_extent between 0 and 8", name="ck_film_score_geographic_extent"),
        sa.CheckConstraint("geographic_extent_left between 0 and 4", name="ck_film_score_extent_left"),
        sa.CheckConstraint("geographic_extent_low <= geographic_extent_high", name="ck_film_score_extent_interval"),
        sa.CheckConstraint("geographic_extent_right between 0 and 4", name="ck_film_score_extent_right"),
        sa.CheckConstraint("opacity between 0 and 6", name="ck_film_score_opacity"),
        sa.CheckConstraint("opacity_low <= opacity_high", name="ck_film_score_opacity_interval"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_film_score_film_id"),
        sa.PrimaryKeyConstraint("id", name="pk_film_score"),
        sa.UniqueConstraint("film_id", "model", "model_version", name="uq_film_score"),
    )
    op.create_index("ix_film_score_model", "film_score", ["model", "model_version", "film_id"])
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        _text("reader", 128),
        sa.Column("geographic_extent_right", sa.Float(), nullable=False),
        sa.Column("geographic_extent_left", sa.Float(), nullable=False),
        sa.Column("opacity_right", sa.Float(), nullable=False),
        sa.Column("opacity_left", sa.Float(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        _time("read_at"),
        sa.CheckConstraint("geographic_extent_left between 0 and 4", name="ck_reading_extent_left"),
        sa.CheckConstraint("geographic_extent_right between 0 and 4", name="ck_reading_extent_right"),
        sa.CheckConstraint("opacity_left between 0 and 3", name="ck_reading_opacity_left"),
        sa.CheckConstraint("opacity_right between 0 and 3", name="ck_reading_opacity_right"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_reading_film_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reading"),
    )
    op.create_index("ix_reading_film", "reading", ["film_id"])
    op.create_table(
        "model_activation",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("model", 64),
        _text("model_version", 64),
        _time("activated_at"),
        _text("actor", 128),
        sa.PrimaryKeyConstraint("id", name="pk_model_activation"),
    )
    op.create_index("ix_model_activation_at", "model_activation", ["activated_at"])


def _create_flags() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("film_id", sa.Integer(), nullable=False),
        sa.Column("reference_film_id", sa.Integer(), nullable=False),
        _choice("kind", ["rise", "drop", "look"], "ck_flag_kind"),
        _choice(
            "verdict",
            ["large rise", "rise", "no real change", "drop", "large drop", "cannot tell", "not assessed"],
            "ck_flag_verdict",
        ),
        _text("model", 64),
        _text("model_version", 64),
        sa.Column("change", sa.Float(), nullable=False),
        _text("basis", 2000),
        sa.Column("basis_data", sa.JSON(), nullable=False),
        _choice("state", ["open", "acknowledged", "snoozed", "resolved", "withdrawn"], "ck_flag_state"),
        _time("opened_at"),
        _time("snoozed_until", nullable=True),
        sa.CheckConstraint("state <> 'snoozed' or snoozed_until is not null", name="ck_flag_snoozed"),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name="fk_flag_film_id"),
        sa.ForeignKeyConstraint(["reference_film_id"], ["film.id"], name="fk_flag_reference_film_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flag"),
        sa.UniqueConstraint("film_id", "kind", "model", "model_version", name="uq_flag"),
    )
    op.create_index("ix_flag_reference_film", "flag", ["reference_film_id"])
    op.create_index("ix_flag_state", "flag", ["state"])
    op.create_table(
        "flag_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        _time("at"),
        _choice("state", ["open", "acknowledged", "snoozed", "resolved", "withdrawn"], "ck_flag_action_state"),
        _text("actor", 128),
        _text("reason", 1000),
        _time("snoozed_until", nullable=True),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name="fk_flag_action_flag_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flag_action"),
    )
    op.create_index("ix_flag_action_flag_at", "flag_action", ["flag_id", "at"])


def _create_clinical() -> None:
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        _text("name", 64),
        sa.Column("value", sa.Float(), nullable=False),
        _text("comparator", 1),
        _text("unit", 32),
        _time("at"),
        _choice("time_precision", ["second", "day"], "ck_observation_time_precision"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_observation_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_observation"),
        sa.UniqueConstraint("patient_id", "name", "at", "value", "comparator", name="uq_observation"),
    )
    op.create_table(
        "clinical_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        _choice(
            "kind",
            [
                "admission",
                "ICU admission",
                "ICU release",
                "intubation",
                "extubation",
                "tracheostomy",
                "proning",
                "turned supine",
                "ECMO start",
                "ECMO end",
                "death",
                "comment",
            ],
            "ck_clinical_event_kind",
        ),
        _time("at"),
        _choice("time_precision", ["second", "day"], "ck_clinical_event_time_precision"),
        _text("note", 1000),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_clinical_event_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_clinical_event"),
        sa.UniqueConstraint("patient_id", "kind", "at", "note", name="uq_clinical_event"),
    )


def _create_site() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        _time("at"),
        _text("actor", 128),
        _text("action", 64),
        _text("subject", 32),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "subject_id"])
    op.create_table(
        "lease",
        _text("name", 64),
        _text("holder", 128),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _choice(name: str, values: list[str], constraint: str) -> sa.Column[str]:
    kind = sa.Enum(*values, name=constraint, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)
