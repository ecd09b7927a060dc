"""Identifiers: UUIDs that sort by time, and the typed text that callers see them as."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "Workspace": "wsp",
        "NumberSeries": "num",
        "ApiKey": "key",
        "Customer": "cus",
        "Matter": "mat",
        "Invoice": "inv",
        "LineItem": "il",
        "PaymentMethod": "pm",
        "Payment": "pay",
        "CreditNote": "cn",
        "LedgerEntry": "led",
        "BillingSubscription": "bs",
        "TaxRate": "txr",
        "FxRate": "fxr",
        "Event": "evt",
        "WebhookEndpoint": "whe",
        "WebhookDelivery": "whd",
    }
)
"""The prefix of each type's public ids, by the type's public name."""

_PUBLIC_ID = re.compile(r"([a-z]+)_([0-9a-f]{32})")
_TAIL_BITS = 74
_STEP_BITS = 32


class _Sequence:
    """Makes version 7 UUIDs that never go backwards within the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unix_ms = 0
        self._tail = 0

    def next(self) -> UUID:
        with self._lock:
            self._advance(time.time_ns() // 1_000_000)
            return _assemble(self._unix_ms, self._tail)

    def _advance(self, now_ms: int) -> None:
        if now_ms > self._unix_ms:
            self._unix_ms, self._tail = now_ms, secrets.randbits(_TAIL_BITS)
            return
        self._tail += 1 + secrets.randbits(_STEP_BITS)
        if self._tail >> _TAIL_BITS:
            self._unix_ms, self._tail = self._unix_ms + 1, secrets.randbits(_TAIL_BITS)


def _assemble(unix_ms: int, tail: int) -> UUID:
    high, low = tail >> 62, tail & (1 << 62) - 1
    return UUID(int=unix_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


_sequence = _Sequence()


def new_id() -> UUID:
    """A new UUID version 7 (RFC 9562), greater than every one this process made before.

    The one impure function of this package: it looks at the clock, but only to sort by.
    """
    return _sequence.next()


def encode_id(prefix: str, uuid: UUID) -> str:
    """The public text of an id: `inv_` and 32 hexadecimal digits."""
    return f"{prefix}_{uuid.hex}"


def split_id(text: str) -> tuple[str, UUID] | None:
    """The prefix and the UUID of a public id; None for anything but its canonical spelling."""
    found = _PUBLIC_ID.fullmatch(text)
    return (found[1], UUID(hex=found[2])) if found else None


def decode_id(prefix: str, text: str) -> UUID | None:
    """The UUID of a public id with this very prefix, else None.

    One id has one spelling, so that what is not found cannot be told from what is misspelt.
    """
    parts = split_id(text)
    return parts[1] if parts and parts[0] == prefix else None
