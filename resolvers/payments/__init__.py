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
from resolvers.payments.holdings import put_back, take_back
from resolvers.payments.methods import Added, add_method
from resolvers.payments.notices import receive
from resolvers.payments.recording import MoneyIn, record
from resolvers.payments.refund_settling import settle_refund
from resolvers.payments.refunding import (
    REFUND_JOB,
    Promised,
    Refunded,
    carry_out,
    follow_up_refund,
    refund,
    refund_for_note,
)
from resolvers.payments.settling import settle, settle_within

__all__ = [
    "CHARGE_JOB",
    "REFUND_JOB",
    "Added",
    "MoneyIn",
    "Paid",
    "Promised",
    "Received",
    "Refunded",
    "add_method",
    "ask",
    "carry_on",
    "carry_out",
    "check_out",
    "fee_by_card",
    "follow_up",
    "follow_up_refund",
    "latest_attempt",
    "pay",
    "pay_with_token",
    "payer",
    "put_back",
    "receive",
    "received",
    "record",
    "refund",
    "refund_for_note",
    "settle",
    "settle_refund",
    "settle_within",
    "take_back",
]
