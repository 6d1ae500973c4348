"""Flags against made-up experts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trend_films import CARD, POLICY

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.bootstrap import Estimate
from core.evaluation.change_noise import consecutive_changes
from core.evaluation.figures.expert_flags import flag_figures
from core.evaluation.flagging import RAW_STEP, families_of
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.expert_flags import evaluate_flags
from core.research.evaluation.expert_flags.figures_of_flags import Ruler, change_figures
from core.research.evaluation.expert_flags.pairs import JudgedPairs, judge_pairs, noise_without
from core.research.evaluation.expert_flags.study import CANNOT_TELL, _answer, smallest_detectable
from core.research.evaluation.out_of_sample import OutOfSample
from core.types import LevelNoise, Measure, PairClass

ALL = np.arange(4)


def judged(patient: str, predicted: list[float], expert: list[float]) -> list[JudgedFilm]:
    return [
        JudgedFilm(f"{patient}{day}", patient, truth, (said,), day, "PA")
        for day, (said, truth) in enumerate(zip(predicted, expert, strict=True))
    ]


def pairs() -> JudgedPairs:
    """Return four pairs of the expert's rise 3, drop 3, and twice nothing, with flags of known strength."""
    never = -np.inf
    return JudgedPairs(
        patients=("a", "b", "c", "d"),
        expert=np.array([3.0, -3.0, 0.0, 0.5]),
        predicted=np.array([[2.0, 1.0, 0.1, 0.2]]),
        rise={"own": np.array([[2.0, 1.0, never, 0.2]]), "raw": np.array([[2.0, 1.0, 1.5, 0.2]])},
        drop={"own": np.array([[never, never, never, never]]), "raw": np.array([[never, never, never, never]])},
        n_taken_differently=0,
    )


def test_a_flag_counts_in_the_direction_of_the_experts_change() -> None:
    ruler = Ruler(pairs(), 2.0, resamples=20)
    # The drop was flagged as a rise: not found.
    assert ruler.sensitivity("own", 0.5, 0, ALL) == 0.5
    assert ruler.specificity("own", 0.5, 0, ALL) == 1.0
    assert ruler.specificity("own", 0.1, 0, ALL) == 0.5
    assert ruler.area("own", 0, ALL) == 1.0
    assert np.isnan(ruler.sensitivity("own", 0.5, 0, np.array([2, 3])))
    assert np.isnan(ruler.specificity("own", 0.5, 0, np.array([0, 1])))


def test_the_naive_one_is_set_to_find_as_many() -> None:
    ruler = Ruler(pairs(), 2.0, resamples=20)
    assert ruler.threshold_for("raw", 0.5, 0, ALL) == 2.0
    assert ruler.threshold_for("raw", 0.0, 0, ALL) == np.inf
    assert ruler.gain("own", 0.5, "raw").value == 0.0
    assert ruler.gain("own", 0.1, "raw").value == -0.5


def test_signs_and_correlation_of_changes() -> None:
    found = change_figures(pairs(), resamples=20)
    # Of three changes of the expert the drop was predicted as a rise.
    assert found.sign_agreement.value == pytest.approx(2 / 3)
    assert found.correlation.value == pytest.approx(np.corrcoef([2, 1, 0.1, 0.2], [3, -3, 0, 0.5])[0, 1])


def test_the_noise_is_that_of_the_other_patients() -> None:
    films = [one for number, name in enumerate("abcdefg") for one in judged(name, [0, 1], [0, 1 + number / 10])]
    films += judged("wild", [0, 1], [0, 8])
    without = noise_without(consecutive_changes(films), "wild")
    assert (without.n_pairs, without.slope) == (7, pytest.approx(1.3))
    with pytest.raises(DataSetInvalidError, match="4 pairs"):
        noise_without(consecutive_changes(films[:10]), "a")


