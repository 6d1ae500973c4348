"""Drawn pictures that are no chest film: noise, test patterns, pages, screens, charts, and other radiographs.

Every function takes a generator and returns a (256, 256) float32 picture, 0-1, another one each time.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from core.films.recognition.view import THUMBNAIL_SIDE
from core.types import FloatImage

Drawing = Callable[[np.random.Generator], FloatImage]
Values = NDArray[np.float64]

_SIDE = THUMBNAIL_SIDE
_DOWN, _ACROSS = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]


def noise(random: np.random.Generator) -> FloatImage:
    """Return independent noise: even, normal, or salt and pepper, of one to eight pixels a grain."""
    grain = int(random.choice([1, 1, 2, 4, 8]))
    shape = (_SIDE // grain, _SIDE // grain)
    drawn = random.integers(3)
    values: Values
    if drawn == 0:
        values = random.random(shape)
    elif drawn == 1:
        values = random.normal(0.5, 0.2, shape)
    else:
        values = (random.random(shape) < random.uniform(0.1, 0.9)).astype(np.float64)
    return _finished(np.asarray(np.kron(values, np.ones((grain, grain))), dtype=np.float64))


def clouds(random: np.random.Generator) -> FloatImage:
    """Return noise whose power falls with a power of its frequency, in any direction the same or stretched."""
    frequencies = np.hypot(np.fft.fftfreq(_SIDE)[:, None] * random.uniform(0.3, 3), np.fft.rfftfreq(_SIDE)[None, :])
    spectrum = np.fft.rfft2(random.normal(size=(_SIDE, _SIDE))) / (frequencies + 1 / _SIDE) ** random.uniform(0.5, 2.5)
    return _stretched(np.fft.irfft2(spectrum, s=(_SIDE, _SIDE)))


def test_pattern(random: np.random.Generator) -> FloatImage:
    """Return a gradient, bars, a chequerboard, rings, a star or steps, turned by any angle."""
    angle = random.uniform(0, 2 * math.pi)
    along = _ACROSS * math.cos(angle) + _DOWN * math.sin(angle)
    aside = _DOWN * math.cos(angle) - _ACROSS * math.sin(angle)
    waves = random.uniform(1, 20)
    radius = np.hypot(_ACROSS - random.uniform(-0.5, 0.5), _DOWN - random.uniform(-0.5, 0.5))
    patterns = (
        along,
        radius,
        np.exp(-((radius / random.uniform(0.2, 0.8)) ** 2)),
        np.sin(waves * along),
        np.sign(np.sin(waves * along)),
        np.sign(np.sin(waves * along) * np.sin(waves * aside)),
        np.sin(waves * radius * 2),
        np.sign(np.sin(round(waves) * np.arctan2(_DOWN, _ACROSS))),
        np.floor(along * random.uniform(2, 8)),
        along * aside,
    )
    return _stretched(patterns[random.integers(len(patterns))] + random.normal(0, 0.01, along.shape))


def shapes(random: np.random.Generator) -> FloatImage:
    """Return discs, boxes, polygons and lines of any grey on any ground, some of them blurred."""
    picture, pen = _canvas(int(random.integers(256)))
    for _ in range(random.integers(1, 30)):
        grey = int(random.integers(256))
        corners = [tuple(point) for point in random.integers(-40, _SIDE + 40, (int(random.integers(3, 7)), 2)).tolist()]
        kind = random.integers(4)
        if kind == 0:
            pen.polygon(corners, fill=grey)
        elif kind == 1:
            pen.line(corners, fill=grey, width=int(random.integers(1, 20)))
        else:
            (left, top), size = corners[0], random.integers(5, 120, 2)
            box = (left, top, left + int(size[0]), top + int(size[1]))
            (pen.ellipse if kind == 2 else pen.rectangle)(box, fill=grey)
    return _finished(gaussian_filter(_grey(picture), random.choice([0, 0, 1, 3, 8])))


def page(random: np.random.Generator) -> FloatImage:
    """Return a printed page: heading, paragraphs in one or two columns, perhaps a table or a figure."""
    picture, pen = _canvas(int(random.integers(225, 256)))
    columns, size = int(random.integers(1, 3)), int(random.integers(5, 12))
    margin, top = int(random.integers(8, 30)), int(random.integers(8, 40))
    width = (_SIDE - margin * (columns + 1)) // columns
    if random.random() < 0.7:
        pen.text((margin, top), _words(random, 4), fill=0, font=ImageFont.load_default(2 * size))
        top += 3 * size
    for column in range(columns):
        left, down = margin + column * (width + margin), top
        while down < _SIDE - margin:
            part = random.random()
            if part < 0.06:
                height = int(random.integers(20, 80))
                pen.rectangle((left, down, left + width, down + height), fill=int(random.integers(40, 220)))
                down += height + size
            elif part < 0.12:
                down += 2 * size
            else:
                _line_of_text(pen, random, (left, down), width, size)
                down += round(1.3 * size)
    return _finished(_grey(picture) + random.normal(0, 0.01, (_SIDE, _SIDE)))


def screen(random: np.random.Generator) -> FloatImage:
    """Return a program's window: bars, a side panel, cards, a table, buttons; light or dark."""
    dark = random.random() < 0.5
    ground, ink = (int(random.integers(0, 60)), 220) if dark else (int(random.integers(225, 256)), 30)
    picture, pen = _canvas(ground)
    bar, panel = int(random.integers(8, 28)), int(random.integers(0, 80))
    tone = ground + (25 if dark else -25)
    pen.rectangle((0, 0, _SIDE, bar), fill=int(random.integers(20, 235)))
    pen.rectangle((0, bar, panel, _SIDE), fill=tone)
    for down in range(bar + 6, _SIDE, int(random.integers(10, 20))):
        if panel > 20:
            _line_of_text(pen, random, (5, down), panel - 10, 6, ink=ink)
    down = bar + 8
    while down < _SIDE:
        height, left = int(random.integers(12, 70)), panel + 6
        while left < _SIDE - 20:
            width = int(random.integers(30, 200))
            if random.random() < 0.8:
                pen.rectangle((left, down, left + width, down + height), fill=tone, outline=ink)
            for row in range(down + 3, down + height - 6, 9):
                _line_of_text(pen, random, (left + 4, row), width - 8, 6, ink=ink)
            left += width + 8
        down += height + 8
    return _finished(_grey(picture))


