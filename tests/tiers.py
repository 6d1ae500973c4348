"""Which tests run in `make test-all` alone, and which not in `make test-fast`, and why.

A single test says so itself: ``@pytest.mark.release("why")``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FOLDERS = {
    "research": "studies and training: they change with the evidence, not with the product",
    "dashboard/cli/evaluation": "the commands of the studies",
}
TWIN = "the same on PostgreSQL: what differs by dialect is tried in tests/db and in the modules marked `dialect`"
VARIANT = "the same in another theme or width: the first one runs in `make test`"
DETAIL = "a detail of a screen whose journey runs in `make test`"
JOURNEYS = {
    "test_compare.py": (
        "test_from_the_patients_page_to_two_films_and_back",
        "test_window_and_level_by_keys_mouse_and_sliders",
        "test_the_ruler_measures_in_mm_by_mouse_and_keys_whatever_the_zoom",
        "test_one_side_steps_through_the_stay_in_full_screen_and_the_other_stays",
        "test_masks_alignment_and_difference_when_the_worker_has_made_them",
    ),
    "test_demo.py": ("test_the_demo_from_the_board_to_a_films_scores",),
    "test_evidence.py": ("test_every_section_by_its_address_and_by_a_click",),
    "test_film_maps.py": ("test_a_map_is_asked_for_and_laid_over_the_film",),
    "test_film_strip.py": ("test_films_are_stepped_through_by_keys_and_two_are_compared",),
    "test_flags.py": ("test_a_flag_is_acknowledged_and_found_again",),
    "test_journeys.py": (
        "test_the_morning_review",
        "test_a_new_rise_arrives_while_watching",
        "test_a_film_of_another_patient_is_retracted_and_brought_back",
        "test_a_damaged_and_a_good_file_are_added",
        "test_every_view_is_accessible_and_fits",
    ),
    "test_presentation.py": ("test_names_stay_hidden_wherever_one_goes",),
    "test_reading.py": ("test_five_films_blind_by_keyboard",),
    "test_round.py": ("test_a_round_of_twelve_by_keyboard_only",),
    "test_upload.py": ("test_two_pictures_and_a_damaged_one_are_added_and_taken_back",),
    "test_ward.py": (
        "test_sorting_and_filtering_by_keyboard_then_back_and_refresh",
        "test_back_from_a_patient_finds_the_board_as_it_was",
    ),
}
"""One journey a screen and what patients' safety hangs on; by file, so that a new file runs until it is named here."""
NOT_WHILE_ONE_WORKS = {
    "db/test_migrations.py": "each migrates a database: they change with the schema",
    "dashboard/services/test_backup.py": "whole sites are copied, by programs of their own too",
    "test_a_header_beyond_any_film_is_refused_by_both_readers": "memory is traced up to the limit of a header",
    "test_what_the_screens_use_imports_no_network_library": "a process of its own imports all screens",
    "test_plain_films_equal_torchxrayvision": "imports torchxrayvision",
    "test_a_codestream_under_another_syntax_is_read_and_noted": "another program writes each film",
    "test_a_lung_grows_brighter_with_density_and_with_extent": "draws many whole films",
    "test_a_frame_is_found_whatever_its_table_says": "writes and reads many compressed films",
    "test_a_frame_is_found_whatever_follows_it": "likewise",
    "test_every_lossless_syntax_gives_the_stored_values": "likewise",
    "test_damaged_files_never_raise_anything_else": "many damaged films",
    "test_damaged_compressed_films_never_raise_anything_else": "likewise",
    "test_real_films_pass_all_checks_and_real_laterals_none": "real films, each checked by networks",
    "test_whatever_words_a_person_resolves_with_a_later_rise_is_flagged": "a history for each of many reasons",
}
"""Left out of `make test-fast`, by module or by name: a second or more each, and why. `make test` runs them."""
_DIALECT_FOLDERS = ("db/", "integration/")
_VARIED = frozenset({"theme", "width", "height", "size"})


def sort_into_tiers(items: Iterable[pytest.Item]) -> None:
    """Mark tests `postgresql` where they need its server, and `release` where `make test` leaves them out."""
    seen: set[tuple[Path, str]] = set()
    for item in items:
        if _needs_postgresql(item):
            item.add_marker(pytest.mark.postgresql)
        if not NOT_WHILE_ONE_WORKS.keys().isdisjoint({_place(item), _name(item)}):
            item.add_marker(pytest.mark.slow)
        for why in _reasons(item, seen):
            item.add_marker(pytest.mark.release(why))


def _reasons(item: pytest.Item, seen: set[tuple[Path, str]]) -> Iterator[str]:
    place = _place(item)
    yield from (why for folder, why in FOLDERS.items() if place.startswith(f"{folder}/"))
    if _is_twin(item) and not place.startswith(_DIALECT_FOLDERS):
        yield TWIN
    if item.get_closest_marker("browser"):
        name = _name(item)
        if name not in JOURNEYS.get(item.path.name, (name,)):
            yield DETAIL
        elif _VARIED & _parameters(item).keys():
            if (item.path, name) in seen:
                yield VARIANT
            seen.add((item.path, name))


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).as_posix()


def _name(item: pytest.Item) -> str:
    """Return a test's name without its parameters."""
    return str(getattr(item, "originalname", item.name))


def _needs_postgresql(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return _parameters(item).get("database_url") == "postgresql" or "postgres_url" in fixtures


def _is_twin(item: pytest.Item) -> bool:
    return _parameters(item).get("database_url") == "postgresql" and not item.get_closest_marker("dialect")


def _parameters(item: pytest.Item) -> dict[str, object]:
    call = getattr(item, "callspec", None)
    return {} if call is None else dict(call.params)
