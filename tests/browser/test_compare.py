"""Two films compared in a real browser: by keyboard, mouse and fingers, with what lies over them, in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Running, Theme, expect_accessible, expect_fits, wait_for_page
from film_factory import chest_values, dicom_bytes
from forked_dashboards import ForkedDashboards
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import ConsoleMessage, Page, expect
from ward_site import MODEL, VERSION, WardSite, open_ward_site

from core.scoring.saliency import DrawnMap, MapKind
from dashboard.pictures.maps import LUNG_COLOUR, OPACITY_COLOUR, stored_picture
from db.engine import transaction
from db.repositories import films, maps

pytestmark = BROWSER_TEST
ROWS, COLUMNS = 600, 500
TALL = 1500
"""Pixels: all of the films is in sight, nothing of them below the head of the page."""
Pixels = NDArray[np.float64]
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> WardSite:
    """Return a site with a patient, 1, and four films: 1 to 3 whole, the last one's file damaged."""
    site = open_ward_site(tmp_path_factory.mktemp("site"))
    patient_id = site.admit("Rising^Bo", "A-01", number="77-1")
    for seed, (hours, level) in enumerate(((75, 1.0), (51, 2.0), (27, 6.0), (3, 6.0))):
        values = chest_values(ROWS, COLUMNS, bits=12, seed=seed)
        # A mark at the top tells the films apart.
        values[20:60, 40 + 100 * seed : 100 + 100 * seed] = 4095
        film_id = site.film(patient_id, hours, level, pixels=values)
        if seed != 1:
            state_spacing(site, film_id, values)
    with transaction(site.engine) as session:
        damaged = films.get(film_id, session=session).content_hash
    site.site.store.path(damaged).write_bytes(b"other bytes")
    return site


def state_spacing(site: WardSite, film_id: int, values: NDArray[np.uint8 | np.uint16]) -> None:
    """Let the film's file say that its pixels are 0.8 mm apart: the chest is 400 mm wide."""
    with transaction(site.engine) as session:
        source = dicom_bytes(values, bits_stored=12, ImagerPixelSpacing=[0.8, 0.8])
        films.get(film_id, session=session).content_hash = site.site.store.put(source)


