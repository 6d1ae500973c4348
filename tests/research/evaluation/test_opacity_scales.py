"""Experts' opacity of two scales on one."""

from pathlib import Path

import pytest

from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.opacity.scales import line_between_scales, on_one_scale


def film(name: str, **experts: float) -> DataSetFilm:
    return DataSetFilm(name, "cohen", Path(name), name, None, "AP", "", "", "CC BY", "", experts=experts)


def films() -> list[DataSetFilm]:
    """Return films whose opacity is 0.5 + extent / 2 on 0-6, and extent on 0-8."""
    extents = (1.0, 2.0, 4.0, 7.0)
    own = [film(f"a{extent}", geographic_extent=extent, opacity=0.5 + extent / 2) for extent in extents]
    return own + [film(f"b{extent}", geographic_extent=extent, opacity_0_8=extent) for extent in extents]


def test_the_scales_are_joined_by_their_relation_to_extent() -> None:
    assert line_between_scales(films()) == pytest.approx((0.5, 0.5))
    moved = on_one_scale([*films(), film("top", opacity_0_8=14.0)])
    assert [one.experts["opacity"] for one in moved] == pytest.approx([1.0, 1.5, 2.5, 4.0] * 2 + [6.0])


def test_a_film_without_either_stays_as_it_is() -> None:
    (other,) = on_one_scale([film("z", brixia_senior=4.0)])
    assert other.experts == {"brixia_senior": 4.0}


def test_too_few_films_or_a_falling_line_are_not_trusted() -> None:
    assert line_between_scales(films()[:6]) == (0.75, 0.0)
    falling = [film(f"c{extent}", geographic_extent=extent, opacity_0_8=8.0 - extent) for extent in (1.0, 2.0, 3.0)]
    assert line_between_scales([*films()[:4], *falling]) == (0.75, 0.0)
