"""The commands, as someone types them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
RATES = CHECKOUT / "tests" / "domain" / "ecb" / "eurofxref-daily.xml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


def command(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "-m", "server", *words],
        cwd=CHECKOUT,
        env={**kept, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_migrating_twice_is_safe_and_said(tmp_path: Path) -> None:
    first = command("migrate", folder=tmp_path)
    second = command("migrate", folder=tmp_path)

    assert "applied 0001_initial" in first.stdout
    assert second.stdout == "nothing to do: up to date already\n"
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_workspace_and_its_key_come_as_one_line_for_scripts(folder: Path) -> None:
    done = command(
        "workspace", "create", "--name", "Acme", "--mode", "TEST", "--json", folder=folder
    )

    made = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert re.fullmatch(r"wsp_[0-9a-f]{32}", made["workspaceId"])
    assert re.fullmatch(r"ak_test_[\w-]{43}", made["apiKey"])
    assert made["apiKey"] not in done.stderr


def test_published_exchange_rates_are_kept_and_twice_is_as_good_as_once(folder: Path) -> None:
    command("workspace", "create", "--name", "Acme", folder=folder)
    first, again = (command("fx", "import", str(RATES), folder=folder) for _ in range(2))
    nobody = command("fx", "import", str(RATES), "--workspace", "wsp_x", folder=folder)

    told = re.fullmatch(r"5 rates read, (\d+) of them new in \d+ workspaces?\n", first.stdout)
    assert told, first.stderr
    assert int(told[1]) >= 5
    assert "5 rates read, 0 of them new in " in again.stdout
    assert nobody.returncode == 1
    assert "There is no workspace wsp_x" in nobody.stderr


@pytest.mark.parametrize(
    ("place", "why"),
    [("/nowhere/rates.xml", "cannot be read"), (__file__, "holds no reference rates")],
)
def test_a_file_without_exchange_rates_is_told_in_words(folder: Path, place: str, why: str) -> None:
    done = command("fx", "import", place, folder=folder)

    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_is_told_in_words(folder: Path) -> None:
    done = command("workspace", "create", "--name", "Acme", "--currency", "XXQ", folder=folder)

    assert done.returncode == 1
    assert "XXQ" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_fills_the_workspace_that_is_named(folder: Path) -> None:
    made = json.loads(command("workspace", "create", "--name", "A", "--json", folder=folder).stdout)

    filled = command("demo", "--invoices", "5", "--workspace", made["workspaceId"], folder=folder)
    unknown = command("demo", "--workspace", "wsp_nothing", folder=folder)

    assert "5 invoices for 40 customers" in filled.stderr
    assert unknown.returncode == 1
    assert "no workspace wsp_nothing" in unknown.stderr


def test_the_doctor_finds_nothing_wrong_after_migrating(folder: Path) -> None:
    command("migrate", folder=folder)

    done = command("doctor", folder=folder)

    assert done.returncode == 0, done.stdout
    assert "PostgreSQL 18" in done.stdout


def test_the_doctor_fails_where_a_setting_is_unsafe(folder: Path) -> None:
    done = command("doctor", folder=folder, PUBLIC_URL="http://billing.example.com")

    assert done.returncode == 1
    assert "is not encrypted" in done.stdout


def test_a_wrong_setting_is_named_before_anything_starts(tmp_path: Path) -> None:
    done = command("serve", folder=tmp_path, LOG_FORMAT="xml")

    assert done.returncode == 1
    assert "LOG_FORMAT" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_database_out_of_reach_is_told_without_its_password(tmp_path: Path) -> None:
    dsn = "postgresql://app:hunter2@127.0.0.1:1/billing"
    done = command("migrate", folder=tmp_path, DATABASE_URL=dsn, SECRET_KEY="k" * 32)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_the_sdl_is_printed_without_any_setting(tmp_path: Path) -> None:
    done = command("schema", folder=tmp_path)

    assert "type Query {" in done.stdout
    assert list(tmp_path.iterdir()) == []