@pytest.fixture(scope="module")
def server(ward: WardSite, dashboards: ForkedDashboards, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a dashboard on that site, without a worker."""
    with dashboards.of(ward.settings, log=tmp_path_factory.mktemp("log") / "log") as started:
        yield started


@pytest.fixture
def opened(browser: Profile, server: Running) -> Iterator[Opened]:
    """Return a function that opens a page and waits until its films are there; the console must stay clean."""
    complaints: list[str] = []
    contexts = []

    def complain(message: ConsoleMessage) -> None:
        # Below a page's own address Streamlit first looks for its server where there is none, by design. Some films of
        # this site have no file, so that they have no thumbnail, and no picture on the patient's page.
        where = message.location.get("url", "")
        if (
            message.type == "error"
            and "/_stcore/" not in where
            and not re.search(r"/films/\d+\.(thumbnail|png)", where)
        ):
            complaints.append(message.text)

    def open_(
        path: str,
        *,
        script: str = "",
        refused: int = 0,
        width: int = 1280,
        height: int = TALL,
        theme: Theme = "light",
        touch: bool = False,
        still: bool = False,
    ) -> Page:
        if touch:
            context = browser.browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
            contexts.append(context)
            page = context.new_page()
        else:
            page = browser.new_page(width=width, height=height, theme=theme)
        if still:
            page.emulate_media(reduced_motion="reduce")
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if script:
            page.add_init_script(script)
        page.goto(server.address + path)
        wait_for_page(page)
        if path.startswith("/compare") and not script:
            wait_for_films(page)
        expected.append(refused)
        return page

    expected: list[int] = []
    yield open_
    for context in contexts:
        context.close()
    assert len(complaints) == sum(expected), complaints


def wait_for_films(page: Page) -> None:
    expect(page.locator('.comparison .film[aria-busy="false"]')).to_have_count(2, timeout=WAIT_MS)


def pair(first: int = 2, second: int = 3) -> str:
    return f"/compare?id=1&film={second}&with={first}"


def seen(page: Page, place: int = 0) -> Pixels:
    """Return what is on screen where a film is, (rows, columns, 3), 0-255."""
    page.wait_for_timeout(400)  # until the hand rests and all is drawn sharply
    picture = page.locator(".comparison .film").nth(place).screenshot()
    return np.asarray(Image.open(BytesIO(picture)).convert("RGB"), dtype=np.float64)


def grey(page: Page, place: int = 0) -> float:
    return float(seen(page, place).mean())


def height_of_white_mark(page: Page) -> int:
    """Return how many rows of the first film's pane the white mark takes."""
    return int(((seen(page)[..., 0] > 250).mean(axis=1) > 0.08).sum())


def press(page: Page, *keys: str) -> None:
    page.locator(".comparison .stage").focus()
    for key in keys:
        page.keyboard.press(key)


def share_of(pixels: Pixels, colour: tuple[int, int, int]) -> float:
    return float((np.abs(pixels - colour).max(axis=2) < 30).mean())


def test_from_the_patients_page_to_two_films_and_back(opened: Opened, server: Running) -> None:
    page = opened("/patient?id=1&film=3")
    page.get_by_role("link", name="Compare the two films").click(timeout=WAIT_MS)
    wait_for_films(page)
    assert page.url == server.address + pair()
    expect(page.locator("h1", has_text="Rising, Bo")).to_be_visible()
    expect(page.get_by_text("24 h apart, no film on the trend in between")).to_be_visible()
    films_there = page.get_by_role("img", name="Film of Rising, Bo taken")
    expect(films_there).to_have_count(2)
    before = seen(page)

    press(page, "i", "Shift+ArrowRight", "+")
    changed = seen(page)
    assert np.abs(changed - before).mean() > 20
    page.wait_for_timeout(500)
    page.reload()
    wait_for_films(page)
    assert np.abs(seen(page) - changed).mean() < 2

    # Whose films these are stays in sight.
    page.set_viewport_size({"width": 1280, "height": 480})
    page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTo(0, main.scrollHeight)")
    expect(page.get_by_text("24 h apart")).not_to_be_in_viewport()
    expect(page.locator("h1", has_text="Rising, Bo")).to_be_in_viewport()

    page.go_back()
    expect(page.get_by_role("link", name="Compare the two films")).to_be_visible(timeout=WAIT_MS)
    assert "/patient?id=1&film=3" in page.url


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 800)])
def test_both_films_and_the_legend_are_in_sight_without_scrolling(opened: Opened, width: int, height: int) -> None:
    page = opened(pair(), width=width, height=height)
    page.get_by_label("Over the films").select_option("difference")
    expect(page.locator(".comparison .legend li")).to_have_count(3)
    page.wait_for_timeout(500)
    boxes = [page.locator(selector).last.bounding_box() for selector in (".comparison .film", ".comparison .legend")]
    for box in boxes:
        assert box is not None
        assert box["y"] + box["height"] <= height, boxes
    assert boxes[0] is not None
    assert boxes[0]["height"] >= 0.35 * height, boxes


def test_choosing_another_film_shows_it_and_its_address_can_be_shared(opened: Opened, server: Running) -> None:
    page = opened(pair())
    marks = [seen(page, place)[..., 0].max(axis=0).argmax() for place in (0, 1)]
    box = page.get_by_role("combobox", name="Compared with")
    box.focus()
    page.keyboard.type("extent 1.0")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1, timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("48 h apart, 1 film on the trend in between")).to_be_visible(timeout=WAIT_MS)
    wait_for_films(page)
    assert page.url == server.address + pair(1, 3)
    assert seen(page, 0)[..., 0].max(axis=0).argmax() < marks[0]
    page.go_back()
    expect(page.get_by_text("24 h apart")).to_be_visible(timeout=WAIT_MS)


