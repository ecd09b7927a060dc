"""Gateways: the port through which money comes in and goes back, whoever stands behind it.

Nothing here runs inside a transaction: a payment is begun, the gateway is called, the payment is
settled by what it answered. A call whose answer got lost is UNKNOWN and never an exception: the
payment stays pending, and the gateway is asked later what became of it (rules: Payments).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from resolvers.callers import Caller


class Became(StrEnum):
    """What became of a charge or a refund, as far as the gateway says.

    PENDING: the gateway has it, and waits for the payer, the bank, or itself. UNKNOWN: nobody knows
    whether the gateway has it (a lost connection, a time-out, its own failure). NOT_FOUND: asked
    later, it never heard of it.
    """

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway answered: by which reference it knows it, and what went wrong where it failed.

    `next_action_url` is where the payer has to go while it is PENDING, such as their bank's page or
    the gateway's own checkout. `failure_code` is the gateway's own, such as card_declined;
    `failure_message` is fit for the payer.
    """

    became: Became
    reference: str | None = None
    next_action_url: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A charge to make once, however often it is ordered: `key` is the payment's id as callers see it.

    `amount_minor` is all that the payer pays, a fee included. `method` is the reference of a kept
    method, or the token of one that is used once; None where the payer chooses on the gateway's own
    page. `customer` is the gateway's name for who pays, where it has one. `description` is the
    invoice's number. `return_url` is where a payer comes back to; None for the gateway's default.
    """

    workspace_id: UUID
    key: str
    amount_minor: int
    currency: str
    description: str
    method: str | None = None
    customer: str | None = None
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A refund to make once: `key` is the refund's id as text, the charge goes by both its names.

    `charge_reference` is the gateway's, `charge_key` is ours.
    """

    workspace_id: UUID
    key: str
    charge_key: str
    charge_reference: str
    amount_minor: int
    currency: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who keeps a method: `key` is the customer's id as callers see it.

    `customer` is the gateway's name for them, where one of their methods was kept before.
    """

    workspace_id: UUID
    key: str
    name: str
    email: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class KeptMethod:
    """A method at the gateway: our type (CARD …), what people are shown, and its references there."""

    type: str
    label: str
    reference: str
    customer: str | None = None


class About(StrEnum):
    """What a notice is about."""

    CHARGE = "CHARGE"
    REFUND = "REFUND"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a gateway told by callback, verified: `reference` is its own id of the notice.

    `kind` is its own name of what happened. `key` is the payment's or refund's, as it was ordered.
    """

    workspace_id: UUID
    reference: str
    kind: str
    about: About
    key: str
    outcome: Outcome


class NoticeRefused(Exception):
    """A notice that is not the gateway's: no signature, a wrong one, one that is too old."""


class MethodRefused(Exception):
    """A token that can't be kept: unknown, used up, or declined by its bank."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class GatewayUnreachable(Exception):
    """The gateway didn't answer, where nothing is lost by that: no money was asked for."""


class CheckoutKind(StrEnum):
    """How the pay page takes money.

    FORM: the page shows the gateway's card form, which gives a token to charge. REDIRECT: the payer
    pays on the gateway's own page.
    """

    FORM = "FORM"
    REDIRECT = "REDIRECT"


class Gateway(Protocol):
    """One who takes payments. Charges and refunds raise nothing for a network's or its own failure."""

    @property
    def name(self) -> str:
        """How it is known in settings, on payments, and in the address of its callbacks."""

    @property
    def checkout_kind(self) -> CheckoutKind:
        """How the pay page takes money."""

    async def charge(self, order: ChargeOrder) -> Outcome:
        """Charges a method once for each key; ordered again, it answers what became of it."""

    async def checkout(self, order: ChargeOrder) -> Outcome:
        """Prepares a page of the gateway's own: PENDING with `next_action_url`. For REDIRECT alone."""

    async def find_charge(self, order: ChargeOrder, reference: str | None) -> Outcome:
        """What became of a charge or checkout; `reference` is the gateway's, where it is known."""

    async def refund(self, order: RefundOrder) -> Outcome:
        """Gives money of a charge back, once for each key."""

    async def find_refund(self, order: RefundOrder, reference: str | None) -> Outcome:
        """What became of a refund; `reference` is the gateway's, where it is known."""

    async def keep_method(self, payer: Payer, token: str) -> KeptMethod:
        """Keeps what the gateway's front end answered for later. MethodRefused, GatewayUnreachable."""

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a callback tells; None where it concerns nothing of ours. Raises NoticeRefused."""


@dataclass(frozen=True, slots=True)
class Gateways:
    """Who takes payments for whom: those of a TEST workspace are never real."""

    live: Gateway
    test: Gateway

    def of(self, caller: Caller) -> Gateway:
        """The one that new payments of a caller's workspace go through."""
        return self.live if caller.mode == "LIVE" else self.test

    def named(self, name: str | None) -> Gateway | None:
        """The one with this name; None where it is not in use (any more)."""
        return next((one for one in (self.live, self.test) if one.name == name), None)
