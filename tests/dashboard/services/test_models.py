"""Listing scorers and showing what a change of scorer would shift."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from film_site import CLEAR, WHITE, Bench, dicom

from core.errors import ScorerUnknownError, WeightsMissingError
from core.types import Measure
from dashboard.services.site import models
from db.engine import transaction
from db.repositories import scores


def test_the_list_says_which_is_active_and_which_can_be_used(bench: Bench) -> None:
    rows = {row.model: row for row in models.list_models(site=bench.site)}

    assert rows["mean-grey"].active
    assert (rows["mean-grey"].version, rows["mean-grey"].available) == ("1", True)
    assert not rows["embedded"].active
    assert (rows["txrv-cohen2020"].available, rows["txrv-cohen2020"].version) == (False, "")


def test_an_active_version_that_is_no_longer_here_leads_the_list(bench: Bench) -> None:
    with transaction(bench.engine) as session:
        scores.activate("mean-grey", "0.9", actor="tests", now=bench.now, session=session)
    first, *others = models.list_models(site=bench.site)
    assert (first.model, first.version, first.active, first.available) == ("mean-grey", "0.9", True, False)
    assert "`lungline models activate mean-grey` changes to the version here" in first.title
    assert not any(row.active for row in others)


def test_a_preview_compares_on_local_films_and_stores_nothing(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR))
    bench.work()
    # The second film was never scored by the active scorer: the preview does it.
    bench.film_id(dicom(WHITE, hours=1))
    with transaction(bench.engine) as session:
        scores.activate("mean-grey", "0.9", actor="tests", now=bench.now + timedelta(seconds=1), session=session)
    lost = models.preview_activation("mean-grey", site=bench.site)
    assert (lost.n_films, lost.shifts) == (0, {})
    assert lost.text == "No local film was scored by both mean-grey and mean-grey: the shift is not known."

    done = models.activate("mean-grey", actor="Dr A", site=bench.site.at(bench.now + timedelta(seconds=2)))
    assert (done.version, done.films_to_score, done.flags_withdrawn) == ("1", 1, 0)
    bench.work()
    same = models.preview_activation("mean-grey", n_films=1, site=bench.site)
    assert (same.n_films, same.shifts[Measure.OPACITY].sd) == (1, None)
    assert same.text == "mean-grey 1 is active already."
    assert len(bench.scores()) == 2


def test_a_shift_has_mean_median_and_spread() -> None:
    shift = models._shift([0.0, 1.0, 5.0])
    assert (shift.mean, shift.median, shift.sd) == (2.0, 1.0, pytest.approx(2.6458, abs=1e-4))


def test_a_scorer_that_cannot_be_used_is_not_activated(bench: Bench) -> None:
    with pytest.raises(ScorerUnknownError):
        models.activate("nothing", actor="Dr A", site=bench.site)
    with pytest.raises(WeightsMissingError):
        models.preview_activation("txrv-cohen2020", site=bench.site)
    with pytest.raises(WeightsMissingError):
        models.activate("txrv-cohen2020", actor="Dr A", site=bench.site)
    assert bench.activation.model == "mean-grey"


def test_what_the_screens_use_imports_no_network_library() -> None:
    code = "import dashboard.queries, dashboard.commands, dashboard.api, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
