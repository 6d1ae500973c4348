"""Keep codes where labels for people were kept: verdicts, references, events, conflicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_VERDICTS = {
    "large rise": "large_rise",
    "rise": "rise",
    "no real change": "no_real_change",
    "drop": "drop",
    "large drop": "large_drop",
    "cannot tell": "cannot_tell",
    "not assessed": "not_assessed",
}
_EVENTS = {
    "admission": "admission",
    "ICU admission": "icu_admission",
    "ICU release": "icu_release",
    "intubation": "intubation",
    "extubation": "extubation",
    "tracheostomy": "tracheostomy",
    "proning": "proning",
    "turned supine": "supination",
    "ECMO start": "ecmo_start",
    "ECMO end": "ecmo_end",
    "death": "death",
    "comment": "comment",
}
_CONFLICTS = {
    "same UID, other pixels": "same_uid_other_pixels",
    "same UID, other patient": "same_uid_other_patient",
    "same pixels, other patient": "same_pixels_other_patient",
    "same film, changed identity": "changed_identity",
}
_CODES = (
    ("flag", "verdict", _VERDICTS),
    ("flag_film", "verdict", _VERDICTS),
    ("clinical_event", "kind", _EVENTS),
    ("film_conflict", "kind", _CONFLICTS),
)
_REFERENCES = {
    "recent level": "recent",
    "previous film": "previous",
    "24 h": "24_h",
    "72 h": "72_h",
    "ICU admission": "admission",
    "lowest level of the stay": "lowest",
    "highest level of the stay": "highest",
}
_EARLIER_REFERENCES = {"best level of the stay": "lowest", "worst level of the stay": "highest"}
_COMPARABILITIES = {"comparable": "comparable", "unknown position": "unknown", "taken differently": "mixed"}


def upgrade() -> None:
    for table, column, codes in _CODES:
        _recode(table, column, codes)
    references = _REFERENCES | _EARLIER_REFERENCES
    _mend("unit_settings_change", "references_shown", lambda shown: [references.get(name, name) for name in shown])
    _mend("flag", "basis_data", lambda basis: _in_codes(basis, references, _COMPARABILITIES))


def downgrade() -> None:
    for table, column, codes in _CODES:
        _recode(table, column, _reversed(codes))
    references, comparabilities = _reversed(_REFERENCES), _reversed(_COMPARABILITIES)
    _mend("unit_settings_change", "references_shown", lambda shown: [references.get(name, name) for name in shown])
    _mend("flag", "basis_data", lambda basis: _with_whole_reasons(_in_codes(basis, references, comparabilities)))


def _reversed(codes: Mapping[str, str]) -> dict[str, str]:
    return {after: before for before, after in codes.items()}


def _recode(table: str, column: str, codes: Mapping[str, str]) -> None:
    name = f"ck_{table}_{column}"
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
    rows = sa.table(table, sa.column(column))
    for before, after in codes.items():
        if before != after:
            op.execute(rows.update().where(rows.c[column] == before).values({column: after}))
    with op.batch_alter_table(table) as batch:
        # As text: alembic drops a condition on a column that it does not know.
        batch.create_check_constraint(name, f"{column} IN ({', '.join(map(repr, codes.values()))})")


def _mend(table: str, column: str, mended: Callable[[Any], Any]) -> None:
    """Put what `mended` makes of it in place of each JSON value that is there."""
    rows = sa.table(table, sa.column("id"), sa.column(column, sa.JSON(none_as_null=True)))
    bind = op.get_bind()
    for row_id, value in bind.execute(sa.select(rows.c.id, rows.c[column])).all():
        if value is not None and (better := mended(value)) != value:
            bind.execute(rows.update().where(rows.c.id == row_id).values({column: better}))


def _in_codes(
    basis: Mapping[str, Any], references: Mapping[str, str], comparabilities: Mapping[str, str]
) -> dict[str, Any]:
    found = dict(basis)
    for name, codes in (("reference", references), ("comparability", comparabilities)):
        if found.get(name) in codes:
            found[name] = codes[found[name]]
    return found


def _with_whole_reasons(basis: Mapping[str, Any]) -> dict[str, Any]:
    """Put that there is no verdict back before what was found, where the program before looks for it."""
    reasons = dict(basis.get("reasons") or {})
    if verdict := reasons.pop("verdict", ""):
        reasons["found"] = f"{verdict} {reasons.get('found', '')}"
    return {**basis, "reasons": reasons} if "reasons" in basis else dict(basis)
