"""Payments: money in, through a gateway or by itself, and money back."""

from resolvers.payments.by_link import (
    Received,
    check_out,
    fee_by_card,
    latest_attempt,
    pay_with_token,
    payer,
    received,
)
from resolvers.payments.charging import CHARGE_JOB, Paid, ask, carry_on, follow_up, pay
from resolvers.payments.methods import Added, add_method
from resolvers.payments.notices import receive
from resolvers.payments.recording import MoneyIn, record
from resolvers.payments.settling import settle, settle_within

__all__ = [
    "CHARGE_JOB",
    "Added",
    "MoneyIn",
    "Paid",
    "Received",
    "add_method",
    "ask",
    "carry_on",
    "check_out",
    "fee_by_card",
    "follow_up",
    "latest_attempt",
    "pay",
    "pay_with_token",
    "payer",
    "receive",
    "received",
    "record",
    "settle",
    "settle_within",
]
