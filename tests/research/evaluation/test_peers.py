"""Published models' predictions: the table, and the numbers that the data set states for them."""

from pathlib import Path

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.agreement import evaluate_agreement
from core.evaluation.recalibration import recalibrated
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.evaluation.peers import PEERS, peer_films, read_peers
from core.types import Measure


def film(film_id: str, **experts: float) -> DataSetFilm:
    return DataSetFilm(film_id, "x", Path(film_id), f"p-{film_id}", 3, "AP", "", "", "", "", experts=experts)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / PEERS
    path.write_text(text, encoding="utf-8")
    return path


def test_a_columns_name_says_which_measure_it_is_of(tmp_path: Path) -> None:
    both, extent, opacity = read_peers(table(tmp_path, "film_id,one,two_geographic,two_opacity\na,7.5,1,\nb,,2,3\n"))

    assert (both.name, both.measures, both.said) == ("one", tuple(Measure), {"a": 7.5})
    assert (extent.measures, extent.said) == ((Measure.GEOGRAPHIC_EXTENT,), {"a": 1.0, "b": 2.0})
    assert (opacity.measures, opacity.said) == ((Measure.OPACITY,), {"b": 3.0})


def test_films_need_an_experts_value_and_the_peers(tmp_path: Path) -> None:
    (peer,) = read_peers(table(tmp_path, "film_id,one\na,7\nb,3\n"))
    films = [film("b", geographic_extent=4), film("a", opacity=1), film("c", geographic_extent=2)]

    (found,) = peer_films(peer, films, Measure.GEOGRAPHIC_EXTENT)

    assert (found.film_id, found.patient_id, found.expert, found.predicted) == ("b", "p-b", 4, (3.0,))
    assert (found.day, found.view) == (3, "AP")


def test_an_empty_table_has_no_peers(tmp_path: Path) -> None:
    assert read_peers(table(tmp_path, "film_id,one\n")) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one\n3\n", "lacks the column 'film_id'"),
        ("film_id,one\na,1\na,2\n", "names a film twice"),
        ("film_id,one\na,high\n", "one of 'a' is 'high'. Expected a number"),
        ("film_id,one\na,inf\n", "one of 'a' is 'inf'. Expected a number"),
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataSetInvalidError, match=message):
        read_peers(table(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "measure", "stated", "found"),
    [
        # Stated by the data set's README, over these films and 24 others of the same readers.
        ("bsnet_brixia", Measure.GEOGRAPHIC_EXTENT, 0.88, 0.819),
        ("bsnet_brixia", Measure.OPACITY, 0.66, 0.653),
        ("pxs", Measure.GEOGRAPHIC_EXTENT, 1.21, 1.174),
        ("pxs", Measure.OPACITY, 0.92, 0.950),
        ("covidnet_s_geographic", Measure.GEOGRAPHIC_EXTENT, 1.32, 1.339),
        ("covidnet_s_opacity", Measure.OPACITY, 0.85, 0.889),
        ("covidnet_sev_geographic", Measure.GEOGRAPHIC_EXTENT, 1.24, 1.271),
        ("covidnet_sev_opacity", Measure.OPACITY, 0.83, 0.867),
    ],
)
def test_the_real_peers_err_as_the_data_set_states(
    shared_data: Path, name: str, measure: Measure, stated: float, found: float
) -> None:
    peer = next(peer for peer in read_peers(shared_data / PEERS) if peer.name == name)
    films = recalibrated(peer_films(peer, read_data_set(shared_data), measure), measure.maximum)

    mae = evaluate_agreement(films, resamples=10).mae.value

    assert len(films) == 67
    assert mae == pytest.approx(found, abs=5e-4)
    assert mae == pytest.approx(stated, abs=0.07)
