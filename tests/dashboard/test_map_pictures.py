"""Maps as pictures: stored as their planes, shown in colours over the film."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from core.scoring.saliency import DrawnMap, MapKind
from dashboard.pictures.maps import (
    LUNG_COLOUR,
    MAP_COLOUR,
    OPACITY_COLOUR,
    map_over_film,
    overlay_picture,
    stored_picture,
)


def opened(picture: bytes) -> Image.Image:
    with Image.open(BytesIO(picture)) as image:
        image.load()
        return image


def relative() -> bytes:
    planes = np.zeros((1, 40, 30), np.float32)
    planes[0, 20:, 15:] = 1
    planes[0, :20, 15:] = 0.5
    return stored_picture(DrawnMap(MapKind.GRADIENT_OPACITY, planes, ""))


def masks() -> bytes:
    planes = np.zeros((3, 40, 60), np.float32)
    planes[0, 5:35, 5:25] = planes[1, 5:35, 35:55] = 1
    planes[2, 10:30, 8:22] = 1
    return stored_picture(DrawnMap(MapKind.MASKS, planes, ""))


def test_a_map_is_stored_as_its_values() -> None:
    picture = opened(relative())
    assert (picture.mode, picture.size) == ("L", (30, 40))
    assert [picture.getpixel(place) for place in ((0, 0), (20, 5), (20, 30))] == [0, 128, 255]


def test_a_map_covers_more_where_its_value_is_higher() -> None:
    overlay = opened(overlay_picture(MapKind.GRADIENT_OPACITY, relative()))
    assert (overlay.mode, overlay.size) == ("RGBA", (60, 80))
    assert [overlay.getpixel(place) for place in ((5, 5), (50, 10), (50, 70))] == [
        (*MAP_COLOUR, 0),
        (*MAP_COLOUR, 102),
        (*MAP_COLOUR, 204),
    ]


def test_masks_fill_opacity_and_outline_lungs() -> None:
    overlay = opened(overlay_picture(MapKind.MASKS, masks()))
    assert overlay.size == (120, 80)
    assert overlay.getpixel((30, 40)) == (*OPACITY_COLOUR, 97)
    assert overlay.getpixel((10, 40)) == (*LUNG_COLOUR, 255)
    assert overlay.getpixel((90, 50)) == (0, 0, 0, 0)
    assert overlay.getpixel((60, 40)) == (0, 0, 0, 0)


def test_a_mask_to_the_edge_of_the_film_has_no_line_there() -> None:
    full = stored_picture(DrawnMap(MapKind.MASKS, np.ones((3, 20, 20), np.float32), ""))
    overlay = np.asarray(opened(overlay_picture(MapKind.MASKS, full)))
    assert np.unique(overlay[..., 3]).tolist() == [97]


def test_the_film_shows_where_the_map_does_not_cover_it() -> None:
    film = np.full((80, 60), 0.5, np.float32)
    over = opened(map_over_film(film, MapKind.GRADIENT_OPACITY, relative()))
    assert (over.mode, over.size) == ("RGB", (60, 80))
    assert over.getpixel((5, 5)) == (128, 128, 128)
    red, green, blue = over.getpixel((50, 70))
    assert red > 220
    assert red > green > blue