def test_window_and_level_by_keys_mouse_and_sliders(opened: Opened) -> None:
    page = opened(pair())
    own = grey(page)
    press(page, *["Shift+ArrowUp"] * 5)
    brighter = grey(page)
    assert brighter > own + 10
    press(page, "r")
    assert grey(page) == pytest.approx(own, abs=0.5)

    film = page.locator(".comparison .film").first
    film.scroll_into_view_if_needed()
    box = film.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=4)
    page.mouse.up()
    dragged = grey(page)
    assert dragged > own + 5
    # Both films are windowed together, unless one alone is chosen.
    assert grey(page, 1) > own + 5
    press(page, "r", "w")
    expect(page.get_by_label("Window of")).to_have_value("0")
    width = page.get_by_role("slider", name="Width")
    contrast = seen(page).std()
    width.fill("150")
    assert width.get_attribute("aria-valuetext") == "283 % of the film's own window"
    assert seen(page).std() < contrast - 10
    assert seen(page, 1).std() == pytest.approx(contrast, rel=0.1)


def test_windows_by_key_for_both_films_or_one(opened: Opened) -> None:
    page = opened(pair())
    own, other = seen(page), seen(page, 1)
    press(page, "b")
    expect(page.get_by_role("button", name="Bone")).to_have_attribute("aria-pressed", "true")
    assert grey(page) < own.mean() - 5
    press(page, "r", "w", "l")
    assert grey(page) > own.mean() + 5
    assert page.get_by_role("slider", name="Level").get_attribute("aria-valuetext") == "0 % of the lung window"
    assert np.abs(seen(page, 1) - other).mean() < 1
    press(page, "r")
    assert np.abs(seen(page) - own).mean() < 1


def test_the_ruler_measures_in_mm_by_mouse_and_keys_whatever_the_zoom(opened: Opened) -> None:
    page = opened(pair(1, 3))
    status, lengths = page.locator(".comparison [role=status]"), page.locator(".comparison .ruler text")
    press(page, "u")
    film = page.locator(".comparison .film").first
    film.scroll_into_view_if_needed()
    box = film.bounding_box()
    assert box is not None
    middle, height = box["y"] + box["height"] / 2, box["height"]
    # The film, 600 pixels of 0.8 mm tall, fills the pane from top to bottom.
    page.mouse.click(box["x"] + box["width"] / 2, middle - height / 4)
    page.mouse.click(box["x"] + box["width"] / 2, middle + height / 4)
    expect(lengths).to_have_text("240 mm")
    expect(status).to_have_text(
        "Earlier film: the line is 240 mm long, at the detector: the same length in the body is somewhat smaller."
    )
    for key in ("+", "1", "0"):
        press(page, key)
        expect(lengths).to_have_text("240 mm")
    # By keys: a line across the middle of the other film, 30 % of 500 pixels, its end moved.
    press(page, "e", "e")
    expect(lengths).to_have_count(2)
    expect(lengths.nth(1)).to_have_text("120 mm")
    press(page, *["ArrowRight"] * 3)
    expect(lengths.nth(1)).not_to_have_text("120 mm")
    assert int(str(lengths.nth(1).text_content()).removesuffix(" mm")) > 125
    press(page, "x")
    expect(lengths).to_have_count(0)
    page.mouse.move(box["x"] + 150, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, middle, steps=3)
    page.mouse.up()
    expect(lengths).to_have_count(1)


def test_no_ruler_on_a_film_whose_file_states_no_spacing(opened: Opened) -> None:
    page = opened(pair(1, 2))
    press(page, "u")
    page.locator(".comparison .film").nth(1).click()
    expect(page.locator(".comparison [role=status]")).to_have_text(
        "Later film: No ruler on this film: its file does not say how far apart its pixels are."
    )
    expect(page.locator(".comparison .ruler text")).to_have_count(0)


