"""Settings: sources in order, one clear sentence for a bad value, no password shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard.errors import ConfigurationError
from dashboard.settings import load_settings, sources


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("LUNGLINE_"):
            monkeypatch.delenv(name)


def test_defaults_stand_in_the_data_folder(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path / 'lungline.db'}"
    assert settings.film_dir == tmp_path / "films"
    assert settings.weights_dir == tmp_path / "weights"
    assert (settings.scorer, settings.host, settings.port) == ("embedded", "127.0.0.1", 8501)
    assert settings.trend_policy.important_geographic_extent == 1.0


def test_command_line_beats_environment_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lungline.toml").write_text('port = 1001\nhost = "10.0.0.1"\nscorer = "txrv-ralo"\n')
    monkeypatch.setenv("LUNGLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LUNGLINE_HOST", "10.0.0.2")
    monkeypatch.setenv("LUNGLINE_PORT", "1002")
    settings = load_settings(port=1003, site_zone=None)

    assert (settings.port, settings.host, settings.scorer) == (1003, "10.0.0.2", "txrv-ralo")
    rows = {row.name: row.source for row in sources(settings)}
    assert rows["port"] == "command line"
    assert rows["host"] == "environment LUNGLINE_HOST"
    assert rows["scorer"] == "lungline.toml"
    assert rows["stale_after_hours"] == "default"


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, database_url="postgresql://icu:geheim@db.example/lungline")

    assert "geheim" not in repr(settings)
    assert "geheim" not in " ".join(row.value for row in sources(settings))
    shown = next(row.value for row in sources(settings) if row.name == "database_url")
    assert shown == "postgresql://icu:***@db.example/lungline"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"port": "door"}, "Setting port (command line) is 'door': input should be a valid integer"),
        ({"port": 70000}, "less than or equal to 65535"),
        ({"site_zone": "Mars/Olympus"}, "expected an IANA time zone such as Europe/Berlin"),
        ({"site_zone": "../etc"}, "expected an IANA time zone such as Europe/Berlin"),
        ({"database_url": "mysql://icu:geheim@x/y"}, "expected sqlite:///FILE or postgresql://USER@HOST/NAME"),
        ({"database_url": "sqlite://"}, "expected sqlite:///FILE"),
        ({"database_url": "geheim"}, "expected sqlite:///FILE"),
        ({"trend_p_rise": 1.0}, "less than 1"),
        ({"public_origins": "lungline.example"}, "expected whole addresses such as https://lungline.hospital.example"),
        ({"public_origins": "https://a.example/path"}, "with commas between"),
        ({"public_origins": "https://a.example https://b.example"}, "with commas between"),
        ({"public_origins": "https://a.example:door"}, "with commas between"),
        ({"public_origins": "*"}, "with commas between"),
        ({"public_origins": "https://*.example"}, "Setting public_origins (command line) is 'https://*.example': exp"),
        ({"public_origins": "https://icu:geheim@a.example"}, "Setting public_origins (command line): expected whole"),
        ({"public_origins": "https://icu@a.example"}, "with commas between"),
        ({"public_origins": "https://a.example; https://b.example"}, "with commas between"),
        ({"public_origins": "https://a..example"}, "with commas between"),
        ({"public_origins": "https://ü..example"}, "with commas between"),
        ({"public_origins": "https://[fe80::1%eth0]"}, "with commas between"),
        ({"stale_after_hours": 0}, "greater than 0"),
    ],
)
def test_a_bad_value_gives_one_sentence(tmp_path: Path, given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_settings(data_dir=tmp_path, **given)

    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Müller.example", "https://xn--mller-kva.example"),
        ("https://mu\u0308ller.example:443/", "https://xn--mller-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("http://[0:0:0:0:0:0:0:1]:8443", "http://[::1]:8443"),
        ("https://icu_3.example:8443", "https://icu_3.example:8443"),
        ("http://10.0.0.5:80", "http://10.0.0.5"),
    ],
)
def test_a_public_origin_is_what_browsers_send(tmp_path: Path, given: str, origin: str) -> None:
    assert load_settings(data_dir=tmp_path, public_origins=given).public_origin_set == {origin}


def test_an_unknown_or_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "lungline.toml").write_text("colour = 1\n")
    with pytest.raises(ConfigurationError, match=r"'colour' in lungline.toml is no setting"):
        load_settings(data_dir=tmp_path)

    (tmp_path / "lungline.toml").write_text("port = \n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(data_dir=tmp_path)


def test_relative_folders_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings(data_dir=Path("here")).data_dir == tmp_path / "here"
