"""The evidence and the report in a real browser: accessible, no wider than the screen, a PDF that is one page."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, expect_accessible, expect_fits, wait_for_page
from playwright.sync_api import expect
from pypdf import PdfReader
from ward_site import WardSite

pytestmark = BROWSER_TEST

SECTIONS = {
    "Model": "Not assessed",
    "Error": "This model's card holds no evidence",
    "Change": "A change between two films counts only",
    "Simulation": "A true rise of 3 of 8",
    "Experts": "flags against",
    "Burden": "On public films of one hospital",
    "Outcomes": "Released alive from intensive care",
    "Versions": "Libraries",
}
"""Each section with words that are on it when it is drawn."""


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with a patient of two films and a hostile name."""
    patient_id = empty_ward.admit("<img src=x onerror=alert(1)> #typst-code", "A-01", number="11-1")
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        empty_ward.film(patient_id, hours_ago, level)
    return empty_ward


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1280)])
def test_every_section_by_its_address_and_by_a_click(browser: Profile, served: str, theme: Theme, width: int) -> None:
    page = browser.new_page(width=width, height=844, theme=theme)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{served}/evidence")
    wait_for_page(page)
    for section, words in SECTIONS.items():
        page.get_by_role("radio", name=section, exact=True).click()
        expect(page.get_by_text(words).first).to_be_visible(timeout=WAIT_MS)
        expect_accessible(page)
        expect_fits(page)
    page.goto(f"{served}/evidence?section=Burden")
    expect(page.get_by_text("On public films of one hospital")).to_be_visible(timeout=WAIT_MS)
    charts = page.locator('[data-testid="stPlotlyChart"]')
    expect(charts.first).to_be_visible(timeout=WAIT_MS)
    assert complaints == []
    page.close()


def test_the_report_is_downloaded_from_the_patient_s_page(browser: Profile, served: str, tmp_path: Path) -> None:
    page = browser.new_page(width=390, height=844)
    page.goto(f"{served}/patient?id=1")
    wait_for_page(page)
    with page.expect_download(timeout=WAIT_MS) as started:
        page.get_by_role("button", name="Report (PDF)").click(timeout=WAIT_MS)
    assert started.value.suggested_filename == "lungline-1.pdf"
    path = tmp_path / "report.pdf"
    started.value.save_as(path)
    (printed,) = PdfReader(path).pages
    text = " ".join(printed.extract_text().split())
    assert "<img src=x onerror=alert(1)> #typst-code" in text
    assert "Geographic extent 7.0 of 8" in text
    page.close()
