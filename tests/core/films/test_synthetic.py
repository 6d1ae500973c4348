"""Synthetic films: seeded, of the stated severity, bright where opaque, and proper DICOM."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from itertools import pairwise

import numpy as np
import pydicom
import pytest

from core.films.read import read_film
from core.films.synthetic import CLEAR, Device, LungSeverity, SyntheticFilm, draw_film, write_dicom
from core.types import PatientIdentity, PatientPosition, TimePrecision, ViewPosition

SIZE = 384
ACQUIRED_AT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
IDENTITY = PatientIdentity("SYN-7", "Demo", "Ångström, Zoë", date(1961, 5, 17), "F")


def film(
    right: LungSeverity = CLEAR,
    left: LungSeverity = CLEAR,
    *,
    patient: int = 3,
    seed: int = 5,
    view: ViewPosition = ViewPosition.AP,
    position: PatientPosition = PatientPosition.SUPINE,
    devices: frozenset[Device] = frozenset(),
) -> SyntheticFilm:
    return draw_film(
        patient_seed=patient,
        film_seed=seed,
        right=right,
        left=left,
        view_position=view,
        patient_position=position,
        devices=devices,
        size=SIZE,
    )


def mean_grey(drawn: SyntheticFilm, side: str = "right") -> float:
    lung = drawn.truth.right_lung if side == "right" else drawn.truth.left_lung
    return float(drawn.pixels[lung].mean() / 4095)


def test_the_same_arguments_give_the_same_film_and_the_same_file() -> None:
    one, two = (film(LungSeverity(2, 1), devices=frozenset(Device)) for _ in range(2))
    assert np.array_equal(one.pixels, two.pixels)
    files = [write_dicom(each, identity=IDENTITY, acquired_at=ACQUIRED_AT) for each in (one, two)]
    assert files[0] == files[1]


def test_another_film_or_another_patient_differs() -> None:
    first = film()
    assert not np.array_equal(first.pixels, film(seed=6).pixels)
    assert not np.array_equal(first.pixels, film(patient=4).pixels)


def test_pixels_are_twelve_bit_and_use_the_range() -> None:
    drawn = film()
    assert drawn.pixels.dtype == np.uint16
    assert drawn.pixels.shape == (2 * round(SIZE / 2 * 0.82), SIZE)
    assert drawn.pixels.max() <= 4095
    assert np.percentile(drawn.pixels, 97) - np.percentile(drawn.pixels, 3) > 2500
    assert film(view=ViewPosition.PA, position=PatientPosition.ERECT).pixels.shape == (SIZE, SIZE)


@pytest.mark.parametrize(
    ("extent", "fraction"), [(0.0, 0.0), (0.5, 0.0625), (1, 0.125), (2, 0.375), (2.5, 0.5), (3, 0.625), (4, 0.95)]
)
def test_the_stated_share_of_each_lung_is_drawn(extent: float, fraction: float) -> None:
    severity = LungSeverity(extent, 1.0) if extent else CLEAR
    assert severity.fraction == pytest.approx(fraction)
    truth = film(severity, severity).truth
    for lung in (truth.right_lung, truth.left_lung):
        assert truth.opacity[lung].mean() == pytest.approx(fraction, abs=0.003)
    assert truth.opacity_fraction == pytest.approx(fraction, abs=0.003)
    assert truth.geographic_extent == 2 * extent


def test_truth_adds_both_lungs_and_masks_stay_apart() -> None:
    truth = film(LungSeverity(3, 2), LungSeverity(1.5, 1)).truth
    assert (truth.geographic_extent, truth.opacity_score) == (4.5, 3.0)
    assert not (truth.right_lung & truth.left_lung).any()
    assert not (truth.opacity & ~(truth.right_lung | truth.left_lung)).any()
    columns = np.arange(truth.right_lung.shape[1])
    assert (truth.right_lung.sum(0) * columns).sum() / truth.right_lung.sum() < SIZE / 2  # left in the picture
    assert 0.06 < truth.right_lung.mean() < 0.30
    assert 0.04 < truth.left_lung.mean() < 0.30


@pytest.mark.parametrize("patient", [1, 2, 3, 4])
def test_a_lung_grows_brighter_with_density_and_with_extent(patient: int) -> None:
    by_density = [mean_grey(film(LungSeverity(3, d), patient=patient)) for d in (1, 2, 3)]
    by_extent = [mean_grey(film(LungSeverity(e, 2), patient=patient)) for e in (1, 2, 3, 4)]
    clear = mean_grey(film(patient=patient))
    for darker, brighter in (*pairwise([clear, *by_density]), *pairwise([clear, *by_extent])):
        assert brighter > darker + 0.01


def test_white_out_is_as_bright_as_the_abdomen_and_a_clear_lung_is_dark() -> None:
    drawn = film(LungSeverity(4, 3))
    opaque = drawn.pixels[drawn.truth.opacity & drawn.truth.right_lung].mean()
    clear = drawn.pixels[drawn.truth.left_lung].mean()
    abdomen = drawn.pixels[-30:-10, SIZE // 4 : SIZE // 2].mean()
    assert opaque > 0.9 * abdomen
    assert clear < 0.75 * abdomen


def test_ground_glass_leaves_more_vessel_detail_than_consolidation() -> None:
    def detail(density: float) -> float:
        drawn = film(LungSeverity(4, density))
        noise_free = drawn.pixels.astype(float).reshape(-1, 2, SIZE // 2, 2).mean((1, 3))
        opaque = drawn.truth.opacity[::2, ::2] & drawn.truth.right_lung[::2, ::2]
        difference = noise_free[:, 3:] - noise_free[:, :-3]
        return float(np.abs(difference[opaque[:, 3:] & opaque[:, :-3]]).mean())

    assert detail(0.6) > 1.2 * detail(2.6)


def test_a_rise_adds_to_what_is_there() -> None:
    masks = [film(LungSeverity(extent, 1)).truth.opacity for extent in (0.5, 1, 2, 3, 4)]
    for smaller, larger in pairwise(masks):
        assert not (smaller & ~larger).any()
        assert larger.sum() > smaller.sum()


def test_supine_lungs_are_lower_and_the_heart_is_wider() -> None:
    supine = film(patient=8).truth
    erect = film(patient=8, view=ViewPosition.PA, position=PatientPosition.ERECT).truth
    heights = [np.ptp(np.flatnonzero(truth.right_lung.any(axis=1))) for truth in (supine, erect)]
    assert heights[0] < 0.95 * heights[1]

    def heart_to_chest(truth: object) -> float:
        lungs = truth.right_lung | truth.left_lung  # type: ignore[attr-defined]
        rows = np.flatnonzero(lungs.any(axis=1))
        row = int(rows[0] + 0.72 * np.ptp(rows))
        right = np.flatnonzero(truth.right_lung[row])  # type: ignore[attr-defined]
        left = np.flatnonzero(truth.left_lung[row])  # type: ignore[attr-defined]
        return float((left[0] - right[-1]) / (left[-1] - right[0]))

    assert heart_to_chest(supine) > heart_to_chest(erect) + 0.03
    assert 0.3 < heart_to_chest(erect) < 0.6


@pytest.mark.parametrize("device", list(Device))
def test_each_device_leaves_a_bright_trace_and_moves_nothing_else(device: Device) -> None:
    bare, fitted = film(), film(devices=frozenset({device}))
    difference = fitted.pixels.astype(int) - bare.pixels
    brighter = difference > 120
    assert 0.0005 < brighter.mean() < 0.06
    assert np.median(np.abs(difference)) < 15
    assert np.array_equal(bare.truth.right_lung, fitted.truth.right_lung)


def test_synthetic_is_burnt_in_at_the_lower_edge() -> None:
    corner = film(LungSeverity(4, 3)).pixels[-11:-2, -62:-3]
    assert (corner > 3000).sum() > 50
    assert np.median(corner) < 2000


@pytest.mark.parametrize("values", [(-0.1, 1), (4.1, 1), (1, 3.1), (1, -1), (2, 0), (0, 2)])
def test_an_impossible_severity_is_refused(values: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"Expected an extent|both are 0"):
        LungSeverity(*values)


@pytest.mark.parametrize("view", [ViewPosition.LATERAL, ViewPosition.UNKNOWN])
def test_a_view_that_is_not_frontal_is_refused(view: ViewPosition) -> None:
    with pytest.raises(ValueError, match="Ask for AP or PA"):
        film(view=view)


def test_a_film_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="Ask for 128 or more"):
        draw_film(patient_seed=1, film_seed=1, right=CLEAR, left=CLEAR, size=64)


def test_dicom_says_what_the_film_is() -> None:
    drawn = film(LungSeverity(1, 1))
    dataset = pydicom.dcmread(BytesIO(write_dicom(drawn, identity=IDENTITY, acquired_at=ACQUIRED_AT, accession="ACC1")))
    assert dataset.file_meta.MediaStorageSOPClassUID == pydicom.uid.ComputedRadiographyImageStorage
    assert np.array_equal(dataset.pixel_array, drawn.pixels)
    assert (dataset.PatientID, str(dataset.PatientName), dataset.PatientSex) == ("SYN-7", "Ångström^Zoë", "F")
    assert (dataset.PatientBirthDate, dataset.IssuerOfPatientID) == ("19610517", "Demo")
    assert (dataset.AcquisitionDate, dataset.AcquisitionTime) == ("20260301", "040506.000000")
    assert dataset.TimezoneOffsetFromUTC == "-0330"
    assert (dataset.Modality, dataset.ViewPosition, dataset.BodyPartExamined) == ("CR", "AP", "CHEST")
    assert dataset.SeriesDescription == "CHEST AP SUPINE BEDSIDE SYNTHETIC"
    assert dataset.StationName.startswith("PORTABLE")
    assert (dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit) == (16, 12, 11)
    assert (dataset.PhotometricInterpretation, dataset.AccessionNumber) == ("MONOCHROME2", "ACC1")
    uids = {dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID}
    assert len(uids) == 3
    assert all(uid.is_valid and len(uid) <= 64 for uid in uids)


def test_the_uid_seed_and_the_pixels_make_another_object() -> None:
    one, two = film(), film(seed=6)
    files = [
        write_dicom(one, identity=IDENTITY, acquired_at=ACQUIRED_AT),
        write_dicom(one, identity=IDENTITY, acquired_at=ACQUIRED_AT, uid_seed="again"),
        write_dicom(two, identity=IDENTITY, acquired_at=ACQUIRED_AT),
    ]
    assert len({pydicom.dcmread(BytesIO(each)).SOPInstanceUID for each in files}) == 3


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        write_dicom(film(), identity=IDENTITY, acquired_at=ACQUIRED_AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("view", "position", "portable"),
    [
        (ViewPosition.AP, PatientPosition.SUPINE, True),
        (ViewPosition.AP, PatientPosition.SEMI_ERECT, True),
        (ViewPosition.PA, PatientPosition.ERECT, None),
    ],
)
def test_the_reader_reads_it_back(view: ViewPosition, position: PatientPosition, portable: bool | None) -> None:
    drawn = film(view=view, position=position)
    read = read_film(write_dicom(drawn, identity=IDENTITY, acquired_at=ACQUIRED_AT), site_zone=UTC)
    header = read.header
    assert (header.view_position, header.patient_position, header.portable) == (view, position, portable)
    assert header.synthetic
    assert header.acquired_at == ACQUIRED_AT
    assert header.time_precision is TimePrecision.SECOND
    assert header.identity == IDENTITY
    assert np.allclose(read.pixels, drawn.pixels / 4095, atol=0.002)


def test_a_film_can_be_marked_as_lateral_in_its_header() -> None:
    marked = replace(film(), view_position=ViewPosition.LATERAL)
    read = read_film(write_dicom(marked, identity=IDENTITY, acquired_at=ACQUIRED_AT), site_zone=UTC)
    assert read.header.view_position is ViewPosition.LATERAL
