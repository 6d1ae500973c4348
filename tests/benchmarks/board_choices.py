"""Choices on a large ward's board: from the choice to changed rows on screen."""

from __future__ import annotations

from playwright.sync_api import Page

ROUNDS = 8
PAUSE_MS = 1500
"""Nobody chooses faster; the server has put the last choice into the address by then."""
CHOICES = (("sort", "bed"), ("verdict", "not-up-to-date"), ("verdict", ""), ("sort", "staleness"), ("sort", "concern"))
TO_NEXT_FRAME = """async (board, [name, value]) => {
  const select = board.querySelector(`select[name=${name}]`)
  const began = performance.now()
  select.value = value
  select.dispatchEvent(new Event("change", { bubbles: true }))
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
  return performance.now() - began
}"""
TO_ANSWER = """async (board, value) => {
  const select = board.querySelector("select[name=since]")
  const said = () => [...board.querySelectorAll("td.change")].slice(0, 20).map((cell) => cell.textContent).join()
  const before = said()
  const began = performance.now()
  select.value = value
  select.dispatchEvent(new Event("change", { bubbles: true }))
  while (said() === before && performance.now() - began < 20000) await new Promise((done) => setTimeout(done, 10))
  return performance.now() - began
}"""


def sort_and_filter(page: Page) -> list[float]:
    """Return the milliseconds from each choice that the browser answers by itself to the next frame."""
    return [_after_a_pause(page, TO_NEXT_FRAME, list(one)) for one in CHOICES * ROUNDS]


def change_reference(page: Page) -> list[float]:
    """Return the milliseconds from each other reference of the change, which the server answers, to changed rows."""
    return [_after_a_pause(page, TO_ANSWER, value) for value in ("previous", "recent") * ROUNDS]


def _after_a_pause(page: Page, measure: str, asked: str | list[str]) -> float:
    page.wait_for_timeout(PAUSE_MS)
    return float(page.locator(".board").evaluate(measure, asked))
