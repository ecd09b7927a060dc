"""What client tests need: the programs that `make clients` installs, and a room to run them in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.rooms import SCHEMA, Room
from tests.equipment import CLIENTS, has_clients

collect_ignore_glob = [] if has_clients() else ["test_*.py"]


@pytest.fixture
def room(tmp_path: Path) -> Callable[[str], Room]:
    """Copies a folder of tests/clients to where programs may write, laid out as the checkout is."""

    def copied(name: str) -> Room:
        clients = tmp_path / "tests" / "clients"
        shutil.copytree(CLIENTS / name, clients / name)
        shutil.copy(CLIENTS / "package.json", clients)
        (clients / "node_modules").symlink_to(CLIENTS / "node_modules")
        (tmp_path / "schema").mkdir()
        shutil.copy(SCHEMA, tmp_path / "schema")
        return Room(clients / name)

    return copied
