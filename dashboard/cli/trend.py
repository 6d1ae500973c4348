"""`ward` and `trend`: what the screens show, as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Annotated, Any

import typer

from core.trend import StayLevel
from core.trend.flags.proposed import ALERTING_MEASURE, ALERTING_REFERENCE
from core.trend.types import Change, Reference
from core.trend.without_verdict import why_no_verdict
from core.trend.wording import VERDICTS_IN_WORDS, percent
from core.types import Measure
from dashboard.cli.options import REFERENCES, AsOfOption, parse_reference, parse_time, site_options
from dashboard.cli.output import clock_text, plain, print_json, print_table, say, stated_time
from dashboard.cli.people import PatientArgument, resolve_patient, shown
from dashboard.services.patient.census import not_admitted
from dashboard.services.patient.film_basis import explanations, film_basis
from dashboard.services.patient.timeline import PatientTrend, patient_trend
from dashboard.services.site.opening import open_site
from dashboard.services.ward.assembly import standing_ward
from dashboard.services.ward.board import Board, BoardRow
from dashboard.services.ward.improving import Improving, improving
from dashboard.services.worker.status import ScoringStatus, scoring_status
from dashboard.settings import Settings
from dashboard.wording.facts import doubt_text, doubts_text, not_admitted_text, taking_text
from dashboard.wording.moved import mark_lines
from dashboard.wording.row import improving_text
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import RECENT_LEVEL, change_text, last_verdict_text, sustained_text
from db.read_models.facts import FilmFacts

TREND_COLUMNS = (
    *("film id", "taken", "projection,\nposition", "geographic\nextent (0-8)", "opacity\n(0-6)", "lungs\nopaque"),
    "verdict on geographic extent,\nagainst the recent level",
)
HOW_TO_READ = (
    f"Each verdict compares a film's geographic extent with its recent level. {RECENT_LEVEL} "
    "In brackets after a score: its 90 % interval. "
    "More: `lungline trend PATIENT --json`, or the patient's page of the dashboard, /patient?id={patient_id}."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("ward", epilog="Example: lungline ward --unit 'ICU A' --json")(ward)
    app.command("trend", epilog="Example: lungline trend DEMO-001")(trend)


@site_options
def ward(
    unit: Annotated[str | None, typer.Option("--unit", help="One unit only.")] = None,
    since: Annotated[
        Reference,
        typer.Option(
            "--since", parser=parse_reference, metavar=REFERENCES, help="What the change is measured against."
        ),
    ] = ALERTING_REFERENCE,
    as_of: AsOfOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show the ward board: one row per open stay, most concern first."""
    site = open_site(settings)
    moment = parse_time(as_of, settings)
    ward_now = standing_ward(as_of=moment, unit=unit, site=site)
    board = ward_now.board(since)
    drops = improving(ward_now.board(ALERTING_REFERENCE), as_of=moment, site=site)
    scoring = scoring_status(site=site)
    if as_json:
        print_json(_ward_document(board, drops, scoring, settings.zone))
        return
    print_table(
        ("unit", "bed", "patient", "level", "interval", "change", "how it stands", "flags", "last film"),
        [_ward_line(row, settings.zone) for row in board.rows],
        empty="No open stay. Admit a patient with `lungline stay admit`, or look at `lungline demo`.",
    )
    for row in board.rows:
        for line in mark_lines(row.of_other_persons, TimeScale(settings.zone)):
            say(f"{row.stay.name or 'no name'} ({row.stay.identifier}): {line}")
    for one in drops:
        stay = one.row.stay
        say(f"{stay.name or 'no name'} ({stay.identifier}): {improving_text(one)}.")
    for remark in _ward_remarks(board, scoring):
        say(remark)
    recent = not_admitted(site=site).recent if as_of is None else 0
    if recent:
        say(f"{not_admitted_text(recent)} `lungline stay admit` admits a patient.")


def _ward_remarks(board: Board, scoring: ScoringStatus) -> list[str]:
    """Return what the rows do not show: films in no stay, films set aside, films that no worker scores."""
    remarks = []
    if n_unplaced := sum(board.unplaced.values()):
        remarks.append(
            f"Films in no stay, on none of these rows: {n_unplaced}. `lungline flags list` lists their flags too."
        )
    if board.n_set_aside:
        remarks.append(f"Films set aside until a person decides: {board.n_set_aside}. `lungline film list` names them.")
    if scoring.waiting and scoring.running is False:
        remarks.append(f"Films wait, and no worker runs: {scoring.waiting}. `lungline worker` or `serve` scores them.")
    return remarks


