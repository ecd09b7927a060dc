"""Webhooks: how a message is signed after Standard Webhooks, and when one that failed is tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32
BOTH_SECRETS_SIGN = timedelta(hours=24)
"""How long after a rotation the secret before it signs too."""

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""How long to wait after each attempt that failed; after the one that follows them it is given up."""

JITTER = 0.1
GONE = 410
"""The status by which a receiver says that it wants no more."""


def wait_after(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after so many attempts, with up to 10% on top; None where it is given up.

    `chance` is from 0 to 1 (rules: Events, webhooks, live updates).
    """
    if attempts > len(WAITS):
        return None
    return WAITS[attempts - 1] * (1 + JITTER * chance)


def is_taken(status: int) -> bool:
    """Whether a receiver's status says that it has the message."""
    return 200 <= status < 300


def written_secret(key: bytes) -> str:
    """A key as its owner sees it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(key).decode()


def signed_headers(
    secrets: Sequence[str], message_id: str, body: bytes, now: datetime
) -> dict[str, str]:
    """The three headers by which a receiver verifies a message, signed with each of these secrets."""
    seconds = str(int(now.timestamp()))
    content = b".".join((message_id.encode(), seconds.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
