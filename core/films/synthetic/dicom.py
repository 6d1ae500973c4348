"""A drawn film as a DICOM object: CR Image Storage (PS3.3 A.2), marked as synthetic in its header."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from io import BytesIO

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID, ComputedRadiographyImageStorage, ExplicitVRLittleEndian

from core.films.synthetic.types import SyntheticFilm
from core.types import PatientIdentity, PatientPosition

_UID_SPACE = uuid.UUID("6f0c2f5e-3b0e-5b1c-9d51-1f5a4c3c7a10")
_TEXT = "SYNTHETIC: drawn by Lungline, shows no person"
_ORIENTATION: dict[PatientPosition, tuple[Code, Code | None]] = {
    PatientPosition.SUPINE: (codes.cid19.Recumbent, codes.cid20.Supine),
    PatientPosition.SEMI_ERECT: (codes.cid19.SemiErect, None),
    PatientPosition.ERECT: (codes.cid19.Erect, None),
}


def write_dicom(
    film: SyntheticFilm,
    *,
    identity: PatientIdentity,
    acquired_at: datetime,
    accession: str = "",
    uid_seed: str = "",
) -> bytes:
    """Write a film as a DICOM file. The same arguments give the same bytes and UIDs.

    Parameters
    ----------
    film : SyntheticFilm
        Its view position is written as it stands, so that a film can be made to contradict its picture.
    identity : PatientIdentity
        Name as "Family, Given".
    acquired_at : datetime
        With time zone; written with Timezone Offset From UTC (0008,0201).
    accession : str
        At most 16 characters.
    uid_seed : str
        Enters the UIDs, for films that are to be alike in all else.

    Returns
    -------
    bytes
        Part 10 file, Explicit VR Little Endian, MONOCHROME2, 12 bits in 16.

    Raises
    ------
    ValueError
        For a time without time zone.
    """
    if acquired_at.utcoffset() is None:
        message = f"Acquisition time {acquired_at} has no time zone. Attach one, for example UTC."
        raise ValueError(message)
    seed = f"{identity.issuer}\\{identity.identifier}\\{acquired_at.isoformat()}\\{uid_seed}"
    instance = _uid("instance", seed, hashlib.sha256(film.pixels.tobytes()).hexdigest())
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = ComputedRadiographyImageStorage
    dataset.SOPInstanceUID = instance
    _write_patient_and_study(dataset, identity, acquired_at, accession)
    dataset.StudyInstanceUID = _uid("study", seed)
    dataset.SeriesInstanceUID = _uid("series", seed)
    _write_projection(dataset, film)
    _write_image(dataset, film)
    target = BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def _uid(*parts: str) -> UID:
    """Return a UID under 2.25 (PS3.5 B.2) that depends on the parts alone."""
    return UID(f"2.25.{uuid.uuid5(_UID_SPACE, '|'.join(parts)).int}")


def _write_patient_and_study(
    dataset: Dataset, identity: PatientIdentity, acquired_at: datetime, accession: str
) -> None:
    dataset.PatientID = identity.identifier
    if identity.issuer:
        dataset.IssuerOfPatientID = identity.issuer
    dataset.PatientName = identity.name.replace(", ", "^", 1)
    dataset.PatientBirthDate = identity.birth_date.strftime("%Y%m%d") if identity.birth_date else ""
    dataset.PatientSex = identity.sex
    day, time = acquired_at.strftime("%Y%m%d"), acquired_at.strftime("%H%M%S.%f")
    for part in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{part}Date", day)
        setattr(dataset, f"{part}Time", time)
    dataset.TimezoneOffsetFromUTC = acquired_at.strftime("%z")[:5]
    dataset.AccessionNumber = accession
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = ""
    dataset.StudyDescription = "CHEST"


def _write_projection(dataset: Dataset, film: SyntheticFilm) -> None:
    bedside = film.patient_position is not PatientPosition.ERECT
    dataset.Modality = "CR"
    dataset.Manufacturer = "Lungline (synthetic)"
    dataset.StationName = "PORTABLE SYN 1" if bedside else "ROOM SYN 1"
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = film.view_position.value
    dataset.Laterality = ""
    dataset.PatientOrientation = ["L", "F"]
    words = [film.view_position.value, film.patient_position.value.upper(), *(["BEDSIDE"] if bedside else [])]
    dataset.SeriesDescription = f"CHEST {' '.join(words)} SYNTHETIC"
    dataset.ImageComments = _TEXT
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    if film.patient_position in _ORIENTATION:
        orientation, modifier = _ORIENTATION[film.patient_position]
        item = _coded(orientation)
        if modifier is not None:
            item.PatientOrientationModifierCodeSequence = [_coded(modifier)]
        dataset.PatientOrientationCodeSequence = [item]


def _coded(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme_designator
    item.CodeMeaning = code.meaning
    return item


def _write_image(dataset: Dataset, film: SyntheticFilm) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = film.pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = "2048", "4096"
    dataset.BurnedInAnnotation = "YES"  # the word SYNTHETIC and the side
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.PixelData = film.pixels.astype("<u2").tobytes()
