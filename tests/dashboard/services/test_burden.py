"""What a setting would have asked of a unit, from the site's own database, on SQLite and PostgreSQL."""

import pytest
from sqlalchemy import Engine
from timeline_rows import DAY_0, MODEL, VERSION, film, hours, patient, score, stay

from core.errors import DataSetInvalidError
from core.evaluation.burden import Burden, StayBurden
from core.trend import TrendPolicy
from dashboard.errors import NotAllowedError
from dashboard.services.evidence.burden import site_burden
from db.engine import transaction
from db.read_models.watched import stays_between
from db.repositories import key, scores, stays

POLICY = TrendPolicy()


@pytest.fixture
def ward(engine: Engine) -> Engine:
    """Return a site: one patient of ICU 1 for 10 days with a rise on day 1 and on day 8, one of ICU 2 with one film."""
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="test", now=DAY_0, session=session)
        ill, other = patient(session, "1"), patient(session, "2")
        first = stay(session, ill, bed="1")
        stay(session, other, bed="1", at=24, unit="ICU 2")
        for number, (day, extent) in enumerate(((0, 1.0), (1, 4.0), (7, 1.0), (8, 4.0))):
            row = film(session, ill, f"a{number}", at=24 * day, stay_id=key(first))
            score(session, row, extent, at=24 * day)
        score(session, film(session, other, "b", at=30), 3.0, at=30)
        stays.discharge(key(first), hours(240), session=session)
    return engine


def raw_step(found: Burden) -> StayBurden:
    (one,) = [setting for setting in found.settings if setting.setting == "raw-step-2"]
    return one


def test_a_month_is_counted(ward: Engine) -> None:
    found = site_burden(ward, POLICY, until=hours(24 * 20))
    step = raw_step(found)
    assert (found.n_patients, found.n_films, found.patient_days) == (1, 4, 10)
    assert (step.n_rises, step.n_drops, step.per_100_days.value) == (2, 1, 30.0)


def test_only_the_time_asked_for_counts(ward: Engine) -> None:
    found = site_burden(ward, POLICY, since=hours(24 * 6), until=hours(24 * 9))
    step = raw_step(found)
    # The films of days 7 and 8 against those before; three days of the stay lie in the time.
    assert (found.n_films, found.patient_days) == (2, 3)
    assert (step.n_rises, step.n_drops) == (1, 1)


def test_a_unit_without_two_films_has_nothing_to_compare(ward: Engine) -> None:
    with pytest.raises(DataSetInvalidError, match="none has two scored films"):
        site_burden(ward, POLICY, until=hours(24 * 20), unit="ICU 2")
    with pytest.raises(NotAllowedError, match="is empty"):
        site_burden(ward, POLICY, since=hours(5), until=hours(5))


def test_without_a_model_there_is_no_score(engine: Engine) -> None:
    with pytest.raises(NotAllowedError, match="No model is active"):
        site_burden(engine, POLICY, until=hours(5))


def test_stays_of_a_time(ward: Engine) -> None:
    with transaction(ward) as session:
        both = stays_between(hours(0), hours(100), session=session)
        assert [one.identifier for one in both] == ["1", "2"]
        assert [one.identifier for one in stays_between(hours(240), hours(300), session=session)] == ["2"]
        assert [one.unit for one in stays_between(hours(0), hours(100), unit="ICU 2", session=session)] == ["ICU 2"]
        assert stays_between(hours(-50), hours(0), session=session) == ()
        with pytest.raises(ValueError, match="no time zone"):
            stays_between(hours(0).replace(tzinfo=None), hours(9), session=session)
