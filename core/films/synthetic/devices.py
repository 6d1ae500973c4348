"""Tubes, lines and leads, and the marks that a film carries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from core.films.synthetic.anatomy import Chest, Points, Pose
from core.films.synthetic.drawing import circle, curve
from core.films.synthetic.types import Device
from core.types import FloatImage


def draw_devices(chest: Chest, devices: frozenset[Device], random: np.random.Generator) -> FloatImage:
    """Return the path (cm of metal) through the devices, twice as fine as the chest's grid."""
    sheet = _Sheet(chest.pose)
    carina = chest.lung_height / 22.0 * 8.3
    front = chest.pose.turn / 2
    # in a fixed order and always drawn from the generator, so that one device does not move another
    tip, side_shift = carina - random.uniform(2.5, 5.5), random.uniform(-0.4, 0.4)
    if Device.ENDOTRACHEAL_TUBE in devices:
        tube = curve([(side_shift + 0.4, -7.5), (0.1, -2.0), (-0.1, tip)])
        sheet.line(tube, 0.95, 0.07)
        sheet.line(tube + np.array([0.36, 0.0]), 0.11, 0.34)
    cava = carina + random.uniform(1.0, 4.0)
    if Device.CENTRAL_LINE in devices:
        sheet.line(
            curve([(-6.2, -7.0), (-4.6, -2.5), (-2.9 + front, 3.2), (-2.3 + front, 7.0), (-2.1 + front, cava)], 60),
            0.19,
            0.30,
        )
    stomach = chest.lung_height + 6.0 + random.uniform(-1, 1)
    if Device.NASOGASTRIC_TUBE in devices:
        tube = curve(
            [
                (0.5, -7.5),
                (0.5, 0.0),
                (0.9, 9.0),
                (0.7, 15.0),
                (2.0, stomach - 4.0),
                (5.4, stomach),
                (7.0, stomach + 2.4),
            ],
            80,
        )
        sheet.line(tube, 0.40, 0.08)
        sheet.line(tube, 0.10, 0.24)
    _leads(sheet, random, wanted=Device.ECG_LEADS in devices)
    return sheet.image()


class _Sheet:
    """A sheet at film size; what is drawn adds up."""

    def __init__(self, pose: Pose) -> None:
        self._pose = pose
        self._size = (2 * pose.columns, 2 * pose.rows)
        self._sum = np.zeros(self._size[::-1], dtype=np.float32)
        self._used = False

    def line(self, points: Points, width_cm: float, value: float) -> None:
        """Add a line of that width (cm)."""
        width = max(1, round(width_cm * self._pose.pixels_per_cm * 2))
        self._add(lambda draw: draw.line(self._pixels(points), fill=value, width=width, joint="curve"))

    def area(self, points: Points, value: float) -> None:
        """Add a filled polygon."""
        self._add(lambda draw: draw.polygon(self._pixels(points), fill=value))

    def _pixels(self, points: Points) -> list[float]:
        pixels: list[float] = self._pose.to_pixels(points, 2).ravel().tolist()
        return pixels

    def _add(self, paint: Callable[[ImageDraw.ImageDraw], None]) -> None:
        image = Image.new("F", self._size, 0.0)
        paint(ImageDraw.Draw(image))
        self._sum += np.asarray(image)
        self._used = True

    def image(self) -> FloatImage:
        """Return the sum, slightly blurred as the focus blurs it."""
        if not self._used:
            return self._sum
        return np.asarray(ndimage.gaussian_filter(self._sum, 0.9), dtype=np.float32)


def _leads(sheet: _Sheet, random: np.random.Generator, *, wanted: bool) -> None:
    """Draw electrodes on both shoulders and the left flank, their leads gathered at one edge."""
    gather = np.array([random.uniform(6, 18), -8.0])
    for spot in ((-11.0, 1.5), (11.5, 2.0), (13.0, 17.5), (-12.0, 18.5)):
        at = np.array(spot) + random.uniform(-1.2, 1.2, 2)
        bow = (at + gather) / 2 + random.uniform(-3.5, 3.5, 2)
        end = gather + random.uniform(-0.6, 0.6, 2)
        if not wanted:
            continue
        sheet.line(curve([tuple(at), tuple(bow), tuple(end)], 50), 0.17, 0.22)
        sheet.area(circle(tuple(at), (1.0, 1.0)), 0.05)
        sheet.area(circle(tuple(at), (0.42, 0.42)), 0.5)
        sheet.line(np.array([at, at + np.array([0.9, -0.5])]), 0.35, 0.45)


def stamp(pixels: NDArray[np.uint16], pose: Pose, random: np.random.Generator) -> NDArray[np.uint16]:
    """Return the film with its side marker and with SYNTHETIC burnt in at the lower edge."""
    rows, columns = pixels.shape
    scale = columns / 1024
    image = Image.new("L", (columns, rows), 0)
    draw = ImageDraw.Draw(image)
    side = ("R", 0.045) if random.random() < 0.3 else ("L", 0.93)
    top = random.uniform(0.05, 0.10) if random.random() < 0.6 else random.uniform(0.80, 0.86)
    letter = ImageFont.load_default(40 * scale)
    draw.text((side[1] * columns, top * rows), side[0], fill=255, font=letter)
    if pose.supine:
        draw.text(
            (side[1] * columns - 22 * scale, top * rows + 46 * scale),
            "supine",
            fill=255,
            font=ImageFont.load_default(20 * scale),
        )
    word = ImageFont.load_default(max(9.0, 17 * scale))
    corner = (columns - 4, rows - 3)
    box = [round(edge) for edge in draw.textbbox(corner, "SYNTHETIC", font=word, anchor="rb")]
    draw.text(corner, "SYNTHETIC", fill=255, font=word, anchor="rb")
    share = np.asarray(image, dtype=np.float32) / 255
    ground = pixels.astype(np.float32)
    ground[box[1] - 2 :, box[0] - 2 :] *= 0.45  # legible also on the abdomen
    return np.asarray(ground + (3950 - ground) * share, dtype=np.uint16)
