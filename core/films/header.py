"""A film's header from a DICOM data set."""

from __future__ import annotations

import re
from datetime import tzinfo

from pydicom.dataset import Dataset

from core.errors import FilmUnreadableError
from core.films.dicom.elements import element_items, element_number, element_text, element_value
from core.films.dicom.times import acquisition_time, parse_date
from core.films.projection import patient_position, portable, view_position
from core.patient_number import NOT_STATED
from core.types import FilmHeader, PatientIdentity

_UID = re.compile(r"[0-9.]{1,64}")
_SYNTHETIC = "SYNTHETIC"


def dicom_header(dataset: Dataset, *, site_zone: tzinfo) -> FilmHeader:
    """Return what a DICOM film says of itself; what is absent or damaged stays unknown.

    Raises
    ------
    FilmUnreadableError
        Rows or columns are not stated.
    """
    acquired_at, precision = acquisition_time(dataset, site_zone)
    return FilmHeader(
        rows=stated_count(dataset, "Rows"),
        columns=stated_count(dataset, "Columns"),
        bits_stored=int(element_number(dataset, "BitsStored") or element_number(dataset, "BitsAllocated") or 8),
        identity=_identity(dataset),
        sop_instance_uid=_uid(dataset, "SOPInstanceUID"),
        study_instance_uid=_uid(dataset, "StudyInstanceUID"),
        acquired_at=acquired_at,
        time_precision=precision,
        modality=element_text(dataset, "Modality").upper()[:16],
        view_position=view_position(dataset),
        patient_position=patient_position(dataset),
        portable=portable(dataset),
        synthetic=any(
            _SYNTHETIC in element_text(dataset, keyword).upper() for keyword in ("SeriesDescription", "ImageComments")
        ),
        body_part=_body_part(dataset),
        device=_device(dataset),
    )


def stated_count(dataset: Dataset, keyword: str) -> int:
    """Return a positive whole number that the data set must state.

    Raises
    ------
    FilmUnreadableError
    """
    value = element_value(dataset, keyword)
    if not isinstance(value, int) or value < 1:
        raise FilmUnreadableError(f"The file does not say how large the picture is ({keyword}). Send the film again.")
    return value


def _uid(dataset: Dataset, keyword: str) -> str | None:
    text = element_text(dataset, keyword)
    return text if _UID.fullmatch(text) else None


def _identity(dataset: Dataset) -> PatientIdentity:
    sex = element_text(dataset, "PatientSex").upper()
    return PatientIdentity(
        identifier=element_text(dataset, "PatientID") or NOT_STATED,
        issuer=element_text(dataset, "IssuerOfPatientID"),
        name=element_text(dataset, "PatientName"),
        birth_date=parse_date(element_text(dataset, "PatientBirthDate")),
        sex=sex if sex in {"F", "M", "O"} else "",
    )


def _device(dataset: Dataset) -> str:
    model = " ".join(element_text(dataset, keyword) for keyword in ("Manufacturer", "ManufacturerModelName"))
    return (element_text(dataset, "StationName") or model).strip()


def _body_part(dataset: Dataset) -> str:
    stated = element_text(dataset, "BodyPartExamined")
    regions = (element_text(item, "CodeMeaning") for item in element_items(dataset, "AnatomicRegionSequence"))
    return (stated or next((region for region in regions if region), "")).upper()
