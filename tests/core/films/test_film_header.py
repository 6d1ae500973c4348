"""What DICOM films say of themselves: who, when, how."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from film_factory import chest_values, dicom_bytes, jpeg_bytes, png_bytes
from pydicom.dataset import Dataset
from pydicom.uid import JPEGBaseline8Bit

from core.errors import FilmUnreadableError
from core.films.read import is_dicom, read_film, read_header
from core.patient_number import NOT_STATED
from core.types import FilmHeader, PatientIdentity, PatientPosition, TimePrecision, ViewPosition

ZONE = ZoneInfo("Europe/Berlin")
NO_TIME: dict[str, Any] = {"AcquisitionDate": None, "AcquisitionTime": None}


def header(**tags: object) -> FilmHeader:
    return read_header(dicom_bytes(chest_values(8, 10), **tags), site_zone=ZONE)


def code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def test_header_and_film_agree() -> None:
    source = dicom_bytes(chest_values(8, 10, bits=12), bits_stored=12)
    film_header = read_header(source, site_zone=ZONE)
    assert film_header == read_film(source, site_zone=ZONE).header
    assert (film_header.rows, film_header.columns, film_header.bits_stored) == (8, 10, 12)
    assert film_header.modality == "DX"
    assert film_header.body_part == "CHEST"
    assert film_header.sop_instance_uid == "1.2.826.0.1.3680043.10.1.1"
    assert film_header.study_instance_uid == "1.2.826.0.1.3680043.10.1"
    assert film_header.identity == PatientIdentity("4711", "", "Doe, Jane", date(1950, 1, 2), "F")
    assert film_header.synthetic is False


def test_the_header_of_a_compressed_film_needs_no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.films.read.stored_film", lambda _: pytest.fail("decoded"))
    source = dicom_bytes(chest_values(), transfer_syntax=JPEGBaseline8Bit)
    assert read_header(source[: len(source) // 2], site_zone=ZONE).rows == 96


@pytest.mark.parametrize("uid", ["../../etc/passwd", "1." * 33, "1.2.x", ""])
def test_an_invalid_uid_is_none(uid: str) -> None:
    assert header(StudyInstanceUID=uid).study_instance_uid is None


@pytest.mark.parametrize("number", ["", None, " \t "])
def test_a_film_without_a_number_still_says_whom_it_shows(number: str | None) -> None:
    assert header(PatientID=number).identity == PatientIdentity(NOT_STATED, "", "Doe, Jane", date(1950, 1, 2), "F")


def test_identity_is_plain_text_of_bounded_length() -> None:
    identity = header(
        PatientID="47\x0011\n12",
        IssuerOfPatientID="WARD",
        PatientName="<b>Doe</b>\x1b[31m^Jane" + "x" * 500,
        PatientSex="unknown",
        PatientBirthDate="19500230",
    ).identity
    assert identity is not None
    assert identity.identifier == "4711 12"
    assert identity.issuer == "WARD"
    assert identity.name.startswith("<b>Doe</b>[31m, Janexx")
    assert len(identity.name) == 300
    assert identity.sex == ""
    assert identity.birth_date is None


@pytest.mark.parametrize(
    ("charset", "stored", "shown"),
    [
        ("ISO_IR 100", "Müller^Jürgen", "Müller, Jürgen"),
        ("ISO_IR 144", "Щедрин^Юлия", "Щедрин, Юлия"),
        ("ISO_IR 192", "王^小東", "王, 小東"),
        ("GB18030", "王^小东", "王, 小东"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou"),
        ("ISO_IR 192", "^^^^", ""),
    ],
)
def test_names_in_any_character_set(charset: str | list[str], stored: str, shown: str) -> None:
    identity = header(SpecificCharacterSet=charset, PatientName=stored).identity
    assert identity is not None
    assert identity.name == shown


def test_an_unknown_character_set_leaves_a_name_of_replacements() -> None:
    source = dicom_bytes(chest_values(8, 10), SpecificCharacterSet="ISO_IR 100", PatientName="Müller")
    identity = read_header(source.replace(b"ISO_IR 100", b"ISO_XX 999"), site_zone=ZONE).identity
    assert identity is not None
    assert "ller" in identity.name


def test_direction_turning_characters_are_dropped() -> None:
    identity = header(SpecificCharacterSet="ISO_IR 192", PatientID="47\u202e11").identity
    assert identity is not None
    assert identity.identifier == "4711"


def test_local_times_get_the_zone_of_the_site() -> None:
    film_header = header()
    assert film_header.acquired_at == datetime(2020, 3, 1, 7, 30, tzinfo=UTC)
    assert film_header.time_precision is TimePrecision.SECOND


def test_the_offset_of_the_file_wins_over_the_site() -> None:
    assert header(TimezoneOffsetFromUTC="-0500").acquired_at == datetime(2020, 3, 1, 13, 30, tzinfo=UTC)
    assert header(TimezoneOffsetFromUTC="+9900").acquired_at == datetime(2020, 3, 1, 7, 30, tzinfo=UTC)
    in_date_time = header(AcquisitionDateTime="20200302090000.500000+0530", TimezoneOffsetFromUTC="-0500")
    zone = timezone(timedelta(hours=5, minutes=30))
    assert in_date_time.acquired_at == datetime(2020, 3, 2, 9, 0, 0, 500000, tzinfo=zone)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"AcquisitionDateTime": "20200302100000"}, "2020-03-02 10:00:00"),
        ({**NO_TIME, "ContentDate": "20200303", "ContentTime": "1115"}, "2020-03-03 11:15:00"),
        ({**NO_TIME, "SeriesDate": "20200304", "SeriesTime": "12"}, "2020-03-04 12:00:00"),
        ({**NO_TIME, "StudyDate": "2020.03.05", "StudyTime": "13:14:60"}, "2020-03-05 13:14:59"),
        ({**NO_TIME, "ContentDate": "20201399", "StudyDate": "20200306", "StudyTime": "07"}, "2020-03-06 07:00:00"),
    ],
)
def test_the_first_time_in_order_of_trust_counts(tags: dict[str, Any], expected: str) -> None:
    film_header = header(**tags)
    assert film_header.acquired_at is not None
    assert film_header.acquired_at.replace(tzinfo=None).isoformat(" ") == expected
    assert film_header.time_precision is TimePrecision.SECOND


@pytest.mark.parametrize("clock", [None, "", "25", "noon"])
def test_a_date_without_time_is_known_to_the_day(clock: str | None) -> None:
    film_header = header(AcquisitionTime=clock)
    assert film_header.acquired_at == datetime(2020, 3, 1, 12, tzinfo=ZONE)
    assert film_header.time_precision is TimePrecision.DAY


def test_a_missing_time_comes_from_the_same_day_only() -> None:
    same = header(AcquisitionTime=None, StudyDate="20200301", StudyTime="0700")
    assert same.acquired_at == datetime(2020, 3, 1, 7, tzinfo=ZONE)
    other = header(AcquisitionTime=None, StudyDate="20200229", StudyTime="0700")
    assert (other.acquired_at, other.time_precision) == (
        datetime(2020, 3, 1, 12, tzinfo=ZONE),
        TimePrecision.DAY,
    )


def test_no_date_is_no_time() -> None:
    assert header(**NO_TIME).acquired_at is None
    assert header(**NO_TIME, AcquisitionDateTime="2020", StudyDate="00010101").acquired_at is None


def test_clock_changes_are_settled() -> None:
    twice = header(AcquisitionDate="20201025", AcquisitionTime="023000").acquired_at
    assert twice == datetime(2020, 10, 25, 0, 30, tzinfo=UTC)
    never = header(AcquisitionDate="20200329", AcquisitionTime="023000").acquired_at
    assert never is not None
    assert never == datetime(2020, 3, 29, 1, 30, tzinfo=UTC)
    assert never.hour == 3


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ViewPosition": "PA"}, ViewPosition.PA),
        ({"ViewPosition": "AP SUPINE"}, ViewPosition.AP),
        ({"ViewPosition": "LL"}, ViewPosition.LATERAL),
        ({"ViewPosition": "RL"}, ViewPosition.LATERAL),
        ({"ViewPosition": "L"}, ViewPosition.LATERAL),
        ({"ViewPosition": "LATERAL"}, ViewPosition.LATERAL),
        ({"ViewPosition": "RAO"}, ViewPosition.UNKNOWN),
        ({"ViewPosition": "", "SeriesDescription": "Chest a.p. supine"}, ViewPosition.AP),
        ({"ViewPosition": "PA", "SeriesDescription": "Chest AP"}, ViewPosition.PA),
        ({"ViewCodeSequence": [code("399348003", "")]}, ViewPosition.AP),
        ({"ViewCodeSequence": [code("272479007", "")]}, ViewPosition.PA),
        ({"ViewCodeSequence": [code("399173006", "")]}, ViewPosition.LATERAL),
        ({"ViewCodeSequence": [code("X1", "postero-anterior")]}, ViewPosition.PA),
        ({"PatientOrientation": ["A", "F"]}, ViewPosition.LATERAL),
        ({"PatientOrientation": ["L", "F"]}, ViewPosition.UNKNOWN),
        ({"ProtocolName": "W033 Chest LAT"}, ViewPosition.LATERAL),
        ({"SeriesDescription": "view: PA"}, ViewPosition.PA),
        ({"SeriesDescription": "CHEST PA/LAT"}, ViewPosition.UNKNOWN),
        ({"SeriesDescription": "PATIENT IN BED"}, ViewPosition.UNKNOWN),
        ({"SeriesDescription": "Lateral decubitus"}, ViewPosition.UNKNOWN),
        ({}, ViewPosition.UNKNOWN),
    ],
)
def test_view_position(tags: dict[str, Any], expected: ViewPosition) -> None:
    assert header(**tags).view_position is expected


def orientation(*codes: Dataset) -> dict[str, Any]:
    item = codes[0]
    if len(codes) > 1:
        item.PatientOrientationModifierCodeSequence = list(codes[1:])
    return {"PatientOrientationCodeSequence": [item]}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (orientation(code("C86043", "erect")), PatientPosition.ERECT),
        (orientation(code("102538003", "recumbent"), code("40199007", "supine")), PatientPosition.SUPINE),
        (orientation(code("102538003", "recumbent"), code("1240000", "prone")), PatientPosition.UNKNOWN),
        (orientation(code("102539006", "")), PatientPosition.SEMI_ERECT),
        ({"PatientPosition": "HFS"}, PatientPosition.SUPINE),
        ({"PatientPosition": "HFP"}, PatientPosition.UNKNOWN),
        ({"ViewPosition": "AP SUPINE"}, PatientPosition.SUPINE),
        ({"SeriesDescription": "Thorax liegend"}, PatientPosition.SUPINE),
        ({"SeriesDescription": "Chest semi-erect"}, PatientPosition.SEMI_ERECT),
        ({"SeriesDescription": "AP SITTING"}, PatientPosition.SEMI_ERECT),
        ({"ProtocolName": "Chest_AP_ERECT"}, PatientPosition.ERECT),
        ({"SeriesDescription": "left lateral decubitus"}, PatientPosition.UNKNOWN),
        ({}, PatientPosition.UNKNOWN),
    ],
)
def test_patient_position(tags: dict[str, Any], expected: PatientPosition) -> None:
    assert header(**tags).patient_position is expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"SeriesDescription": "CHEST PORTABLE 1 VIEW"}, True),
        ({"StudyDescription": "XR CHEST PORT"}, True),
        ({"StationName": "MOBILE2"}, True),
        ({"ProtocolName": "Thorax Bettaufnahme"}, True),
        ({"SeriesDescription": "PORT PLACEMENT"}, None),
        ({"SeriesDescription": "AIRPORT"}, None),
        ({}, None),
    ],
)
def test_portable(tags: dict[str, Any], expected: bool | None) -> None:
    assert header(**tags).portable is expected


def test_body_part_comes_from_the_region_where_it_is_not_stated() -> None:
    region = header(BodyPartExamined=None, AnatomicRegionSequence=[code("816094009", "Chest")])
    assert region.body_part == "CHEST"
    assert header(BodyPartExamined=None).body_part == ""


def test_synthetic_films_say_so() -> None:
    assert header(SeriesDescription="SYNTHETIC chest AP").synthetic is True
    assert header(ImageComments="synthetic film").synthetic is True


def test_pictures_have_a_size_and_no_identity() -> None:
    assert read_header(png_bytes(chest_values(8, 10, bits=16)), site_zone=ZONE) == FilmHeader(8, 10, 16)
    assert read_header(jpeg_bytes(chest_values(8, 10), orientation=6), site_zone=ZONE) == FilmHeader(8, 10, 8)


def test_is_dicom() -> None:
    assert is_dicom(dicom_bytes(chest_values(8, 10)))
    assert is_dicom(dicom_bytes(chest_values(8, 10), preamble=False))
    assert not is_dicom(png_bytes(chest_values(8, 10)))
    assert not is_dicom(b"patient,film\n" * 20)
    assert not is_dicom(b"")


def test_a_dicom_file_without_picture_is_refused() -> None:
    with pytest.raises(FilmUnreadableError, match="holds no picture"):
        header(Rows=None)
    with pytest.raises(FilmUnreadableError, match="how large the picture is"):
        header(Rows=0)
    without_pixels = dicom_bytes(chest_values(8, 10), PixelData=None)
    assert read_header(without_pixels, site_zone=ZONE).rows == 8
    with pytest.raises(FilmUnreadableError, match="no grey values"):
        read_film(without_pixels, site_zone=ZONE)


def test_damaged_values_of_a_patient_reach_no_warning_and_no_log(
    recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    source = dicom_bytes(chest_values(8, 10), PatientSex="SECRET", PatientID="SECRET" * 30)
    recwarn.clear()  # writing such a file warns
    caplog.clear()
    read_header(source.replace(b"19500102", b"SECRET!!").replace(b"083000", b"SECRET"), site_zone=ZONE)
    assert not any("SECRET" in str(warning.message) for warning in recwarn.list)
    assert "SECRET" not in caplog.text
