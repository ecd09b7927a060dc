"""What Stripe is told is exactly what is owed, in whatever way it counts a currency."""

import pytest

from server.outside.stripe_amounts import AmountNotChargeable, to_stripe


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (269485, "USD", 269485),
        (1240, "JPY", 1240),
        (5120, "KWD", 5120),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (1000, "MGA", 10),  # ISO 4217 has fifths of an ariary, as two decimals
        (123, "HUF", 123),
        (10000, "CLF", 100),
    ],
)
def test_an_amount_is_said_in_stripe_s_units(minor: int, currency: str, amount: int) -> None:
    assert to_stripe(minor, currency) == amount


@pytest.mark.parametrize(
    ("minor", "currency"), [(5124, "KWD"), (1, "BHD"), (1020, "MGA"), (1, "CLF"), (3, "IQD")]
)
def test_what_cannot_be_said_exactly_is_refused_and_not_rounded(minor: int, currency: str) -> None:
    with pytest.raises(AmountNotChargeable):
        to_stripe(minor, currency)
