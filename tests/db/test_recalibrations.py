"""A site's own recalibrations are stored once, by their version, and read back as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest
from own_versions import own_version
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from timeline_rows import hours

from core.scoring.recalibration import read_recalibration
from db.engine import read_transaction, transaction
from db.models import ModelRecalibration
from db.repositories import recalibrations


def test_a_recalibration_is_read_back_as_it_was(engine: Engine) -> None:
    own = own_version()
    with transaction(engine) as session:
        recalibrations.add(own, actor="Dr A", now=hours(1), session=session)
    with read_transaction(engine) as session:
        row = recalibrations.find("mean-grey", own.version, session=session)
        assert row is not None
        assert read_recalibration(row.content) == own
        assert (row.base_version, row.actor, row.made_at) == ("1", "Dr A", hours(1))
        assert recalibrations.find("mean-grey", "1", session=session) is None
        assert recalibrations.find("embedded", own.version, session=session) is None


def test_the_same_one_again_changes_nothing_and_another_is_another_row(engine: Engine) -> None:
    own, other = own_version(), replace(own_version(), n_readers=3).named()
    with transaction(engine) as session:
        for actor, at, one in (("Dr A", 1, own), ("Dr B", 2, own), ("Dr C", 3, other)):
            recalibrations.add(one, actor=actor, now=hours(at), session=session)
    with read_transaction(engine) as session:
        rows = recalibrations.list_all(session=session)
        assert [(row.model_version, row.actor) for row in rows] == [(other.version, "Dr C"), (own.version, "Dr A")]


def test_one_without_a_version_or_with_that_of_its_base_is_refused(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(ValueError, match="Name it first"):
        recalibrations.add(replace(own_version(), version=""), actor="Dr A", now=hours(1), session=session)
    same = recalibrations.from_recalibration(replace(own_version(), version="1"), actor="Dr A", now=hours(1))
    assert isinstance(same, ModelRecalibration)
    with pytest.raises(IntegrityError, match="ck_model_recalibration_version"), transaction(engine) as session:
        session.add(same)
