"""What `lungline evaluate segmentation` and `opacity-outcomes` print."""

from __future__ import annotations

from pathlib import Path

from lungline_command import Lungline


def test_the_segmentations_are_tabled_with_intervals(lungline: Lungline, shared_data: Path) -> None:
    figures = lungline("evaluate", "segmentation", "--data", shared_data, "--json").document["unet-resnet18"]
    shown = lungline("evaluate", "segmentation", "--data", shared_data)

    assert (figures["n_films"], figures["n_patients"]) == (76, 55)
    low, high = figures["lungs_dice"][1:]
    assert 0 < low <= figures["lungs_dice"][0] <= high < 1
    assert (shown.code, "unet-resnet18" in shown.out) == (0, True)
    assert f"{figures['fraction_mae'][0]:.2f} (" in shown.out


def test_the_outcomes_are_tabled_with_their_numbers(lungline: Lungline, shared_data: Path) -> None:
    document = lungline("evaluate", "opacity-outcomes", "--data", shared_data, "--json").document
    shown = lungline("evaluate", "opacity-outcomes", "--data", shared_data)

    deaths = [one for one in document["figures"] if (one["outcome"], one["film"]) == ("death", "worst")]
    assert deaths[0]["n_events"] == 17
    assert deaths[0]["n_patients"] == 77
    assert shown.code == 0
    assert "Left out of death: 3 patients" in shown.out


def test_a_folder_without_tables_is_named_in_the_message(lungline: Lungline, tmp_path: Path) -> None:
    for command, table in (("segmentation", "films.csv"), ("opacity-outcomes", "films.csv")):
        answer = lungline("evaluate", command, "--data", tmp_path)
        assert answer.code != 0
        assert f"{table} is not in" in answer.err
