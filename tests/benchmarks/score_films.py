"""Drawn films of the size of a bedside detector's, as DICOM."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from PIL import Image

from core.films.synthetic import CLEAR, LungSeverity, draw_film, write_dicom
from core.types import PatientIdentity

ROWS, COLUMNS = 2500, 3000
SEVERITIES = (CLEAR, LungSeverity(1.0, 1.0), LungSeverity(2.5, 2.0), LungSeverity(4.0, 3.0))
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
_WHITE, _NOISE = 4095, 12.0


def dicom_films(count: int) -> list[bytes]:
    """Return films of as many patients: 3000 x 2500 pixels of 12 bits, uncompressed, with fine noise."""
    return [_dicom(number) for number in range(count)]


def _dicom(number: int) -> bytes:
    severity = SEVERITIES[number % len(SEVERITIES)]
    drawn = draw_film(patient_seed=number, film_seed=1, right=severity, left=severity, size=600)
    image = Image.fromarray(drawn.pixels.astype(np.float32)).resize((COLUMNS, ROWS), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(number).standard_normal((ROWS, COLUMNS), dtype=np.float32) * _NOISE
    pixels = np.clip(np.asarray(image) + noise, 0, _WHITE).astype(np.uint16)
    identity = PatientIdentity(f"bench-{number}")
    return write_dicom(replace(drawn, pixels=pixels), identity=identity, acquired_at=NOW + timedelta(hours=number))
