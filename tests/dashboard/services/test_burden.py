"""What a setting would have asked of a unit, from the site's own database, on SQLite and PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from timeline_rows import DAY_0, MODEL, VERSION, film, hours, patient, score, stay

from core.errors import DataSetInvalidError
from core.evaluation.burden import Burden, StayBurden
from dashboard.errors import NotAllowedError
from dashboard.services.evidence.own_films import site_burden
from dashboard.services.site.opening import Site
from dashboard.settings import load_settings
from db.engine import transaction
from db.read_models.watched import stays_between
from db.repositories import key, scores, stays


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    """Return a site in which no model is active yet."""
    return Site.of(load_settings(data_dir=tmp_path, site_zone="UTC"), engine)


@pytest.fixture
def ward(site: Site) -> Site:
    """Return a site: one patient of ICU 1 for 10 days with a rise on day 1 and on day 8, one of ICU 2 with one film."""
    with transaction(site.engine) as session:
        scores.activate(MODEL, VERSION, actor="test", now=DAY_0, session=session)
        ill, other = patient(session, "1"), patient(session, "2")
        first = stay(session, ill, bed="1")
        stay(session, other, bed="1", at=24, unit="ICU 2")
        for number, (day, extent) in enumerate(((0, 1.0), (1, 4.0), (7, 1.0), (8, 4.0))):
            row = film(session, ill, f"a{number}", at=24 * day, stay_id=key(first))
            score(session, row, extent, at=24 * day)
        score(session, film(session, other, "b", at=30), 3.0, at=30)
        stays.discharge(key(first), hours(240), session=session)
    return site


def raw_step(found: Burden) -> StayBurden:
    (one,) = [setting for setting in found.settings if setting.setting == "raw-step-2"]
    return one


def test_a_month_is_counted(ward: Site) -> None:
    found = site_burden(until=hours(24 * 20), site=ward)
    step = raw_step(found)
    assert (found.n_patients, found.n_films, found.patient_days) == (1, 4, 10)
    assert (step.n_rises, step.n_drops, step.per_100_days.value) == (2, 1, 30.0)


def test_only_the_time_asked_for_counts(ward: Site) -> None:
    found = site_burden(since=hours(24 * 6), until=hours(24 * 9), site=ward)
    step = raw_step(found)
    # The films of days 7 and 8 against those before; three days of the stay lie in the time.
    assert (found.n_films, found.patient_days) == (2, 3)
    assert (step.n_rises, step.n_drops) == (1, 1)


def test_a_unit_without_two_films_has_nothing_to_compare(ward: Site) -> None:
    with pytest.raises(DataSetInvalidError, match="none has two scored films"):
        site_burden(until=hours(24 * 20), unit="ICU 2", site=ward)
    with pytest.raises(NotAllowedError, match="is empty"):
        site_burden(since=hours(5), until=hours(5), site=ward)


def test_without_a_model_there_is_no_score(site: Site) -> None:
    with pytest.raises(NotAllowedError, match="No model is active"):
        site_burden(until=hours(5), site=site)


def test_stays_of_a_time(ward: Site) -> None:
    with transaction(ward.engine) as session:
        both = stays_between(hours(0), hours(100), session=session)
        assert [one.identifier for one in both] == ["1", "2"]
        assert [one.identifier for one in stays_between(hours(240), hours(300), session=session)] == ["2"]
        assert [one.unit for one in stays_between(hours(0), hours(100), unit="ICU 2", session=session)] == ["ICU 2"]
        assert stays_between(hours(-50), hours(0), session=session) == ()
        with pytest.raises(ValueError, match="no time zone"):
            stays_between(hours(0).replace(tzinfo=None), hours(9), session=session)