def test_no_noise_by_class_or_of_the_level_judges_a_patient_who_is_in_it() -> None:
    """A card whose classes state almost no noise, so that every step would be flagged, changes nothing."""
    films = [film for number in range(7) for film in judged(f"p{number}", [1.0, 1.6], [1.0, 1.0 + number / 2])]
    noise = CARD.noise[Measure.GEOGRAPHIC_EXTENT]
    sure = {Measure.GEOGRAPHIC_EXTENT: dict.fromkeys(PairClass, replace(noise, sd=0.01))}
    level = {Measure.GEOGRAPHIC_EXTENT: LevelNoise(0.01, 0.01, 0.01, 9, 3, 0.0, "toy")}

    plain, with_classes = (
        judge_pairs(films, families_of(POLICY), card=card, maximum=8.0)
        for card in (CARD, replace(CARD, class_noise=sure, level_noise=level))
    )

    assert plain is not None
    assert with_classes is not None
    for name in plain.rise:
        np.testing.assert_array_equal(with_classes.rise[name], plain.rise[name])


def test_flags_come_from_the_whole_series_of_a_patient() -> None:
    films = [one for number, name in enumerate("abcdef") for one in judged(name, [0, 1 + number / 10], [0, 1])]
    films += judged("z", [1, 1.2, 6.2], [1, 1, 5])
    found = judge_pairs(films, families_of(POLICY), card=CARD, maximum=8)
    assert found is not None
    assert found.patients[-2:] == ("z", "z")
    assert found.rise[RAW_STEP][0, -2:] == pytest.approx([0.2, 5.0])
    assert found.rise["measured-noise"][0, -1] > 0.9
    stretched = judge_pairs(films, families_of(POLICY), card=CARD, maximum=18)
    assert stretched is not None
    assert stretched.rise[RAW_STEP][0, -1] == pytest.approx(5.0 * 8 / 18)
    assert judge_pairs(films[:8], families_of(POLICY), card=CARD, maximum=8) is None


def made_up() -> tuple[list[DataSetFilm], OutOfSample]:
    films, said = [], {}
    for patient in range(12):
        for day, extent in enumerate((2.0, 5.0 if patient < 4 else 2.5)):
            name = f"p{patient}-{day}"
            experts = {"geographic_extent": extent, "brixia_senior": extent * 2, "brixia_junior": extent * 2 + day}
            films.append(
                DataSetFilm(name, "x", Path(name), f"p{patient}", day, "PA", "", "", "CC BY", "u", experts=experts)
            )
            said[name] = {
                "geographic_extent": (extent + 0.1 * day,),
                "brixia_senior": (extent * 2 + 0.3 * day * (patient % 3),),
            }
    return films, OutOfSample("stub", "1", said, frozenset(said), ())


def test_a_study_names_its_pairs_and_what_they_cannot_tell() -> None:
    films, said = made_up()
    study = evaluate_flags(films, said, CARD, POLICY, resamples=20)
    extent, brixia, readers = study.scales
    assert (extent.n_pairs, extent.n_patients, extent.n_real, extent.n_real_rises) == (12, 12, 4, 4)
    assert (brixia.said_by, readers.said_by) == ("stub", "brixia_junior")
    figures = {flag.setting: flag for flag in extent.flags}
    assert figures["raw-step-2"].sensitivity.value == 1.0
    assert figures["raw-step-2"].specificity.value == 1.0
    assert figures["raw-step-2"].specificity_minus_raw_step is None
    assert figures["any-rise"].specificity.value == 0.0
    assert figures["measured-noise"].answer == f"{CANNOT_TELL}: 4 real changes"
    assert any("out" in note for note in study.notes)
    drawn = flag_figures(study)
    assert drawn[0].name == "flags-geographic-extent-stub"
    assert "raw-step-2: 100% of real changes, 0% of other pairs" in drawn[0].text


def test_the_readers_own_error_says_which_change_is_real() -> None:
    films, _said = made_up()
    differences = [0.0, 1.0] * 12
    assert smallest_detectable(films) == pytest.approx(1.96 * np.std(differences, ddof=1))
    assert smallest_detectable([replace(film, experts={}) for film in films]) is None


def test_an_answer_needs_events_and_an_interval_off_zero() -> None:
    assert _answer(Estimate(0.2, 0.1, 0.3), 12) == "better than the raw step"
    assert _answer(Estimate(-0.2, -0.3, -0.1), 12) == "worse than the raw step"
    assert _answer(Estimate(0.2, -0.1, 0.3), 12) == CANNOT_TELL
    assert _answer(Estimate(0.2, 0.1, 0.3), 9) == f"{CANNOT_TELL}: 9 real changes"
    assert not _answer(None, 12)
