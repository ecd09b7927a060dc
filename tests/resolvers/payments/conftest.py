"""A gateway to pay through."""

import pytest

from server.outside.sandbox import SandboxGateway
from tests.resolvers.payments.making import sandbox


@pytest.fixture
def gateway(database: str) -> SandboxGateway:
    """The sandbox, quick even where it is slow."""
    return sandbox()
