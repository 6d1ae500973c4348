"""The Radiographic Assessment of Lung Opacity set (doi:10.5281/zenodo.4634000) in its own table format."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from core.evaluation.ralo import IMAGES, RaloFilm, read_ralo_table
from core.patient_number import number_problem
from core.types import PatientIdentity, TimePrecision, ViewPosition
from dashboard.intake.images import ImageFinder
from dashboard.intake.plan import ImportItem, ImportPlan, ImportReading, PatientDraft

DATASET = "ralo"
FIRST_LINE = 3
"""Of the table's rows, below a line of headings and the header."""
READERS = ("RALO reader 1", "RALO reader 2")
NOTES = (
    "All films count as AP, as the source says; dates may have been shifted there to protect identity.",
    "Both readers' scores are kept with the films, opacity converted from the set's 0-8 to 0-6 by 6/8.",
)


def read_ralo(
    table: Path, images: Path | None = None, *, site_zone: ZoneInfo, follow_links: bool = False
) -> ImportPlan:
    """Read the set's `ralo-dataset-metadata.csv`.

    Images, `<row>.jpg`, are looked for in `images`, or else in the table's folder `CXR_images_scored` and beside the
    table.

    Parameters
    ----------
    site_zone : ZoneInfo
        The zone of the films' times, which the table does not state.

    Raises
    ------
    DataSetInvalidError
        The table has not this format, or a reader's value is off its scale.
    """
    folders = [images] if images else [table.parent / IMAGES, table.parent]
    finder = ImageFinder(folders, DATASET, follow_links=follow_links)
    items: list[ImportItem] = []
    drafts: dict[str, PatientDraft] = {}
    for row in read_ralo_table(table):
        if problem := number_problem(row.subject_id):
            items.append(ImportItem(row.image_name, None, problem=f"Line {row.number + FIRST_LINE}: {problem}"))
            continue
        identity = PatientIdentity(row.subject_id, issuer=DATASET)
        item = _item(row, identity, finder, site_zone)
        items.append(item)
        draft = drafts.setdefault(identity.identifier, PatientDraft(identity, relative=False))
        if item.acquired_at is not None:
            draft.times.append(item.acquired_at)
    return ImportPlan(tuple(items), tuple(draft.finished() for draft in drafts.values()), notes=NOTES)


def _item(row: RaloFilm, identity: PatientIdentity, finder: ImageFinder, site_zone: ZoneInfo) -> ImportItem:
    path = finder.find(row.image_name)
    acquired_at, precision = _time(row, site_zone)
    return ImportItem(
        name=row.image_name,
        path=path,
        identity=identity,
        acquired_at=acquired_at,
        time_precision=precision,
        view_position=ViewPosition.AP,
        readings=tuple(_readings(row)),
        problem="" if path else f"There is no image {row.image_name!r} in the images folder.",
    )


def _time(row: RaloFilm, site_zone: ZoneInfo) -> tuple[datetime | None, TimePrecision]:
    if row.taken_on is None:
        return None, TimePrecision.DAY
    if row.taken_at is None:
        # Noon: the middle of what a date alone can mean.
        return datetime.combine(row.taken_on, time(12), site_zone), TimePrecision.DAY
    return datetime.combine(row.taken_on, row.taken_at, site_zone), TimePrecision.SECOND


def _readings(row: RaloFilm) -> list[ImportReading]:
    """Return what each reader said of each lung; a reading that leaves a lung out has no place on Lungline's form."""
    return [
        ImportReading(
            reader,
            reading.right.geographic_extent,
            reading.left.geographic_extent,
            reading.right.opacity,
            reading.left.opacity,
        )
        for reader, reading in zip(READERS, row.readings, strict=True)
        if reading is not None and reading.right is not None and reading.left is not None
    ]