def _ward_line(row: BoardRow, zone: tzinfo) -> tuple[object, ...]:
    interval = f"{row.interval.low:.1f}-{row.interval.high:.1f}" if row.interval else ""
    said = (change_text(row.change) if row.change else "", sustained_text(row.sustained))
    change = "; ".join(part for part in said if part)
    hours = row.hours_since_last_film
    last = clock_text(row.series[-1].at, row.series[-1].time_precision, _scale(row, zone)) if row.series else ""
    if hours is not None:
        last = f"{hours / 24:.0f} d" if row.days_only else f"{hours:.0f} h"
    name = f"{row.stay.name or 'no name'} ({row.stay.identifier})"
    level = "" if row.level is None else f"{row.level:.1f} of {Measure.GEOGRAPHIC_EXTENT.maximum:g}"
    flags = ", ".join(VERDICTS_IN_WORDS[flag.verdict] for flag in row.open_flags)
    status = "; ".join([row.status, *(f"! {doubt}" for doubt in doubts_text(row.in_doubt))])
    return (row.stay.unit, row.stay.bed, name, level, interval, change, status, flags, last)


def _scale(row: BoardRow, zone: tzinfo) -> TimeScale:
    return TimeScale(zone, row.stay.relative_day_zero)


def _ward_document(board: Board, drops: Sequence[Improving], scoring: ScoringStatus, zone: tzinfo) -> dict[str, Any]:
    card = board.card
    return {
        "moment": board.moment,
        "model": card.model if card else None,
        "model_version": card.version if card else None,
        "since": board.reference,
        "rows": [
            {name: value for name, value in plain(row, _scale(row, zone)).items() if name != "rank"}
            for row in board.rows
        ],
        "improving": [
            {
                "stay_id": one.row.stay.stay_id,
                "film_id": one.change.film_id,
                "verdict": one.change.verdict,
                "physiology": one.support,
                "explanations": one.explanations,
            }
            for one in drops
        ],
        "films_without_stay": board.unplaced,
        "scoring_now": {name: getattr(scoring, name) for name in ("running", "waiting", "waiting_since")},
    }


