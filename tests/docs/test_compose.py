"""The compose file holds together: its versions, health checks, settings, secrets and ports."""

import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

from server.settings import Settings
from tests.docs.reading import CHECKOUT

COMPOSE = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "web", "worker")
SECRETS = re.compile(r"PASSWORD|SECRET|KEY|URL")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_its_version_and_says_when_it_is_well(name: str) -> None:
    service = SERVICES[name]

    assert "build" in service or re.fullmatch(r"[\w./-]+:v?\d[\w.]*", service["image"])
    assert service["healthcheck"]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert {one["source"] for one in service.get("configs", ())} <= set(COMPOSE["configs"])


@pytest.mark.parametrize("name", OURS)
def test_every_setting_that_it_gives_is_one_and_no_secret_is_written_down(name: str) -> None:
    given = SERVICES[name]["environment"]

    assert {key.lower() for key in given} <= set(Settings.model_fields)
    for key, value in given.items():
        plain = re.sub(r"\$\{[A-Z_]+(:[?-][^}]*)?\}", "", value)
        if SECRETS.search(key):
            assert not re.search(r":[^/@]+@", plain), key
            assert "URL" in key or plain == "", key


def test_what_listens_to_the_outside_listens_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
