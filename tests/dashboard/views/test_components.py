"""What the components say: times, names, colours; no screen needed."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from trend_films import CARD

from core.trend.basis import StatedBasis
from core.trend.reasons import Reasons
from core.trend.types import Change, FlagKind, Reference, Verdict
from core.trend.wording import measured_on
from core.types import Interval, Measure, PatientPosition, TimePrecision, ViewPosition
from dashboard.components.page.as_of import parse_as_of
from dashboard.components.patient import verdicts
from dashboard.components.patient.observations import courses
from dashboard.wording.facts import NO_NAME, interval_text, shown_name, stated_label, taking_text
from dashboard.wording.palette import (
    DARK,
    FLAG_SHAPES,
    FLAG_WORDS,
    LIGHT,
    VERDICT_MEANINGS,
    VERDICT_SHAPES,
    VERDICT_WORDS,
    Palette,
    flag_text,
    verdict_text,
)
from dashboard.wording.times import TimeScale, age_years, signed, span_text
from db.read_models.facts import ObservationFacts
from db.read_models.films import FilmDetail

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
CONFIG = Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml"


def test_a_time_is_said_in_the_sites_zone() -> None:
    assert TimeScale(BERLIN).text(AT) == "2 Mar 2026, 00:30"
    assert TimeScale(BERLIN).text(AT, TimePrecision.DAY) == "2 Mar 2026"
    assert TimeScale(BERLIN).text(None) == "time not stated"
    assert TimeScale(BERLIN).on_axis(AT) == datetime(2026, 3, 2, 0, 30)  # noqa: DTZ001 - the clock on the wall


def test_a_relative_time_is_a_day_and_never_a_date() -> None:
    scale = TimeScale(BERLIN, datetime(2000, 1, 1, 12, tzinfo=UTC))
    day_five = datetime(2000, 1, 6, 12, tzinfo=UTC)
    assert scale.text(day_five, TimePrecision.DAY) == "day 5"
    assert scale.text(day_five) == "day 5, 13:00"
    assert scale.text(day_five - timedelta(days=7), TimePrecision.DAY) == "day -2"
    assert scale.on_axis(day_five) == 5.0
    with pytest.raises(ValueError, match="no day zero"):
        TimeScale(BERLIN).day_number(AT)


@pytest.mark.parametrize(
    ("hours", "text"), [(0.5, "30 min"), (-1, "0 min"), (1, "1 h"), (61.2, "61 h"), (72, "3 days"), (240, "10 days")]
)
def test_spans(hours: float, text: str) -> None:
    assert span_text(hours) == text


def test_a_change_that_rounds_to_nothing_has_no_minus() -> None:
    assert [signed(change) for change in (3.71, -0.24, -0.01, 0.0)] == ["+3.7", "-0.2", "+0.0", "+0.0"]


def test_age_is_in_completed_years() -> None:
    assert age_years(date(1958, 3, 14), date(2026, 3, 13)) == 67
    assert age_years(date(1958, 3, 14), date(2026, 3, 14)) == 68
    assert age_years(date(2026, 3, 15), date(2026, 3, 14)) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Doe^Jane^M", "Doe, Jane M"),
        ("  Doe,\n Jane\t", "Doe, Jane"),
        ("", NO_NAME),
        ("\u202e\u200f ^", NO_NAME),
        ("\u202eabc\u2069", "abc"),
        ("شريف", "شريف"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_names_are_one_line_of_text(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_long_name_is_cut() -> None:
    assert shown_name("N" * 300) == "N" * 79 + "…"


@pytest.mark.parametrize(
    ("view", "position", "text"),
    [
        (ViewPosition.AP, PatientPosition.SUPINE, "AP supine"),
        (ViewPosition.AP, PatientPosition.UNKNOWN, "AP, position not stated"),
        (ViewPosition.UNKNOWN, PatientPosition.ERECT, "erect, projection not stated"),
        (ViewPosition.UNKNOWN, PatientPosition.UNKNOWN, "not stated"),
        (ViewPosition.LATERAL, PatientPosition.UNKNOWN, "lateral, position not stated"),
    ],
)
def test_how_a_film_was_taken(view: ViewPosition, position: PatientPosition, text: str) -> None:
    assert taking_text(view, position) == text


def test_an_interval_that_was_never_calibrated_is_said() -> None:
    assert interval_text(None) == "interval not calibrated"
    assert interval_text(Interval(1.04, 2.96, 0.9)) == "90 % interval 1.0 to 3.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T06:00", datetime(2026, 3, 1, 6, tzinfo=BERLIN)),
        ("2026-03-01T06:00Z", datetime(2026, 3, 1, 6, tzinfo=UTC)),
        ("2026-03-01T06:00+01:00", datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ("2026-03-01T06:00 01:00", datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=BERLIN)),
        ("2026-03-01 06:00", datetime(2026, 3, 1, 6, tzinfo=BERLIN)),
        ("soon", None),
        ("2026-13-01", None),
    ],
)
def test_a_time_of_an_address(text: str, expected: datetime | None) -> None:
    assert parse_as_of(text, BERLIN) == expected


def test_every_verdict_and_flag_has_a_shape_and_words() -> None:
    assert set(VERDICT_SHAPES) == set(VERDICT_WORDS) == set(VERDICT_MEANINGS) == set(Verdict)
    assert set(FLAG_SHAPES) == set(FLAG_WORDS) == set(FlagKind)
    assert len({verdict_text(verdict) for verdict in Verdict}) == len(Verdict)
    assert len({shape for shape, _ in VERDICT_SHAPES.values()}) == len(Verdict)
    assert flag_text(FlagKind.LOOK) == "◆ compare the films"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_texts_stand_out_from_their_ground(theme: str, palette: Palette) -> None:
    colours = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][theme]
    for ground in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
        for text in (palette.ink, palette.quiet, palette.rise, palette.drop, palette.look, colours["linkColor"]):
            assert contrast(text, ground) >= 4.5, (theme, text, ground)


def test_the_style_sheets_use_the_palettes_colours() -> None:
    components = CONFIG.parents[1] / "dashboard" / "components"
    for sheet in ("browser/tones.css", "screens.css"):
        css = (components / sheet).read_text(encoding="utf-8")
        for tone in ("rise", "drop", "look"):
            assert f"light-dark({LIGHT.tone(tone)}, {DARK.tone(tone)})" in css, (sheet, tone)


def observation(name: str, value: float, minutes: float = 0) -> ObservationFacts:
    return ObservationFacts(0, name, value, "", "", AT + timedelta(minutes=minutes), TimePrecision.SECOND, "")


def test_the_oxygen_ratio_needs_both_values_of_one_gas() -> None:
    gases = [
        observation("pao2", 80),
        observation("fio2", 40, minutes=2),
        observation("pao2", 90, minutes=60),
        observation("fio2", 0, minutes=60),
    ]
    (ratio,) = courses(gases)
    assert (ratio.label, ratio.values, ratio.at) == ("PaO2/FiO2", (200.0,), (AT,))
    assert courses([]) == ()


@pytest.mark.parametrize(
    ("uid", "label"), [("1.2.3", "The film itself says"), (None, "Added as (a picture names nobody)")]
)
def test_an_identity_that_was_typed_in_is_not_the_films_own(uid: str | None, label: str) -> None:
    assert stated_label(cast(FilmDetail, SimpleNamespace(sop_instance_uid=uid))) == label


def test_how_the_noise_was_measured_is_said_above_the_table_and_not_in_each_row() -> None:
    measure = Measure.GEOGRAPHIC_EXTENT
    reasons = Reasons("Rose.", beforehand="Never measured.", measured=measured_on(CARD.noise[measure]), limits="Yes.")
    other = Change(measure, Reference.ADMISSION, 1, Verdict.RISE, StatedBasis(reasons))

    row = verdicts._row(other, measure, Reference.ADMISSION)

    assert row.cells[3].text == "Rose. Yes."
    assert verdicts._row(None, measure, Reference.ADMISSION).cells[3].text == ""
