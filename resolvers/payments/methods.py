"""Payment methods: what a customer pays with, kept at the gateway and named here."""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import InvalidArgument, PaymentDeclined
from domain.identifiers import encode_id, new_id
from domain.texts import check_text
from models.connections import rows
from models.customers import Customer
from models.payment_methods import PaymentMethod
from models.writes import insert
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.gateways import Gateway, GatewayUnreachable, KeptMethod, MethodRefused, Payer
from resolvers.idempotency import Once
from resolvers.ledger import hold_customer
from resolvers.refusals import not_found

SCOPE = "PAYMENTS_WRITE"
TOKEN_LENGTH_MAX = 255
_TOKEN = ("gatewayToken",)


@dataclass(frozen=True, slots=True)
class Added:
    """What `add_method` made, and for whom."""

    customer_id: UUID
    method_id: UUID


async def add_method(
    caller: Caller,
    gateway: Gateway,
    customer_id: UUID,
    token: str,
    *,
    is_default: bool = True,
    once: Once | None = None,
) -> Added:
    """Keeps what the gateway's own front end answered as a method of a customer.

    The gateway is called before anything is written. Raises Forbidden, NotFound at ("customerId",),
    at ("gatewayToken",) Required, TooLong, InvalidArgument for a token that the gateway does not
    take and PaymentDeclined, with meta {failureCode}, where it did not answer.
    """
    caller.require(SCOPE)
    given = check_text(token, _TOKEN, TOKEN_LENGTH_MAX)
    answered = await idempotency.find(caller, once, Added)
    if answered is not None:
        return answered
    kept = await _kept(gateway, await _payer(caller, gateway, customer_id), given)

    async def act() -> Added:
        await hold_customer(caller.workspace_id, customer_id)
        method = _new(caller, gateway, customer_id, kept, is_default)
        if is_default:
            await _undo_default(caller, customer_id)
        await insert(method)
        return Added(customer_id, method.id)

    return await idempotency.run(caller, once, act, Added)


async def _payer(caller: Caller, gateway: Gateway, customer_id: UUID) -> Payer:
    of = {"workspace_id": caller.workspace_id}
    customer = await Customer.filter(**of, id=customer_id).first()
    if customer is None:
        raise not_found("customerId")
    known = await PaymentMethod.filter(
        **of, customer_id=customer_id, gateway=gateway.name, gateway_customer__isnull=False
    ).first()
    return Payer(
        workspace_id=caller.workspace_id,
        key=encode_id("cus", customer_id),
        name=customer.name,
        email=customer.email,
        customer=known.gateway_customer if known else None,
    )


async def _kept(gateway: Gateway, payer: Payer, token: str) -> KeptMethod:
    try:
        return await gateway.keep_method(payer, token)
    except MethodRefused as refused:
        meta = {"failureCode": refused.code}
        raise InvalidArgument(refused.message, field=_TOKEN, meta=meta) from None
    except GatewayUnreachable:
        message = "The payment gateway did not answer; nothing was kept. Try again shortly."
        meta = {"failureCode": "gateway_unreachable"}
        raise PaymentDeclined(message, field=_TOKEN, meta=meta) from None


def _new(
    caller: Caller, gateway: Gateway, customer_id: UUID, kept: KeptMethod, is_default: bool
) -> PaymentMethod:
    return PaymentMethod(
        workspace_id=caller.workspace_id,
        id=new_id(),
        customer_id=customer_id,
        type=kept.type,
        label=kept.label,
        gateway=gateway.name,
        gateway_reference=kept.reference,
        gateway_customer=kept.customer,
        is_default=is_default,
        created_at=caller.now,
    )


async def _undo_default(caller: Caller, customer_id: UUID) -> None:
    await rows(
        "UPDATE payment_methods SET is_default = false "
        "WHERE workspace_id = $1 AND customer_id = $2 AND is_default",
        caller.workspace_id,
        customer_id,
    )