def chart(random: np.random.Generator) -> FloatImage:
    """Return axes with lines, bars or points."""
    ground = int(random.choice([255, 250, 235, 20]))
    picture, pen = _canvas(ground)
    ink = 0 if ground > 127 else 255
    left, bottom = int(random.integers(15, 50)), _SIDE - int(random.integers(15, 50))
    pen.line([(left, 10), (left, bottom), (_SIDE - 10, bottom)], fill=ink, width=2)
    for tick in range(left, _SIDE - 10, 30):
        pen.text((tick, bottom + 3), str(int(random.integers(100))), fill=ink)
    for down in range(20, bottom, 30):
        pen.line([(left, down), (_SIDE - 10, down)], fill=(ink + 128) // 2)
    count = int(random.integers(4, 40))
    where = np.linspace(left + 5, _SIDE - 15, count)
    for _ in range(random.integers(1, 4)):
        heights = np.clip(bottom - 100 + np.cumsum(random.normal(0, 20, count)), 12, bottom)
        grey, kind = int(random.integers(30, 200)), random.integers(3)
        points = list(zip(where.tolist(), heights.tolist(), strict=True))
        if kind == 0:
            pen.line(points, fill=grey, width=int(random.integers(1, 4)))
        for across, height in points:
            if kind == 1:
                pen.rectangle((across - 60 / count, height, across + 60 / count, bottom), fill=grey)
            elif kind == 2:
                pen.ellipse((across - 3, height - 3, across + 3, height + 3), fill=grey)
    return _finished(_grey(picture))


def slice_image(random: np.random.Generator) -> FloatImage:
    """Return something like an axial CT or MR slice: an oval body on black with organs, a spine or a skull."""
    body = _oval(random, 0, 0, random.uniform(0.6, 0.95), random.uniform(0.45, 0.9), edge=0.01)
    picture = body * random.uniform(0.3, 0.6)
    if random.random() < 0.4:
        picture += 0.6 * (body - _oval(random, 0, 0, 0.75, 0.65, edge=0.01)).clip(0)
    for _ in range(random.integers(3, 14)):
        organ = _oval(
            random,
            random.uniform(-0.6, 0.6),
            random.uniform(-0.5, 0.5),
            random.uniform(0.05, 0.4),
            random.uniform(0.05, 0.35),
            edge=0.02,
        )
        picture += organ * body * random.uniform(-0.35, 0.3)
    if random.random() < 0.6:
        picture += 0.5 * _oval(random, 0, random.uniform(0.3, 0.6), 0.13, 0.13, edge=0.02)
    return _finished(picture + random.normal(0, random.uniform(0, 0.05), picture.shape))


def ultrasound(random: np.random.Generator) -> FloatImage:
    """Return a fan of speckle on black."""
    radius, angle = np.hypot(_ACROSS, _DOWN + 1), np.arctan2(_ACROSS, _DOWN + 1)
    fan = (np.abs(angle) < random.uniform(0.4, 0.8)) & (radius < random.uniform(1.4, 1.95))
    speckle = gaussian_filter(random.rayleigh(0.3, fan.shape), (1.0, 2.0))
    bands = gaussian_filter(random.random(fan.shape), random.uniform(5, 20))
    bands = (bands - bands.min()) / np.ptp(bands)
    return _finished(fan * (radius > random.uniform(0, 0.3)) * speckle * bands * 3)


def limb(random: np.random.Generator) -> FloatImage:
    """Return something like a film of an arm, a leg, a hand or a foot: long bones in soft tissue."""
    picture = np.zeros((_SIDE, _SIDE))
    rays = int(random.choice([1, 2, 4, 5]))
    spread = random.uniform(0.25, 0.45) if rays > 2 else random.uniform(0.1, 0.25)
    for ray in range(rays):
        middle, lean = (ray - (rays - 1) / 2) * spread, random.normal(0, 0.08)
        distance = np.abs(_ACROSS - middle - lean * _DOWN)
        width = random.uniform(0.05, 0.14) / (1 if rays < 3 else 2)
        joint = random.uniform(-0.5, 0.5)
        flare = width * (1 + 0.9 * np.exp(-(((_DOWN - joint) / 0.2) ** 2)))
        picture += 0.18 * _soft(random.uniform(2, 4) * flare - distance, 0.03)
        bone = _soft(flare - distance, 0.01) * (np.abs(_DOWN - joint) > random.uniform(0, 0.03))
        picture += bone * (0.35 + 0.25 * _soft(distance - 0.6 * flare, 0.02))
    return _turned(picture, random)


def skull(random: np.random.Generator) -> FloatImage:
    """Return something like a film of a skull: a bright ring, orbits, teeth."""
    tall, wide = random.uniform(0.6, 0.85), random.uniform(0.5, 0.75)
    vault = _oval(random, 0, -0.1, wide, tall, edge=0.02)
    picture = 0.45 * vault + 0.4 * (vault - _oval(random, 0, -0.1, wide - 0.07, tall - 0.07, edge=0.02)).clip(0)
    for side in (-1, 1):
        picture -= 0.2 * _oval(random, side * random.uniform(0.18, 0.28), 0.1, 0.15, 0.13, edge=0.02)
    picture -= 0.2 * _oval(random, 0, 0.3, 0.08, 0.17, edge=0.02)
    teeth = (np.abs(_DOWN - 0.62) < 0.07) & (np.abs(_ACROSS) < 0.22) & (np.sin(_ACROSS * 70) > -0.5)
    picture += 0.25 * gaussian_filter(teeth.astype(np.float64), 1.5)
    picture += 0.25 * _oval(random, 0, 0.9, 0.2, 0.4, edge=0.05)
    return _turned(picture, random)


def pelvis(random: np.random.Generator) -> FloatImage:
    """Return something like a film of abdomen or pelvis: spine, iliac wings, gas."""
    picture = 0.45 * _oval(random, 0, 0, random.uniform(0.75, 1.1), 1.4, edge=0.1)
    vertebrae = 0.7 + 0.3 * np.sign(np.sin(_DOWN * random.uniform(12, 22)))
    picture += 0.25 * _soft(random.uniform(0.1, 0.16) - np.abs(_ACROSS), 0.02) * vertebrae * (_DOWN < 0.3)
    for side in (-1, 1):
        picture += 0.25 * _oval(random, side * 0.5, random.uniform(0.25, 0.45), 0.33, 0.3, edge=0.03)
        picture += 0.25 * _oval(random, side * 0.62, 0.85, 0.14, 0.14, edge=0.02)
    picture -= 0.2 * _oval(random, 0, 0.75, 0.3, 0.22, edge=0.04)
    for _ in range(random.integers(0, 12)):
        at = random.uniform((-0.6, -0.8), (0.6, 0.5))
        picture -= random.uniform(0.05, 0.2) * _oval(random, at[0], at[1], 0.12, 0.09, edge=0.03)
    return _turned(picture, random)


DRAWN: dict[str, Drawing] = {
    "noise": noise,
    "clouds": clouds,
    "test patterns": test_pattern,
    "shapes": shapes,
    "pages": page,
    "screens": screen,
    "charts": chart,
    "drawn slices": slice_image,
    "drawn ultrasound": ultrasound,
    "drawn limbs": limb,
    "drawn skulls": skull,
    "drawn pelves": pelvis,
}
"""Every drawn kind by name."""


def _canvas(grey: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", (_SIDE, _SIDE), grey)
    return picture, ImageDraw.Draw(picture)


def _grey(picture: Image.Image) -> Values:
    return np.asarray(picture, dtype=np.float64) / 255


def _finished(values: Values) -> FloatImage:
    finished: FloatImage = np.clip(values, 0, 1).astype(np.float32)
    return finished


def _stretched(values: Values) -> FloatImage:
    return _finished((values - values.min()) / (np.ptp(values) + 1e-9))


def _words(random: np.random.Generator, count: int) -> str:
    letters = np.array(list(string.ascii_letters + string.digits))
    return " ".join("".join(random.choice(letters, int(random.integers(2, 10)))) for _ in range(count))


def _line_of_text(
    pen: ImageDraw.ImageDraw,
    random: np.random.Generator,
    at: tuple[int, int],
    width: int,
    size: int,
    *,
    ink: int = 0,
) -> None:
    text = _words(random, 14)[: max(int(width / (0.55 * size)), 1)]
    pen.text(at, text, fill=ink, font=ImageFont.load_default(size))


def _soft(inside: Values, edge: float) -> Values:
    """Return 1 where `inside` is positive, 0 where negative, with an edge of this width."""
    smooth: Values = 0.5 * (1 + np.tanh(inside / edge))
    return smooth


def _oval(random: np.random.Generator, across: float, down: float, wide: float, tall: float, *, edge: float) -> Values:
    lean = random.normal(0, 0.1)
    x, y = _ACROSS - across, _DOWN - down
    x, y = x * math.cos(lean) + y * math.sin(lean), y * math.cos(lean) - x * math.sin(lean)
    return _soft(1 - np.hypot(x / wide, y / tall), edge / min(wide, tall))


def _turned(values: Values, random: np.random.Generator) -> FloatImage:
    """Return a radiograph with some texture, turned by a quarter at times, by a few degrees always."""
    texture = gaussian_filter(random.normal(size=values.shape), random.uniform(1, 4))
    rough = values + random.uniform(0, 0.05) * texture / texture.std() * (values > 0.05)
    picture = Image.fromarray(np.rot90(rough, int(random.choice([0, 0, 1, 2]))).astype(np.float32))
    turned = np.asarray(picture.rotate(random.uniform(-20, 20), Image.Resampling.BILINEAR), dtype=np.float64)
    return _finished(turned * random.uniform(0.8, 1.3) + random.normal(0, random.uniform(0, 0.02), turned.shape))
