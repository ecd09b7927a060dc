"""The doctor names what is missing or unsafe, and the cure."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from models.roles import APPLICATION
from server import doctor, embedded
from server.installation import opened
from server.settings import Settings
from tests.postgres import Cluster, as_owner


async def found(dsn: str, **given: Any) -> dict[str, str]:
    """What is not fine: what -> fix."""
    settings = Settings(
        **{
            "database_url": SecretStr(dsn),
            "secret_key": SecretStr("k" * 32),
            "public_url": "https://billing.example.com",
            "smtp_url": SecretStr("smtps://mail.example.com"),
            "mail_from": "billing@example.com",
            **given,
        }
    )
    findings = await doctor.examine(settings, settings)
    return {finding.what: finding.fix for finding in findings if finding.level == "problem"}


async def test_an_embedded_installation_for_trials_lacks_its_migrations_at_most(
    tmp_path: Path,
) -> None:
    given = Settings(data_dir=tmp_path)
    with opened(given) as settings:
        findings = await doctor.examine(settings, given)

    problems = [finding.what for finding in findings if finding.level == "problem"]
    assert [what.partition(":")[0] for what in problems] == ["Migrations missing"]
    assert "DATABASE_URL: PostgreSQL 18" in [finding.what for finding in findings]


async def test_missing_migrations_are_named(empty_database_dsn: str) -> None:
    problems = await found(empty_database_dsn)

    assert "python -m server migrate" in problems[next(w for w in problems if "0001" in w)]


async def test_a_database_out_of_reach_is_told_without_its_password() -> None:
    problems = await found("postgresql://app:hunter2@127.0.0.1:1/billing")

    assert any("DATABASE_URL: out of reach" in what for what in problems)
    assert "hunter2" not in str(problems)


async def test_an_application_that_could_change_the_ledger_is_told(postgres: Cluster) -> None:
    what = "The application's role may change the ledger"
    async with postgres.migrated() as dsn:
        assert what not in await found(dsn)
        await _alter(dsn, f"GRANT UPDATE ON events TO {APPLICATION}")

        assert "REVOKE" in (await found(dsn))[what]


async def test_a_role_that_sees_every_workspace_is_told(postgres: Cluster) -> None:
    """As an administrator's does; here an owner's, of whose tables one lost its wall."""
    what = "DATABASE_URL: its role sees through the walls of workspaces"
    async with postgres.migrated() as dsn:
        assert what not in await found(dsn)
        await _alter(dsn, "ALTER TABLE invoices NO FORCE ROW LEVEL SECURITY")

        assert "BYPASSRLS" in (await found(dsn))[what]


async def _alter(dsn: str, statement: str) -> None:
    connection = await as_owner(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_careless_durability_is_told(tmp_path: Path) -> None:
    with embedded.running(tmp_path, {"fsync": "off", "synchronous_commit": "off"}) as dsn:
        problems = await found(dsn)

    told = "DATABASE_URL: {} is off, so a crash may lose issued invoices"
    assert told.format("fsync") in problems
    assert told.format("synchronous_commit") in problems


async def test_what_would_leak_or_bounce_is_told(database_dsn: str) -> None:
    problems = await found(
        database_dsn,
        public_url="http://billing.example.com",
        smtp_url=SecretStr("smtp://u:hunter2@mail.example.com"),
        mail_from="billing@localhost",
        cors_origins=("*",),
    )

    assert "PUBLIC_URL: http://billing.example.com is not encrypted" in problems
    assert "SMTP_URL: mail to mail.example.com is not encrypted" in problems
    assert "MAIL_FROM: billing@localhost will be refused" in problems
    assert "CORS_ORIGINS: * lets every page on the web call the API" in problems
    assert "hunter2" not in str(problems)


async def test_pay_links_to_this_machine_are_no_use_to_customers(database_dsn: str) -> None:
    problems = await found(database_dsn, public_url="http://127.0.0.1:8000")

    assert "PUBLIC_URL: pay links would point at this machine" in problems


async def test_a_secret_that_others_may_read_is_told(tmp_path: Path) -> None:
    given = Settings(data_dir=tmp_path)
    with opened(given) as settings:
        (tmp_path / "secret_key").chmod(0o644)
        findings = await doctor.examine(settings, given)

    assert f"SECRET_KEY: others may read {tmp_path}/secret_key" in [f.what for f in findings]


def stripe(**given: Any) -> dict[str, tuple[str, str]]:
    """What it finds about a gateway: name of the setting -> how it stands, and what it is."""
    keys = {"api_key": "sk_live_51abc", "webhook_secret": "whsec_abc"} | given
    settings = Settings(
        gateway="stripe",
        public_url=keys.pop("public_url", "https://billing.example.com"),
        **{f"stripe_{name}": value for name, value in keys.items()},
    )
    findings = doctor._gateway(settings)
    return {one.what.partition(":")[0]: (one.level, one.what + one.fix) for one in findings}


def test_stripe_s_keys_are_told_apart_from_what_is_none() -> None:
    assert {level for level, _ in stripe().values()} == {"fine"}
    assert stripe(api_key="pk_live_51abc")["STRIPE_API_KEY"][0] == "problem"
    assert stripe(api_key="sk_test_51abc")["STRIPE_API_KEY"][0] == "warning"
    assert stripe(webhook_secret="sk_live_51abc")["STRIPE_WEBHOOK_SECRET"][0] == "problem"
    assert stripe(api_base="http://127.0.0.1:1")["STRIPE_API_BASE"][0] == "warning"
    assert "stripe listen" in stripe(public_url="http://127.0.0.1:8000")["GATEWAY"][1]


def test_no_key_is_shown() -> None:
    shown = str([stripe(), stripe(api_key="pk_live_51abc", webhook_secret="sk_live_51abc")])
    assert "51abc" not in shown
    assert "whsec_abc" not in shown


def metrics(**given: Any) -> list[tuple[str, str]]:
    """How it stands with who may read metrics."""
    settings = Settings(**{"public_url": "https://billing.example.com", **given})
    return [(one.level, one.what) for one in doctor._metrics(settings)]


def test_metrics_that_are_open_to_everybody_are_told() -> None:
    token = SecretStr("open sesame, please")
    everybody = "0.0.0.0:9464"

    [(level, what)] = metrics(metrics_listen=everybody)
    assert level == "warning"
    assert everybody in what
    assert metrics(metrics_listen=everybody, metrics_token=token)[0][0] == "fine"
    assert metrics(metrics_listen="[::1]:9464") == [
        ("fine", "METRICS_TOKEN: not set, /metrics is closed")
    ]
    assert "this machine alone" in metrics(public_url="http://127.0.0.1:8000")[0][1]


def test_a_protocol_of_traces_that_is_not_spoken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(otel_exporter_otlp_endpoint="http://127.0.0.1:4317")
    assert [one.level for one in doctor._traces(settings)] == ["fine"]

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    [finding] = doctor._traces(settings)
    assert (finding.level, "grpc" in finding.what) == ("problem", True)
    assert "4318" in finding.fix

    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert list(doctor._traces(settings)) == []
    assert list(doctor._traces(Settings())) == []
