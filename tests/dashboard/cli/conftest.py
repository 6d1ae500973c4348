"""The command on a site of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lungline_command import PLUGINS, Answer, Lungline
from migrated import write_migrated_sqlite
from ward_site import WardSite

from core.scoring import registry
from dashboard import cli
from dashboard.services.site.opening import open_site
from dashboard.settings import load_settings


@pytest.fixture
def lungline_anew(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Lungline:
    """Return the command, on a site of its own that is not there yet and scores without a network."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    registry.register("mean-grey", "mean_grey")
    monkeypatch.setenv("LUNGLINE_DATA_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("LUNGLINE_SCORER", "mean-grey")
    monkeypatch.setenv("LUNGLINE_SITE_ZONE", "Europe/Berlin")

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["lungline", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def lungline(lungline_anew: Lungline, tmp_path: Path) -> Lungline:
    """Return the command, on a site whose database is there already."""
    write_migrated_sqlite(tmp_path / "site" / "lungline.db")
    return lungline_anew


@pytest.fixture
def ward(lungline: Lungline) -> WardSite:
    """Return the command's site."""
    assert lungline
    settings = load_settings()
    return WardSite(settings, open_site(settings).engine, datetime.now(UTC).replace(microsecond=0))
