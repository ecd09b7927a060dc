"""What tests of Stripe start from: a recorded one, and a gateway to it."""

from collections.abc import Iterator

import pytest

from server.outside.stripe_gateway import StripeGateway
from tests.server.outside.recorded_stripe import RecordedStripe, running
from tests.server.outside.stripe_orders import API_KEY


@pytest.fixture
def recorded() -> Iterator[RecordedStripe]:
    with running() as opened:
        yield opened


@pytest.fixture
def gateway(recorded: RecordedStripe) -> StripeGateway:
    return StripeGateway(API_KEY, "whsec_x", "https://bill.example/", recorded.address, 60)
