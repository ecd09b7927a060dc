"""The sandbox gateway: a stranger of our own, with books of its own, that succeeds and fails as asked.

It behaves like a real one: it remembers each charge and refund by its key, tells of what happens
later by signed notices, and by some of its test cards it is slow, silent or forgetful. It is called
where a socket would be: nothing of it happens in a transaction of ours, and nothing else reads its
tables.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlencode
from uuid import UUID

import orjson

from domain.identifiers import new_id
from models.connections import rows
from models.sandbox_gateway import SandboxCard, SandboxCharge, SandboxRefund
from models.walls import looking_at
from models.writes import insert
from resolvers.gateways import (
    About,
    Became,
    ChargeOrder,
    CheckoutKind,
    KeptMethod,
    MethodRefused,
    Notice,
    NoticeRefused,
    Outcome,
    Payer,
    RefundOrder,
)
from server.clock import utc_now

NAME = "sandbox"
SIGNATURE = "sandbox-signature"
SLOW_S = 5.0
NOTICE_TOLERANCE = timedelta(minutes=5)
PAYER_HAS = timedelta(hours=24)
REFERENCE = re.compile(r"sbx_([0-9a-f]{32})[0-9a-f]{24}")


class Behaviour(StrEnum):
    """How a card behaves."""

    SUCCEEDS = "SUCCEEDS"
    DECLINED = "DECLINED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    AUTHENTICATION_REQUIRED = "AUTHENTICATION_REQUIRED"
    TIMEOUT = "TIMEOUT"
    SLOW = "SLOW"
    LOST = "LOST"
    REFUND_FAILS = "REFUND_FAILS"
    REFUND_TIMEOUT = "REFUND_TIMEOUT"


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card that everyone has: its token, and the number that a form takes."""

    __test__ = False  # it is no test

    token: str
    number: str
    brand: str
    behaviour: Behaviour

    @property
    def last4(self) -> str:
        """What of its number people are shown."""
        return self.number[-4:]


CARDS = (
    TestCard("pm_card_visa", "4242424242424242", "Visa", Behaviour.SUCCEEDS),
    TestCard("pm_card_mastercard", "5555555555554444", "Mastercard", Behaviour.SUCCEEDS),
    TestCard("pm_card_chargeDeclined", "4000000000000002", "Visa", Behaviour.DECLINED),
    TestCard(
        "pm_card_chargeDeclinedInsufficientFunds",
        "4000000000009995",
        "Visa",
        Behaviour.INSUFFICIENT_FUNDS,
    ),
    TestCard(
        "pm_card_authenticationRequired",
        "4000002500003155",
        "Visa",
        Behaviour.AUTHENTICATION_REQUIRED,
    ),
    TestCard("pm_sandbox_timeout", "4000000000007019", "Visa", Behaviour.TIMEOUT),
    TestCard("pm_sandbox_slow", "4000000000007027", "Visa", Behaviour.SLOW),
    TestCard("pm_sandbox_lost", "4000000000007035", "Visa", Behaviour.LOST),
    TestCard("pm_sandbox_refundFails", "4000000000007043", "Visa", Behaviour.REFUND_FAILS),
    TestCard("pm_sandbox_refundTimeout", "4000000000007050", "Visa", Behaviour.REFUND_TIMEOUT),
)
"""Every test card; the tokens that begin with pm_card are named as Stripe's are."""

_BY_TOKEN = MappingProxyType({card.token: card for card in CARDS})
_BY_NUMBER = MappingProxyType({card.number: card for card in CARDS})