def test_one_side_steps_through_the_stay_in_full_screen_and_the_other_stays(opened: Opened, server: Running) -> None:
    page = opened(pair(2, 3))
    heads, banner = page.locator(".comparison .head .words"), page.locator(".comparison .who")
    fixed, before, there = heads.nth(1).inner_text(), heads.nth(0).inner_text(), seen(page, 1)
    press(page, "z")
    expect(banner).to_contain_text("Rising, Bo")
    expect(banner).to_contain_text("77-1")
    expect(banner).to_contain_text("24 h apart, no film on the trend in between")
    expect_accessible(page)
    press(page, "Shift+PageUp")
    expect(banner).to_contain_text("48 h apart, 1 film on the trend in between", timeout=WAIT_MS)
    expect(heads.nth(0)).not_to_have_text(before)
    assert heads.nth(1).inner_text() == fixed
    expect(page.get_by_role("button", name="Leave full screen")).to_be_visible()
    press(page, "Shift+PageUp")
    expect(page.locator(".comparison [role=status]")).to_have_text("There is no older film of this stay on this side.")
    press(page, "z")
    expect(banner).to_be_hidden()
    expect(page.get_by_text("48 h apart, 1 film on the trend in between")).to_be_visible(timeout=WAIT_MS)
    wait_for_films(page)
    assert page.url == server.address + pair(1, 3)
    assert np.abs(seen(page, 1) - there).mean() < 2
    page.get_by_role("button", name="Newer").first.click()
    expect(page.get_by_text("24 h apart")).to_be_visible(timeout=WAIT_MS)


def test_keys_enlarge_move_and_invert_both_films(opened: Opened) -> None:
    page = opened(pair())
    mark = height_of_white_mark(page)
    press(page, "i")
    inverted = seen(page)
    press(page, "i")
    whole = seen(page)
    middle = whole.shape[0] // 2, whole.shape[1] // 2
    assert inverted[middle][0] == pytest.approx(255 - whole[middle][0], abs=2)
    press(page, *["ArrowDown"] * 4)
    assert np.abs(seen(page) - whole).mean() > 5
    press(page, "0")
    assert np.abs(seen(page) - whole).mean() < 1
    press(page, *["ArrowDown"] * 6, "+", "+")
    assert height_of_white_mark(page) > 1.4 * mark
    press(page, "1")
    expect(page.get_by_role("button", name="1:1")).to_have_attribute("aria-pressed", "true")
    assert height_of_white_mark(page) == pytest.approx(40, abs=2)


def test_the_wheel_enlarges_about_the_pointer(opened: Opened) -> None:
    page = opened(pair())
    mark = height_of_white_mark(page)
    film = page.locator(".comparison .film").first
    film.scroll_into_view_if_needed()
    box = film.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    for _ in range(3):
        page.mouse.wheel(0, -200)
    assert height_of_white_mark(page) > 2 * mark


def test_flicker_shows_one_film_after_the_other(opened: Opened) -> None:
    page = opened(pair())
    press(page, "f", "p")
    play = page.get_by_role("button", name="Flicker by itself")
    expect(play).to_have_attribute("aria-pressed", "false")
    film = page.locator(".comparison .film").first
    shown = page.locator(".comparison .head.shown")
    expect(shown).to_have_count(1)
    first, said = shown.inner_text(), film.get_attribute("aria-label")
    one = seen(page)
    press(page, " ")
    expect(shown).not_to_have_text(first)
    assert np.abs(seen(page) - one).mean() > 1
    assert film.get_attribute("aria-label") != said
    # By itself it goes on and comes back.
    press(page, "p")
    expect(play).to_have_attribute("aria-pressed", "true")
    here = shown.inner_text()
    expect(shown).not_to_have_text(here, timeout=WAIT_MS)
    expect(shown).to_have_text(here, timeout=WAIT_MS, use_inner_text=True)
    press(page, "s")
    expect(page.locator(".comparison .film").nth(1)).to_be_visible()


