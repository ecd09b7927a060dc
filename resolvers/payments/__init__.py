"""Payments: money in, through a gateway or by itself, and money back."""

from resolvers.payments.charging import (
    CHARGE_JOB,
    Paid,
    carry_on,
    check_out,
    follow_up,
    pay,
    pay_with_token,
)
from resolvers.payments.methods import Added, add_method
from resolvers.payments.notices import receive
from resolvers.payments.recording import MoneyIn, record
from resolvers.payments.settling import settle, settle_within

__all__ = [
    "CHARGE_JOB",
    "Added",
    "MoneyIn",
    "Paid",
    "add_method",
    "carry_on",
    "check_out",
    "follow_up",
    "pay",
    "pay_with_token",
    "receive",
    "record",
    "settle",
    "settle_within",
]
