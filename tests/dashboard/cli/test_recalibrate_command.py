"""`lungline models recalibrate`: what it shows, refuses and activates, and the way back."""

from __future__ import annotations

import io
import re

import pytest
from lungline_command import Lungline
from read_blind import read_session
from ward_site import WardSite

from db.engine import read_transaction
from db.repositories import recalibrations, scores


@pytest.fixture
def read(ward: WardSite) -> WardSite:
    """Return the command's site with 30 films, read blind as 1 + half of the model's extent."""
    read_session(ward, 30, patients=10)
    return ward


def stored(ward: WardSite) -> int:
    with read_transaction(ward.engine) as session:
        return len(recalibrations.list_all(session=session))


def test_it_asks_who_and_shows_the_line_before_it_asks_whether(
    lungline: Lungline, read: WardSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = lungline("models", "recalibrate", "--yes")
    assert (nobody.code, nobody.err.strip()) == (
        2,
        "Say who recalibrates: --by NAME. The name stands on the card of the new version.",
    )
    assert "Add --yes to confirm" in lungline("models", "recalibrate", "--by", "Dr Okafor", "--json").err
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    shown = lungline("models", "recalibrate", "--by", "Dr Okafor")
    assert (shown.code, shown.err) == (130, "Stopped.\n")
    assert "mean-grey 1, 30 films of 10 patients, read blind by one person:" in shown.out
    assert "- Geographic extent: new score = 1.00 + 0.50 x score (slope 0.50 to 0.50); mean error against" in shown.out
    assert "interval 0.00 times the base's, measured on the readings of 10 patients." in shown.out
    assert (
        "- Error of a change of geographic extent: SD 0.50 (40 pairs of films, 20 patients); 1.80 points of"
        in shown.out
    )
    assert "On the 30 most recent films of this site, mean-grey 1+site-" in shown.out
    assert "the active version?" in shown.out
    assert stored(read) == 0


def test_it_is_activated_listed_shown_and_left_again(lungline: Lungline, read: WardSite) -> None:
    done = lungline("models", "recalibrate", "--by", "Dr Okafor", "--yes", "--json").document
    version = done["activation"]["version"]
    assert re.fullmatch(r"1\+site-[0-9a-f]{8}", version)
    assert (done["recalibration"]["version"], done["recalibration"]["base_version"]) == (version, "1")
    assert done["activation"]["films_to_score"] == 30
    assert done["recalibration"]["lines"]["geographic_extent"]["slope"] == 0.5
    listed = {(row["model"], row["version"]): row for row in lungline("models", "list", "--json").document}
    assert (listed["mean-grey", version]["active"], listed["mean-grey", "1"]["active"]) == (True, False)
    text = lungline("models", "list").out
    assert "This site's own recalibration of mean-grey 1, made by Dr Okafor" in " ".join(text.split())
    card = lungline("models", "show", "mean-grey").out
    assert card.startswith("# Mean grey, for tests, recalibrated by this site")
    assert f"version `{version}`" in card
    assert "All published figures are of the base, mean-grey 1, not of this version." in card
    assert lungline("reading", "recalibration", "--json").document["activated"] is True
    back = lungline("models", "activate", "mean-grey", "--by", "Dr A", "--yes")
    assert "mean-grey 1 is active." in back.out
    assert lungline("models", "show", "mean-grey").out.startswith("# Mean grey, for tests\n")
    with read_transaction(read.engine) as session:
        active = scores.active_model(session=session)
    assert active is not None
    assert (active.model, active.model_version, stored(read)) == ("mean-grey", "1", 1)


def test_too_few_readings_are_refused(lungline: Lungline, ward: WardSite) -> None:
    read_session(ward, 4, patients=2)
    refused = lungline("models", "recalibrate", "--by", "Dr Okafor", "--yes")
    assert refused.code == 2
    assert "4 films of 2 patients were read blind in finished sessions. Expected 30 films of 3 patients" in refused.err
