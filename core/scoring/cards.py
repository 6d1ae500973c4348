"""Scorers' cards as JSON files, and the same as Markdown for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from core.errors import WeightsInvalidError
from core.types import ChangeNoise, LevelNoise, Measure, PairClass, ScorerCard, VerdictRecord, ViewPosition

_BY_TIME = {"soon", "later", "up to 72 h apart", "more than 72 h apart"}
"""Classes of earlier cards, by the time between films: passed over, so that the noise of all pairs holds."""
_VIEWS = ("severity_views", "change_views")


def read_card(path: Path) -> ScorerCard:
    """Read a card.

    Raises
    ------
    WeightsInvalidError
        The card is missing, no JSON, lacks a field or has one too many.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        for name in ("noise", "mixed_noise"):
            fields[name] = {Measure(measure): ChangeNoise(**noise) for measure, noise in fields.get(name, {}).items()}
        fields["class_noise"] = {
            Measure(measure): {
                PairClass(name): ChangeNoise(**noise) for name, noise in classes.items() if name not in _BY_TIME
            }
            for measure, classes in fields.get("class_noise", {}).items()
        }
        fields["level_noise"] = {
            Measure(measure): LevelNoise(**noise) for measure, noise in fields.get("level_noise", {}).items()
        }
        if fields.get("verdicts"):
            fields["verdicts"] = VerdictRecord(**fields["verdicts"])
        fields["not_assessed"] = tuple(fields.get("not_assessed", ()))
        for name in _VIEWS:
            fields[name] = tuple(ViewPosition(view) for view in fields.get(name, ()))
        return ScorerCard(**fields)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        message = f"The card {path.name} in {path.parent.name} cannot be read ({error}). Restore it from the release."
        raise WeightsInvalidError(message) from error


def write_card(card: ScorerCard, path: Path) -> None:
    """Write a card as JSON, and beside it as Markdown."""
    fields = asdict(card)
    fields |= {name: list(getattr(card, name)) for name in ("not_assessed", *_VIEWS)}
    path.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(card_markdown(card), encoding="utf-8")


def card_markdown(card: ScorerCard) -> str:
    """Return a card as Markdown."""
    lines = [f"# {card.title}", "", card.summary, ""]
    lines += [f"Model `{card.model}`, version `{card.version}`.", "", f"Licence: {card.licence}", ""]
    lines += [f"Citation: {card.citation}", "", "## Noise of a change", ""]
    for heading, noises in (("films taken alike", card.noise), ("films taken differently", card.mixed_noise)):
        lines += list(_noise_lines(heading, noises))
    lines += [*_class_lines(card), *_level_lines(card), *_verdict_lines(card)]
    lines += ["", "## Evidence", "", *evidence_lines(card.evidence), "", "## Not assessed", ""]
    lines += [f"- {item}" for item in card.not_assessed] or ["- not stated"]
    if card.weights_sha256:
        lines += ["", f"Weights: SHA-256 `{card.weights_sha256}`"]
    return "\n".join(lines) + "\n"


def _noise_lines(heading: str, noises: Mapping[Measure, ChangeNoise]) -> Iterator[str]:
    for measure in Measure:
        noise = noises.get(measure)
        if noise is None:
            yield f"- {measure.label}, {heading}: not measured"
        else:
            yield (
                f"- {measure.label}, {heading}: SD of the error {noise.sd:.2f} (95 % interval {noise.sd_low:.2f} to "
                f"{noise.sd_high:.2f}), expert's change per point of predicted change {noise.slope:.2f}; "
                f"{noise.n_pairs} pairs of {noise.n_patients} patients. {noise.source}"
            )


def _class_lines(card: ScorerCard) -> Iterator[str]:
    for measure, classes in card.class_noise.items():
        for pair_class, noise in classes.items():
            yield (
                f"- {measure.label}, films {pair_class.label}: SD of the error {noise.sd:.2f} (95 % interval "
                f"{noise.sd_low:.2f} to {noise.sd_high:.2f}); {noise.n_pairs} pairs of {noise.n_patients} patients"
                + ("" if noise.own_sd is None else f", their own SD {noise.own_sd:.2f} drawn towards that of all pairs")
            )


def _level_lines(card: ScorerCard) -> Iterator[str]:
    for measure, level in card.level_noise.items():
        yield (
            f"- {measure.label}, level: patients' levels wander by {level.process_sd:.2f} points per √day (95 % "
            f"interval {level.process_low:.2f} to {level.process_high:.2f}; {level.n_films} films of "
            f"{level.n_stays} stays); "
            + _scatter(card, measure)
            + f"error that stays the same in one patient, SD {level.bias_sd:.2f}. {level.source}"
        )


def _scatter(card: ScorerCard, measure: Measure) -> str:
    level = card.level_noise[measure]
    what = "error of one film that differs from film to film, SD"
    if level.film_sd is not None:
        return f"{what} {level.film_sd:.2f} (95 % interval {level.film_low:.2f} to {level.film_high:.2f}); "
    return f"{what} {card.noise[measure].film_sd:.2f}; " if measure in card.noise else ""


def _verdict_lines(card: ScorerCard) -> Iterator[str]:
    record = card.verdicts
    if record is not None:
        yield (
            f"- Verdicts (real from probability {record.p_rise:g}, large from {record.p_large:g}) against experts, "
            f"{record.n_patients} patients: of {record.n_changes:.1f} films 2 points or more away from the recent "
            f"level {record.found:.1f} were named in their direction, {record.found_large:.1f} as large; of "
            f"{record.n_stable:.1f} less than 1 point away {record.named:.1f} were named, {record.named_large:.1f} as "
            "large"
        )


def evidence_lines(evidence: Mapping[str, object], depth: int = 0) -> Iterator[str]:
    """Yield evidence as a nested Markdown list."""
    for name, value in evidence.items():
        label = f"{'  ' * depth}- {name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield f"{label}:"
            yield from evidence_lines(value, depth + 1)
        elif isinstance(value, list | tuple):
            yield f"{label}: {', '.join(_shown(item) for item in value)}"
        else:
            yield f"{label}: {_shown(value)}"


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