@site_options
def trend(
    patient: PatientArgument,
    as_of: AsOfOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show a patient's films in order: scores, and the verdict of each against the recent level."""
    site = open_site(settings)
    shown_trend = patient_trend(resolve_patient(patient, site=site), as_of=parse_time(as_of, settings), site=site)
    scale = TimeScale(settings.zone, shown_trend.timeline.patient.relative_day_zero)
    if as_json:
        print_json(_trend_document(shown_trend, scale))
        return
    person, films = shown_trend.timeline.patient, shown_trend.timeline.films
    times = "times are days from an arbitrary day 0" if scale.relative else f"times in {settings.site_zone}"
    say(f"{shown(person)}, {times}")
    print_table(
        TREND_COLUMNS, [_trend_line(film, shown_trend, scale) for film in films], empty="No film of this patient yet."
    )
    for line in (*mark_lines(films, TimeScale(settings.zone)), *_beside_newest(shown_trend)):
        say(line)
    for flag in shown_trend.open_flags:
        say(f"Open flag {flag.flag_id}: {flag.basis}")
    if films:
        say(HOW_TO_READ.format(patient_id=person.patient_id))


def _beside_newest(shown_trend: PatientTrend) -> list[str]:
    """Return level, slope and what else stands beside the verdict of the newest film on the trend."""
    if not shown_trend.trends:
        return []
    basis = film_basis(shown_trend, _newest(shown_trend))
    lines = [f"Newest film: {explanation.text}" for explanation in basis.explanations]
    sustained = shown_trend.in_order[-1].sustained_alone
    lines += [f"Over several films: {sustained.basis}"] if sustained else []
    levels = (level for level in basis.levels if level.measure is ALERTING_MEASURE and level.change is not None)
    lines += [f"Smoothed level: {level.basis}" for level in levels]
    slopes = [stay.slope for stay in shown_trend.levels[ALERTING_MEASURE] if stay.slope]
    if slopes:
        slope = slopes[-1]
        sure = ""
        if slope.interval is not None and slope.p_rising is not None:
            sure = (
                f" (95 % interval {slope.interval.low:+.1f} to {slope.interval.high:+.1f}), probability of a rising "
                f"level {percent(slope.p_rising)}"
            )
        lines.append(f"Slope of the level: {slope.per_24_h:+.1f} points per 24 h{sure}.")
    return lines


def _newest(shown_trend: PatientTrend) -> int:
    """Return the newest film on the trend."""
    return shown_trend.in_order[-1].film.film_id


def _against_recent(film: FilmFacts, shown_trend: PatientTrend, measure: Measure) -> Change | None:
    known = shown_trend.trends.get(film.film_id)
    return known.change(measure, ALERTING_REFERENCE) if known else None


def _trend_line(film: FilmFacts, shown_trend: PatientTrend, scale: TimeScale) -> tuple[object, ...]:
    time = clock_text(film.acquired_at, film.time_precision, scale) if film.acquired_at else "no time"
    view = taking_text(film.view_position, film.patient_position)
    if film.film_id in shown_trend.not_on_trend or film.score is None:
        why = shown_trend.not_on_trend.get(film.film_id, "")
        return (film.film_id, time, view, "", "", "", f"not on the trend: {why}")
    doubt = doubt_text(film)
    time = f"{time} (! {doubt})" if doubt else time
    share = film.score.opacity_fraction
    opaque = "" if share is None else f"{share:.0f} %"
    verdict = _verdict_text(_against_recent(film, shown_trend, Measure.GEOGRAPHIC_EXTENT))
    return (film.film_id, time, view, *(_score_text(film, measure) for measure in Measure), opaque, verdict)


def _verdict_text(change: Change | None) -> str:
    """Return for example "▲▲ large rise, +3.7 in 24 h"; where there is no verdict, why."""
    if change is None:
        return ""
    verdict = last_verdict_text(change, behind=False)
    if change.change is None:
        return f"{verdict}: {change.reasons.found.rstrip('.')}"
    why = why_no_verdict(change).rstrip(".")
    return f"{verdict} ({why})" if why else verdict


def _score_text(film: FilmFacts, measure: Measure) -> str:
    if film.score is None:
        return ""
    interval = film.score.interval(measure)
    between = f" ({interval.low:.1f}-{interval.high:.1f})" if interval else ""
    return f"{film.score.value(measure):.1f}{between}"


def _trend_document(shown_trend: PatientTrend, scale: TimeScale) -> Any:  # noqa: ANN401 - JSON
    timeline = shown_trend.timeline
    document = {
        "patient": timeline.patient,
        "moment": shown_trend.moment,
        "model": timeline.active_model,
        "model_version": timeline.active_version,
        "stale": shown_trend.stale,
        "films": [
            {
                "film_id": film.film_id,
                "stay_id": film.stay_id,
                "acquired_at": stated_time(film.acquired_at, film.time_precision, scale),
                "time_precision": film.time_precision,
                "stated_at": film.stated_at,
                "time_doubt": film.time_doubt,
                "view_position": film.view_position,
                "patient_position": film.patient_position,
                "state": film.state,
                "other_person": film.other_person,
                "not_on_trend": shown_trend.not_on_trend.get(film.film_id),
                "score": film.score,
                "against_recent": {measure.value: _against_recent(film, shown_trend, measure) for measure in Measure},
                "explanations": explanations(shown_trend, film.film_id) if film.film_id in shown_trend.trends else (),
            }
            for film in timeline.films
        ],
        "levels": {
            measure.value: [_level_document(stay, scale) for stay in stays]
            for measure, stays in shown_trend.levels.items()
        },
        "beside_newest": film_basis(shown_trend, _newest(shown_trend)) if shown_trend.trends else None,
        "flags": timeline.flags,
    }
    return plain(document, scale)


def _level_document(stay: StayLevel, scale: TimeScale) -> dict[str, Any]:
    document: dict[str, Any] = plain(stay)
    if scale.relative:
        days = [(point.at - scale.day_zero) / timedelta(days=1) for point in stay.points if scale.day_zero]
        points = zip(document["points"], days, strict=True)
        document["points"] = [{**point, "at": f"day {day:.1f}"} for point, day in points]
    return document