def test_flicker_stands_still_for_who_wants_less_motion(opened: Opened) -> None:
    page = opened(pair(), still=True)
    press(page, "f")
    expect(page.get_by_role("button", name="Flicker by itself")).to_have_attribute("aria-pressed", "false")
    shown = page.locator(".comparison .head.shown")
    before = shown.inner_text()
    page.wait_for_timeout(2500)
    assert shown.inner_text() == before
    press(page, " ")
    expect(shown).not_to_have_text(before)


def make_masks(ward: WardSite, film_id: int, *, shift: int, opaque: tuple[int, int]) -> None:
    """Store masks as the worker makes them: lungs from row 20 to 70 of 100, opaque rows of the right one."""
    planes = np.zeros((3, 120, 100), np.float32)
    planes[0, 20 + shift : 70 + shift, 10:40] = planes[1, 20 + shift : 70 + shift, 60:90] = 1
    planes[2, opaque[0] + shift : opaque[1] + shift, 10:40] = 1
    drawn = DrawnMap(MapKind.MASKS, planes, "Opacity is marked in the right lung only.")
    with transaction(ward.engine) as session:
        content_hash = films.get(film_id, session=session).content_hash
        row = maps.request(content_hash, MODEL, VERSION, MapKind.MASKS, now=ward.now, session=session)
        assert row.id is not None
        maps.settle_made(row.id, stored_picture(drawn), drawn.summary, now=ward.now, session=session)


def test_masks_alignment_and_difference_when_the_worker_has_made_them(opened: Opened, ward: WardSite) -> None:
    page = opened(pair(1, 2))
    status = page.locator(".comparison [role=status]")
    bare = seen(page, 1)
    assert share_of(bare, OPACITY_COLOUR) == 0
    press(page, "o")
    expect(status).to_contain_text("This map is being made.", timeout=WAIT_MS)
    expect(status).to_contain_text("No worker runs")
    make_masks(ward, 1, shift=0, opaque=(50, 70))
    make_masks(ward, 2, shift=15, opaque=(40, 60))
    expect(status).to_have_text(
        "Earlier film: Opacity is marked in the right lung only. Later film: Opacity is marked in the right lung only.",
        timeout=WAIT_MS,
    )
    expect(page.locator(".comparison .over")).to_contain_text("outline: lungs")
    masked = seen(page, 1)
    assert share_of(masked, OPACITY_COLOUR) > 0.001
    assert share_of(masked, LUNG_COLOUR) > 0.001

    press(page, "d")
    expect(status).to_contain_text("overlap by 100 % (Dice), before by 70 %", timeout=WAIT_MS)
    expect(status).to_contain_text(
        "opaque on both films: 10 %; on the later film only: 10 %; on the earlier film only: 10 %"
    )
    expect(page.get_by_role("button", name="Align lungs")).to_have_attribute("aria-pressed", "true")
    legend = page.locator(".comparison .legend li")
    expect(legend).to_have_count(3)
    assert [one.get_attribute("class") for one in page.locator(".comparison .sign").all()] == [
        "sign slanted",
        "sign level",
        "sign dotted",
    ]
    # On the aligned films the pattern lies at one place.
    patterns = [seen(page, place) for place in (0, 1)]
    for colour in (OPACITY_COLOUR, LUNG_COLOUR):
        rows = [np.flatnonzero((np.abs(pattern - colour).max(axis=2) < 30).any(axis=1)) for pattern in patterns]
        assert rows[0].size > 10
        assert np.abs(rows[0][[0, -1]] - rows[1][[0, -1]]).max() <= 2
    aligned = seen(page, 1)
    press(page, "a")
    expect(page.get_by_label("Over the films")).to_have_value("")
    assert np.abs(seen(page, 1) - bare).mean() < 1
    assert np.abs(aligned - bare).mean() > 2

    # What was chosen outlasts a reload.
    press(page, "d")
    expect(status).to_contain_text("are aligned", timeout=WAIT_MS)
    page.wait_for_timeout(500)
    page.reload()
    wait_for_films(page)
    expect(page.locator(".comparison [role=status]")).to_contain_text("are aligned", timeout=WAIT_MS)
    assert np.abs(seen(page, 1) - aligned).mean() < 2


