"""Workspaces: made with their number series, changed by their settings, mirrored by a sandbox."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.errors import NotFound
from domain.identifiers import new_id
from domain.limits import FX_RATE_MAX_AGE_MAX_H, NAME_LENGTH_MAX, PAYMENT_TERMS_DAYS_MAX
from models.connections import rows
from models.events import EventHead
from models.number_series import NumberSeries
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.workspaces import Workspace
from models.writes import change, insert
from resolvers import billing_subscriptions, idempotency, number_series
from resolvers.callers import Caller
from resolvers.contacts import TAX_ID_LENGTH_MAX, check_address, check_country
from resolvers.fields import (
    Check,
    Given,
    amount_minor,
    as_it_is,
    checked,
    currency_on,
    one_of,
    optional,
    optional_text,
    percent,
    required,
    terms_days,
    text,
    whole,
    zone,
)
from resolvers.idempotency import Once
from resolvers.payment_fees import check_payment_fees
from resolvers.policies import DISCOUNT_TAX_TREATMENTS, TAX_ROUNDINGS

_COLUMNS = {
    "small_balance_limit": "small_balance_limit_minor",
    "fx_rate_max_age_hours": "fx_rate_max_age_h",
}
_COPIED = (
    *("name", "time_zone", "currency", "country", "tax_id", "address", "payment_terms_days"),
    *("tax_rounding", "discount_tax_treatment", "prices_include_tax", "small_balance_limit_minor"),
    *("interest_percent", "interest_grace_days", "strict_chronology", "closed_through"),
    *("payment_fees", "fx_rate_max_age_h"),
)


def _checks(now: datetime) -> dict[str, Check]:
    return {
        "name": text(NAME_LENGTH_MAX),
        "time_zone": required(zone),
        "currency": required(currency_on(now.date())),
        "country": optional(check_country),
        "tax_id": optional_text(TAX_ID_LENGTH_MAX),
        "address": optional(check_address),
        "tax_rounding": required(one_of(TAX_ROUNDINGS)),
        "discount_tax_treatment": required(one_of(DISCOUNT_TAX_TREATMENTS)),
        "prices_include_tax": required(as_it_is),
        "payment_terms_days": optional(terms_days),
        "small_balance_limit": required(amount_minor),
        "interest_percent": required(percent),
        "interest_grace_days": required(whole(0, PAYMENT_TERMS_DAYS_MAX)),
        "strict_chronology": required(as_it_is),
        "closed_through": as_it_is,
        "payment_fees": check_payment_fees,
        "fx_rate_max_age_hours": required(whole(1, FX_RATE_MAX_AGE_MAX_H)),
    }


async def create(
    name: str, now: datetime, *, currency: str = "USD", time_zone: str = "UTC", mode: str = "LIVE"
) -> UUID:
    """A new workspace with the default number series; for the command line, not for callers.

    Raises Refusals of Required, TooLong, CurrencyUnsupported and InvalidFormat.
    """
    given = {"name": name, "currency": currency, "time_zone": time_zone}
    values = checked(given, _checks(now))
    one_of(("LIVE", "TEST"))(mode, ("mode",))

    async def act() -> UUID:
        made = _new(mode, now, **values)
        await insert(made, _head_of(made), *number_series.defaults(made.id))
        return made.id

    return await transaction(EVERY_WORKSPACE, act)


async def update(caller: Caller, changes: Given, *, once: Once | None = None) -> UUID:
    """Changes the caller's workspace: only the fields given, null clearing those that may be null.

    Keys are those of the contract's WorkspaceUpdateInput in snake_case; `small_balance_limit` is in
    minor units of the workspace's currency. Issued invoices keep what they were issued with.
    Raises Forbidden, and Refusals of what is wrong with each field.
    """
    caller.require("SETTINGS_WRITE")
    values = checked(changes, _checks(caller.now))
    columns = {_COLUMNS.get(name, name): value for name, value in values.items()}

    async def act() -> UUID:
        if columns.keys() & {"closed_through", "strict_chronology"}:
            await number_series.hold(caller.workspace_id)
        workspace = await locked(caller.workspace_id)
        differing = {k: v for k, v in columns.items() if getattr(workspace, k) != v}
        if differing:
            await change(workspace, {**differing, "updated_at": caller.now})
        if "time_zone" in differing:
            await billing_subscriptions.follow_zone(workspace.id, workspace.time_zone)
        return workspace.id

    return await idempotency.run(caller, once, act)


async def locked(workspace_id: UUID) -> Workspace:
    """The workspace, whose row the transaction then holds; NotFound where there is none."""
    found = Workspace.filter(workspace_id=workspace_id, id=workspace_id)
    workspace = await found.select_for_update(no_key=True).first()
    if workspace is None:
        raise NotFound("There is no such workspace.")
    return workspace


async def ensure_sandbox(workspace_id: UUID, now: datetime) -> UUID:
    """The id of a LIVE workspace's sandbox, which is made on first use; inside a transaction.

    Settings and number series are copied once; from then on each side goes its own way. The LIVE
    row's lock makes it one, however many ask at once.
    """
    live = await locked(workspace_id)
    if live.sandbox_id is not None:
        return live.sandbox_id
    sandbox = _new("TEST", now, **{name: getattr(live, name) for name in _COPIED})
    await insert(sandbox, _head_of(sandbox), *await _series_for(sandbox.id, like=live.id))
    await change(live, {"sandbox_id": sandbox.id})
    return sandbox.id


async def _series_for(workspace_id: UUID, *, like: UUID) -> list[NumberSeries]:
    found = await rows(
        "SELECT document, template, reset FROM number_series WHERE workspace_id = $1", like
    )
    return [NumberSeries(workspace_id=workspace_id, id=new_id(), **row) for row in found]


def _head_of(workspace: Workspace) -> EventHead:
    return EventHead(workspace_id=workspace.id, id=workspace.id, position=0)


def _new(mode: str, now: datetime, **given: Any) -> Workspace:
    identity = new_id()
    settings: dict[str, Any] = {
        "country": None,
        "tax_id": None,
        "address": None,
        "tax_rounding": "PER_RATE",
        "discount_tax_treatment": "BEFORE_TAX",
        "prices_include_tax": False,
        "payment_terms_days": None,
        "small_balance_limit_minor": 0,
        "interest_percent": Decimal(0),
        "interest_grace_days": 0,
        "strict_chronology": False,
        "closed_through": None,
        "payment_fees": {},
        **given,
    }
    return Workspace(
        id=identity, workspace_id=identity, mode=mode, created_at=now, updated_at=now, **settings
    )
