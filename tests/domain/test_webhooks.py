"""Signatures that the standard's own library verifies, and waits as the rules have them."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain.webhooks import WAITS, signed_headers, wait_after, written_secret

SECRET, OTHER = written_secret(b"a" * 32), written_secret(b"b" * 32)
BODY = '{"id":"evt_1","data":{"note":"ü €"}}'.encode()


def headers(*secrets: str) -> dict[str, str]:
    return signed_headers(secrets, "evt_1", BODY, datetime.now(UTC))


def test_the_standards_own_library_verifies_what_is_signed() -> None:
    assert Webhook(SECRET).verify(BODY, headers(SECRET)) == {"id": "evt_1", "data": {"note": "ü €"}}


def test_a_message_signed_by_two_secrets_is_verified_by_either() -> None:
    for secret in (SECRET, OTHER):
        Webhook(secret).verify(BODY, headers(SECRET, OTHER))


@pytest.mark.parametrize(
    ("body", "change"),
    [
        (BODY + b" ", {}),
        (BODY, {"webhook-id": "evt_2"}),
        (BODY, {"webhook-timestamp": "1700000000"}),
        (BODY, {"webhook-signature": "v1,AAAA"}),
    ],
)
def test_what_was_changed_on_its_way_is_not_verified(body: bytes, change: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, {**headers(SECRET), **change})


def test_the_waits_are_those_of_the_rules() -> None:
    hours = [timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)]
    minutes = [timedelta(minutes=minutes) for minutes in (5, 30)]
    assert list(WAITS) == [timedelta(seconds=5), *minutes, *hours]
    assert [wait_after(n, 0) for n in range(1, 10)] == list(WAITS)
    assert wait_after(10, 0) is None


def test_a_wait_is_at_most_a_tenth_longer() -> None:
    assert wait_after(1, 1) == timedelta(seconds=5.5)