_REFUSALS: Mapping[Behaviour, tuple[str, str]] = MappingProxyType(
    {
        Behaviour.DECLINED: ("card_declined", "Your card was declined."),
        Behaviour.INSUFFICIENT_FUNDS: (
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
    }
)
_NO_METHOD = Outcome(
    Became.FAILED, None, None, "resource_missing", "No such payment method in the sandbox."
)
_NOT_FOUND = Outcome(Became.NOT_FOUND)
_UNKNOWN = Outcome(Became.UNKNOWN)


def token_of(number: str) -> str | None:
    """The token of a test card by the number on it, spaces aside; None for any other number."""
    card = _BY_NUMBER.get("".join(number.split()).replace("-", ""))
    return card.token if card else None


class SandboxGateway:
    """Takes payments that are never real; `secret` signs its notices."""

    name = NAME
    checkout_kind = CheckoutKind.FORM

    def __init__(
        self,
        secret: bytes,
        public_url: str,
        slow_s: float = SLOW_S,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._secret = hmac.digest(secret, b"sandbox gateway", "sha256")
        self._public_url = public_url
        self._slow_s = slow_s
        self._clock = clock

    async def charge(self, order: ChargeOrder) -> Outcome:
        """Charges a card as it behaves; ordered again, it answers what it has booked."""
        card = await self._card(order.workspace_id, order.method)
        if card is None:
            return _NO_METHOD
        behaviour = Behaviour(card.behaviour)
        if behaviour is Behaviour.LOST:
            return _UNKNOWN
        charge = await self._booked(order, behaviour)
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(self._slow_s)
        if behaviour is Behaviour.TIMEOUT:
            return _UNKNOWN
        return self._outcome(charge, order.return_url)

    async def checkout(self, order: ChargeOrder) -> Outcome:
        """There is no page of its own: the pay page shows its card form."""
        raise NotImplementedError("the sandbox is paid by the form on the pay page")

    async def find_charge(self, order: ChargeOrder, reference: str | None = None) -> Outcome:
        """What it has booked under a key. What a payer leaves unanswered for a day has failed."""
        charge = await _charge(order.workspace_id, order.key)
        if charge is None:
            return _NOT_FOUND
        if charge.status == Became.PENDING and self._clock() > charge.created_at + PAYER_HAS:
            charge = await self._closed(charge, "expired", "Nobody approved the payment in time.")
        return self._outcome(charge, order.return_url)

    async def refund(self, order: RefundOrder) -> Outcome:
        """Gives back what is left of a charge at most; ordered again, it answers what it has booked."""
        charge = await _charge(order.workspace_id, order.charge_key)
        if charge is None:
            return Outcome(Became.FAILED, None, None, "resource_missing", "No such charge.")
        refund = await self._refunded(order, charge)
        if charge.behaviour == Behaviour.REFUND_TIMEOUT:
            return _UNKNOWN
        return _refund_outcome(refund)

    async def find_refund(self, order: RefundOrder, reference: str | None = None) -> Outcome:
        """What it has booked under a refund's key."""
        found = SandboxRefund.filter(workspace_id=order.workspace_id, key=order.key)
        refund = await found.first()
        return _refund_outcome(refund) if refund else _NOT_FOUND

    async def keep_method(self, payer: Payer, token: str) -> KeptMethod:
        """Keeps a test card under a token of its own."""
        card = _BY_TOKEN.get(token)
        if card is None:
            raise MethodRefused("resource_missing", "The sandbox has no test card of this name.")
        kept = SandboxCard(
            workspace_id=payer.workspace_id,
            id=new_id(),
            token=f"pm_{secrets.token_hex(12)}",
            behaviour=card.behaviour.value,
            brand=card.brand,
            last4=card.last4,
            created_at=self._clock(),
        )
        await insert(kept)
        customer = payer.customer or f"sbc_{secrets.token_hex(8)}"
        return KeptMethod("CARD", f"{card.brand} ·· {card.last4}", kept.token, customer)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a notice of its own tells. Raises NoticeRefused for any other, and for old ones."""
        self._verify(headers.get(SIGNATURE, ""), body)
        told = orjson.loads(body)
        return Notice(
            workspace_id=UUID(told["workspace"]),
            reference=told["id"],
            kind=told["type"],
            about=About(told["about"]),
            key=told["key"],
            outcome=Outcome(**{**told["outcome"], "became": Became(told["outcome"]["became"])}),
        )

    async def notice_of(self, workspace_id: UUID, key: str) -> tuple[dict[str, str], bytes]:
        """A signed notice of what a charge is now, as it would come by callback: headers and body."""
        charge = await _charge(workspace_id, key)
        assert charge is not None, "only of what it has booked"
        outcome = self._outcome(charge, None)
        told = {
            "id": f"sbn_{secrets.token_hex(12)}",
            "type": f"charge.{outcome.became.value.lower()}",
            "workspace": str(workspace_id),
            "about": About.CHARGE.value,
            "key": key,
            "outcome": outcome,
        }
        body = orjson.dumps(told)
        return {SIGNATURE: self._signature(body, int(self._clock().timestamp()))}, body

    async def authenticate(self, reference: str, *, approves: bool) -> SandboxCharge | None:
        """Completes a charge that waits for its payer; the charge, None where there is none.

        One that is completed already stays as it is.
        """
        charge = await self.find_by_reference(reference)
        if charge is None or charge.status != Became.PENDING:
            return charge
        if not approves:
            return await self._closed(
                charge, "authentication_failed", "The payment was not approved."
            )
        return await _changed(charge, Became.SUCCEEDED)

    async def find_by_reference(self, reference: str) -> SandboxCharge | None:
        """A charge by the sandbox's own name for it, which holds its workspace."""
        found = REFERENCE.fullmatch(reference)
        if found is None:
            return None
        place = UUID(hex=found[1])
        with looking_at(place):
            return await SandboxCharge.filter(workspace_id=place, reference=reference).first()

    def signed(self, text: str) -> str:
        """The signature of an address that its page may lead back to."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def is_signed(self, text: str, signature: str) -> bool:
        """Whether a signature is that of an address; compared in constant time."""
        return hmac.compare_digest(self.signed(text).encode(), signature.encode())

    async def _card(self, workspace_id: UUID, token: str | None) -> TestCard | SandboxCard | None:
        known = _BY_TOKEN.get(token or "")
        if known or token is None:
            return known
        return await SandboxCard.filter(workspace_id=workspace_id, token=token).first()

    async def _booked(self, order: ChargeOrder, behaviour: Behaviour) -> SandboxCharge:
        code, message = _REFUSALS.get(behaviour, (None, None))
        await rows(
            "INSERT INTO sandbox_charges (workspace_id, id, key, reference, behaviour, status, "
            "currency, amount_minor, refunded_minor, failure_code, failure_message, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11) "
            "ON CONFLICT (workspace_id, key) DO NOTHING",
            order.workspace_id,
            new_id(),
            order.key,
            f"sbx_{order.workspace_id.hex}{secrets.token_hex(12)}",
            behaviour.value,
            _first_status(behaviour).value,
            order.currency,
            order.amount_minor,
            code,
            message,
            self._clock(),
        )
        charge = await _charge(order.workspace_id, order.key)
        assert charge is not None
        return charge

    async def _refunded(self, order: RefundOrder, charge: SandboxCharge) -> SandboxRefund:
        fails = charge.behaviour == Behaviour.REFUND_FAILS
        await rows(
            _REFUND,
            order.workspace_id,
            charge.id,
            order.key,
            order.amount_minor,
            new_id(),
            f"sbr_{secrets.token_hex(12)}",
            self._clock(),
            fails,
        )
        return await SandboxRefund.get(workspace_id=order.workspace_id, key=order.key)

    async def _closed(self, charge: SandboxCharge, code: str, message: str) -> SandboxCharge:
        return await _changed(charge, Became.FAILED, code, message)

    def _outcome(self, charge: SandboxCharge, return_url: str | None) -> Outcome:
        became = Became(charge.status)
        url = self._page(charge, return_url) if became is Became.PENDING else None
        return Outcome(became, charge.reference, url, charge.failure_code, charge.failure_message)

    def _page(self, charge: SandboxCharge, return_url: str | None) -> str:
        page = f"{self._public_url}/sandbox/authenticate/{charge.reference}"
        if return_url is None:
            return page
        return f"{page}?{urlencode({'to': return_url, 'signature': self.signed(return_url)})}"

    def _signature(self, body: bytes, at_s: int) -> str:
        made = hmac.new(self._secret, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
        return f"t={at_s},v1={made}"

    def _verify(self, signature: str, body: bytes) -> None:
        parts = dict(part.partition("=")[::2] for part in signature.split(","))
        at_s = parts.get("t", "")
        if not (at_s.isascii() and at_s.isdigit() and len(at_s) <= 12):
            raise NoticeRefused("it is not signed")
        if not hmac.compare_digest(self._signature(body, int(at_s)).encode(), signature.encode()):
            raise NoticeRefused("its signature is not the sandbox's")
        if abs(self._clock().timestamp() - int(at_s)) > NOTICE_TOLERANCE.total_seconds():
            raise NoticeRefused("it is too old")


def _first_status(behaviour: Behaviour) -> Became:
    if behaviour is Behaviour.AUTHENTICATION_REQUIRED:
        return Became.PENDING
    return Became.FAILED if behaviour in _REFUSALS else Became.SUCCEEDED


async def _charge(workspace_id: UUID, key: str) -> SandboxCharge | None:
    return await SandboxCharge.filter(workspace_id=workspace_id, key=key).first()


async def _changed(
    charge: SandboxCharge, became: Became, code: str | None = None, message: str | None = None
) -> SandboxCharge:
    """Completes a pending charge; whoever comes first has it."""
    await rows(
        "UPDATE sandbox_charges SET status = $3, failure_code = $4, failure_message = $5 "
        "WHERE workspace_id = $1 AND id = $2 AND status = 'PENDING'",
        charge.workspace_id,
        charge.id,
        became.value,
        code,
        message,
    )
    return await SandboxCharge.get(workspace_id=charge.workspace_id, id=charge.id)


def _refund_outcome(refund: SandboxRefund) -> Outcome:
    if refund.status == Became.SUCCEEDED:
        return Outcome(Became.SUCCEEDED, refund.reference)
    message = "The sandbox did not give this back."
    return Outcome(Became.FAILED, refund.reference, None, "refund_failed", message)


# The charge's row lock and its CHECK keep two refunds from giving back more than was charged.
_REFUND = """
WITH charge AS MATERIALIZED (
    SELECT workspace_id, id, amount_minor - refunded_minor AS left_minor FROM sandbox_charges
    WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE
), refund AS (
    INSERT INTO sandbox_refunds
        (workspace_id, id, key, reference, charge_id, amount_minor, status, created_at)
    SELECT $1, $5, $3, $6, id, $4,
        CASE WHEN $8 OR left_minor < $4 THEN 'FAILED' ELSE 'SUCCEEDED' END, $7
    FROM charge
    ON CONFLICT (workspace_id, key) DO NOTHING
    RETURNING charge_id, amount_minor, status
)
UPDATE sandbox_charges AS held SET refunded_minor = held.refunded_minor + refund.amount_minor
FROM refund
WHERE held.workspace_id = $1 AND held.id = refund.charge_id AND refund.status = 'SUCCEEDED'
"""
