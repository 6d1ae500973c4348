"""Who the rows of a table are of: a row that names nobody, or somebody else under a known number, is refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.identity import differences, is_another_person
from core.patient_number import number_problem, storable
from core.types import PatientIdentity


@dataclass
class Persons:
    """The persons of one table, each as its rows so far state it."""

    _known: dict[tuple[str, str], tuple[int, PatientIdentity]] = field(default_factory=dict)

    def problem(self, number: str, identity: PatientIdentity | None, *, line: int) -> str:
        """Return why a row's patient cannot be taken, "" where it can.

        Parameters
        ----------
        number : str
            As the row states it.
        identity : PatientIdentity or None
            None where the number is empty.
        line : int
            Of the table, for the reader to find the row.
        """
        nobody = number_problem(number)
        if nobody or identity is None:
            return f"Line {line}: {nobody}"
        if storable(identity.issuer) != identity.issuer:
            return (
                f"Line {line}: the source {storable(identity.issuer)!r} is too long or contains an invisible "
                "character. Write it again by hand."
            )
        known_line, known = self._known.setdefault((identity.issuer, identity.identifier), (line, identity))
        if is_another_person(known, identity):
            what = " and ".join(differences(known, identity))
            return (
                f"Line {line}: patient {identity.identifier} has another {what} than in line {known_line}. These are "
                "two persons: correct the number, or what the row says of the person."
            )
        filled = replace(
            known,
            name=known.name or identity.name,
            birth_date=known.birth_date or identity.birth_date,
            sex=known.sex or identity.sex,
        )
        self._known[identity.issuer, identity.identifier] = (known_line, filled)
        return ""
