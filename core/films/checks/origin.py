"""Whether the header says that this is a chest X-ray."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from core.films.checks.base import noted, passed, refused
from core.types import CheckResult, Film

# PS3.3 C.7.3.1.1.1. "DR" and "SC" are no defined terms but common; "" is a picture without a header.
_XRAY_MODALITIES = frozenset({"", "CR", "DX", "DR", "RG", "RF", "OT", "SC", "XC", "HC"})
_OTHER_MODALITIES = {
    "CT": "a CT image",
    "MR": "an MR image",
    "US": "an ultrasound image",
    "MG": "a mammogram",
    "PT": "a PET image",
    "NM": "a nuclear medicine image",
    "XA": "an angiogram",
    "IO": "a dental film",
    "PX": "a panoramic dental film",
    "ES": "an endoscopy image",
    "ECG": "an ECG",
    "BMD": "a bone density scan",
}
_CHEST = re.compile(r"CHEST|THORA|TORAX|TÓRAX|LUNG|PULM|POUMON|CAGE THORACIQUE|\bCXR\b")
# The thoracic spine says "thorac…" too.
_SPINE = re.compile(r"SPINE|WIRBEL|\bBWS\b|RACHIS|COLUMN")
_OTHER_BODY_PARTS = re.compile(
    r"ABDOM|PELVIS|BECKEN|HAND|WRIST|FINGER|THUMB|ELBOW|FOREARM|HUMERUS|SHOULDER|SCHULTER|CLAVIC|SCAPULA|\bARM\b|HIP\b"
    r"|FEMUR|KNEE|\bKNIE|\bLEG\b|TIBIA|FIBULA|ANKLE|FOOT|\bFUSS|\bTOE|CALCAN|SKULL|SCHAEDEL|HEAD|FACE|FACIAL|JAW|MANDIB|MAXILLA"
    r"|TEETH|TOOTH|DENT|NECK|BREAST|MAMMA|\b[CTL] ?SPINE|EXTREM|\b[CLS]?SPINE|SACRUM|COCCYX|KIDNEY|BLADDER|BRAIN"
)


@dataclass(frozen=True)
class ModalityCheck:
    """Refuses images that are no plain X-ray by their header."""

    name: ClassVar[str] = "modality"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on DICOM Modality (0008,0060)."""
        modality = film.header.modality
        if modality in _XRAY_MODALITIES:
            return passed(self)
        kind = _OTHER_MODALITIES.get(modality, f"an image of the kind {modality!r}")
        return refused(self, f"The file says that this is {kind}, not a chest X-ray.")


@dataclass(frozen=True)
class BodyPartCheck:
    """Refuses films that show another part of the body by their header; notes parts it does not know."""

    name: ClassVar[str] = "body part"
    version: ClassVar[str] = "1"

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on DICOM Body Part Examined (0018,0015)."""
        part = film.header.body_part
        shown = part.capitalize()
        is_spine = _SPINE.search(part) is not None
        if not part or (_CHEST.search(part) and not is_spine):
            return passed(self)
        if is_spine or _OTHER_BODY_PARTS.search(part):
            return refused(self, f"The file says that this film shows another part of the body: {shown}.")
        return noted(self, f"The file names the body part {shown!r}; it was taken for a chest film.")
