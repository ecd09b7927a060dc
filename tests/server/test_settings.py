"""Settings say what is wrong with them in words."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from server import settings

KEY = "k" * 32


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def wrong(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(settings.SettingsError) as refused:
        settings.load()
    return str(refused.value)


def test_without_any_setting_the_server_brings_its_own_database() -> None:
    found = settings.load()

    assert found.is_embedded
    assert found.data_dir == settings.CHECKOUT / ".data"
    assert found.public_url == "http://127.0.0.1:8000"


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOW", "127.0.0.0/8, ::1/128")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example,https://b.example")

    found = settings.load()

    assert found.webhook_allow == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert found.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    "origin",
    [
        *("https://a.example/", "https://a.example/shop", "https://A.example", "a.example"),
        *("https://*.a.example", "null", "https://a.example:port", "https://user@a.example"),
    ],
)
def test_what_no_browser_sends_as_an_origin_is_told(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    """Else it would never match, and nobody would know why."""
    monkeypatch.setenv("CORS_ORIGINS", f"https://a.example,{origin}")

    with pytest.raises(settings.SettingsError, match=r"CORS_ORIGINS: .* is no origin"):
        settings.load()


@pytest.mark.parametrize(
    "origin", ["*", "http://localhost:5173", "http://[::1]:3000", "capacitor://localhost"]
)
def test_all_that_browsers_send_as_an_origin_is_taken(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", origin)

    assert settings.load().cors_origins == (origin,)


def test_an_empty_setting_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert settings.load().is_embedded


def test_a_folder_is_taken_from_where_the_command_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", "kept/here")

    assert settings.load().data_dir == tmp_path / "kept" / "here"


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = wrong(monkeypatch, DATABASE_URL="mysql://x", SECRET_KEY="short", LOG_FORMAT="xml")

    assert said.splitlines() == [
        "DATABASE_URL: must start with postgresql://",
        "SECRET_KEY: must have at least 32 characters",
        "LOG_FORMAT: Input should be 'text' or 'json'",
    ]


def test_a_database_of_ones_own_needs_a_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "DATABASE_URL needs SECRET_KEY" in wrong(monkeypatch, DATABASE_URL="postgresql://db/x")


def test_metrics_have_an_address_and_a_token_that_is_hard_to_guess(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "127.0.0.1:9464" in wrong(monkeypatch, METRICS_LISTEN="9464")
    assert "METRICS_TOKEN" in wrong(monkeypatch, METRICS_TOKEN="abc")
    monkeypatch.delenv("METRICS_TOKEN")
    for address in ("127.0.0.1:9464", "[::1]:9464", "worker.internal:80"):
        monkeypatch.setenv("METRICS_LISTEN", address)
        assert settings.load().metrics_listen == address


def test_stripe_needs_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "STRIPE_WEBHOOK_SECRET" in wrong(monkeypatch, GATEWAY="stripe")


def test_more_fonts_are_in_a_folder_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "must name a folder" in wrong(monkeypatch, PDF_FONTS_DIR=str(tmp_path / "none"))
    monkeypatch.setenv("PDF_FONTS_DIR", str(tmp_path))
    assert settings.load().pdf_fonts_dir == tmp_path


def test_what_is_wrong_is_told_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in wrong(monkeypatch, SMTP_URL="http://u:hunter2@mail", SECRET_KEY=KEY)


def test_settings_print_without_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter2@db/x")
    monkeypatch.setenv("SECRET_KEY", KEY)

    found = settings.load()

    assert "hunter2" not in repr(found)
    assert KEY not in repr(found)
    assert found.direct_dsn == found.dsn == "postgresql://app:hunter2@db/x"