def test_a_film_that_cannot_be_shown_says_why_beside_one_that_can(opened: Opened) -> None:
    page = opened(pair(3, 4), refused=1)
    expect(page.get_by_text("This film cannot be shown.")).to_be_visible(timeout=WAIT_MS)
    assert grey(page, 0) > 30
    assert grey(page, 1) < 30
    press(page, "+", "ArrowUp")
    assert grey(page, 0) > 30


def test_without_webgl_it_says_so(opened: Opened) -> None:
    page = opened(pair(), script="HTMLCanvasElement.prototype.getContext = () => null")
    expect(page.get_by_text("This browser draws no WebGL 2 graphics")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".comparison .tools")).to_be_hidden()


def test_on_a_phone_the_films_stand_one_above_the_other_and_fingers_move_them(opened: Opened) -> None:
    page = opened(pair(), width=390, touch=True)
    boxes = [page.locator(".comparison .film").nth(place).bounding_box() for place in (0, 1)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"]
    expect_fits(page)
    # The films come before what is chosen about them, and what fingers press is large enough.
    for control in (page.get_by_role("button", name="Flicker").first, page.get_by_role("combobox", name="Film").first):
        place = control.bounding_box()
        assert place is not None
        assert place["y"] > boxes[1]["y"]
    small = page.locator(".comparison button:visible").evaluate_all(
        "all => all.map((one) => [one.textContent, one.offsetHeight]).filter(([, height]) => height < 44)"
    )
    assert small == []

    mark = height_of_white_mark(page)
    film = page.locator(".comparison .film").first
    film.scroll_into_view_if_needed()
    box = film.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        held = [{"x": at[0], "y": at[1], "id": number} for number, at in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": held})

    fingers("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 6):
        fingers("touchMove", (x - 30 - 12 * step, y), (x + 30 + 12 * step, y))
    fingers("touchEnd")
    assert height_of_white_mark(page) > 1.5 * mark
    own = grey(page)
    fingers("touchStart", (x, y + 100))
    for step in range(1, 6):
        fingers("touchMove", (x, y + 100 - 15 * step))
    fingers("touchEnd")
    assert grey(page) > own + 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(opened: Opened, theme: Theme, width: int) -> None:
    page = opened(pair(), width=width, height=900, theme=theme)
    press(page, "?", "f", "p")
    expect(page.locator(".comparison .keys dl")).to_be_visible()
    expect_accessible(page)


def test_everything_is_reached_by_the_tab_key_in_order(opened: Opened) -> None:
    page = opened(pair())
    page.get_by_role("button", name="Side by side").focus()
    names = []
    for _ in range(25):
        names.append(
            page.locator(".comparison").evaluate(
                "root => { const at = root.getRootNode().activeElement; return at ? at.dataset.do ?? at.dataset.slide"
                " ?? at.dataset.choose ?? at.className ?? at.tagName : '' }"
            )
        )
        page.keyboard.press("Tab")
    assert names[:24] == [
        "side", "flicker", "smaller", "larger", "fit", "full", "screen", "align", "over",
        "drag", "windowed", "level", "width", "invert", "reset", "lung", "soft", "bone", "ruler",
        "stage", "older0", "newer0", "older1", "newer1",
    ]  # fmt: skip
