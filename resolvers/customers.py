"""Customers: made, changed, archived; every change is an event.

A new e-mail address keeps the consent on record: it is the customer who consented. An archived
customer can still be changed, so that consent can be withdrawn, but gets no new invoices.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.identifiers import new_id
from domain.lifecycle import require_version
from domain.limits import NAME_LENGTH_MAX
from domain.metadata import check_metadata
from domain.tax_ids import check_tax_id
from models.customers import Customer
from models.writes import change, insert
from resolvers import events, idempotency, snapshots
from resolvers.callers import Caller
from resolvers.contacts import TAX_ID_LENGTH_MAX, check_address, check_email, check_locale
from resolvers.fields import (
    Check,
    Given,
    checked,
    currency_on,
    one_of,
    optional,
    optional_text,
    or_else,
    terms_days,
    text,
    zone,
)
from resolvers.idempotency import Once
from resolvers.refusals import not_found

CONSENTS = ("UNKNOWN", "GRANTED", "WITHDRAWN")
TAX_TREATMENTS = ("STANDARD", "EXEMPT", "REVERSE_CHARGE")
_OF_TAX_ID = ("tax_id", "tax_treatment", "address")
_CREATED, _UPDATED = "customer.created", "customer.updated"


def _checks(now: datetime) -> dict[str, Check]:
    return {
        "name": text(NAME_LENGTH_MAX),
        "email": optional(check_email),
        "email_consent": or_else("UNKNOWN", one_of(CONSENTS)),
        "currency": optional(currency_on(now.date())),
        "locale": optional(check_locale),
        "time_zone": optional(zone),
        "address": optional(check_address),
        "tax_id": optional_text(TAX_ID_LENGTH_MAX),
        "tax_treatment": or_else("STANDARD", one_of(TAX_TREATMENTS)),
        "payment_terms_days": optional(terms_days),
        "metadata": check_metadata,
    }


async def create(caller: Caller, given: Given, *, once: Once | None = None) -> UUID:
    """A new customer's id. Keys are those of CustomerCreateInput in snake_case; name is needed.

    Raises Forbidden, and Refusals of Required, TooLong, InvalidFormat, OutOfRange,
    CurrencyUnsupported and MetadataLimit, each at its field; the tax id of a REVERSE_CHARGE customer
    has to be one.
    """
    caller.require("CUSTOMERS_WRITE")
    wanted = dict.fromkeys(_checks(caller.now)) | dict(given)
    values = checked(wanted, _checks(caller.now))
    _check_reverse_charge(values)

    async def act() -> UUID:
        customer = _new(caller, values)
        await insert(customer, events.of_customer(caller, _CREATED, customer))
        return customer.id

    return await idempotency.run(caller, once, act)


async def update(
    caller: Caller,
    customer_id: UUID,
    changes: Given,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Changes the fields given; null clears, or goes back to the default. The customer's id.

    What is the same as before is no change: no version, no event. Raises as `create` does, and
    NotFound at ("id",) and Conflict.
    """
    caller.require("CUSTOMERS_WRITE")
    values = checked(changes, _checks(caller.now))

    async def act() -> UUID:
        customer = await _locked(caller, customer_id, expected_version)
        if values.keys() & set(_OF_TAX_ID):
            _check_reverse_charge({name: getattr(customer, name) for name in _OF_TAX_ID} | values)
        await _change(caller, customer, values)
        return customer.id

    return await idempotency.run(caller, once, act)


async def archive(
    caller: Caller,
    customer_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Keeps a customer from new invoices; issued ones go on. A second time changes nothing.

    Raises Forbidden, NotFound at ("id",) and Conflict.
    """
    caller.require("CUSTOMERS_WRITE")

    async def act() -> UUID:
        customer = await _locked(caller, customer_id, expected_version)
        if customer.archived_at is None:
            await _change(caller, customer, {"archived_at": caller.now})
        return customer.id

    return await idempotency.run(caller, once, act)


def _check_reverse_charge(values: Mapping[str, Any]) -> None:
    """Whoever is to account for the tax is named to the tax office by this id: no slip may be in it."""
    tax_id, address = values["tax_id"], values["address"]
    if values["tax_treatment"] == "REVERSE_CHARGE" and tax_id is not None:
        check_tax_id(tax_id, address["country"] if address else None)


def _new(caller: Caller, values: Mapping[str, Any]) -> Customer:
    has_said = values["email_consent"] != "UNKNOWN"
    return Customer(
        workspace_id=caller.workspace_id,
        id=new_id(),
        version=1,
        email_consent_at=caller.now if has_said else None,
        created_at=caller.now,
        updated_at=caller.now,
        **values,
    )


async def _locked(caller: Caller, customer_id: UUID, expected_version: int | None) -> Customer:
    found = Customer.filter(workspace_id=caller.workspace_id, id=customer_id)
    customer = await found.select_for_update(no_key=True).first()
    if customer is None:
        raise not_found("id")
    require_version(customer.version, expected_version)
    return customer


async def _change(caller: Caller, customer: Customer, values: Mapping[str, Any]) -> None:
    differing = {k: v for k, v in values.items() if getattr(customer, k) != v}
    if not differing:
        return
    if "email_consent" in differing:
        differing["email_consent_at"] = caller.now
    before = snapshots.of_customer(customer)
    await change(customer, {**differing, "version": customer.version + 1, "updated_at": caller.now})
    await insert(events.of_customer(caller, _UPDATED, customer, before))
