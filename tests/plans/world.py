"""A world to read: workspaces with customers, matters, keys and invoices, and one that looks just like another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import orjson

from models.connections import rows
from models.webhooks import WebhookDelivery
from resolvers import (
    api_keys,
    customers,
    fx_rates,
    matters,
    number_series,
    tax_rates,
    webhooks,
    workspaces,
)
from resolvers.callers import SCOPES, Caller
from resolvers.webhooks import Attempt
from tests.plans.world_billing import subscribe
from tests.plans.world_invoices import INSTANTS, Invoicing
from tests.plans.world_payments import Paying
from tests.postgres import as_owner

NOW = datetime(2026, 6, 9, 12, 0, 0, 7, tzinfo=UTC)
TABLES = (
    *("workspaces", "api_keys", "customers", "matters", "invoices", "line_items", "events"),
    *("webhook_endpoints", "webhook_deliveries"),
    *("number_series", "number_counters", "ledger_transfers", "tax_rates", "fx_rates"),
    *("billing_subscriptions", "payments", "payment_allocations", "payment_methods"),
    *("ledger_accounts", "credit_notes", "credit_note_lines"),
)
NAMES = ("Ann Ltd", "ann ltd", 'O\'Brien "& Sons"', "100% _wool_", "Ärzte Gmbh", "Bob", "日本商事")
EMAILS = (None, "ann@example.com", "Billing@Example.COM", "b_b@example.com")
URL = "https://127.0.0.1:49151/hook"
ADDRESS = {"line1": "1 High St", "city": "Graz", "region": None, "country": "AT"}

Rows = list[dict[str, Any]]


class Anywhere:
    """Takes every URL."""

    async def check(self, url: str, path: tuple[str, ...]) -> None:
        """Refuses none."""


@dataclass(frozen=True)
class World:
    """Who may ask, and every row there is."""

    callers: Sequence[Caller]
    tables: dict[str, Rows]

    def own(self, table: str, caller: Caller) -> Rows:
        """The rows of a table that a caller may see."""
        return [row for row in self.tables[table] if row["workspace_id"] == caller.workspace_id]


async def build(dsn: str) -> World:
    """Fills the database. The second workspace is made just like the first, but for its ids."""
    seeds = (("LIVE", 1, 34), ("LIVE", 1, 34), ("TEST", 2, 12), ("LIVE", 3, 0))
    callers = [await _workspace(mode, Random(seed), size) for mode, seed, size in seeds]
    return World(callers, await stored(dsn))


async def _workspace(mode: str, random: Random, size: int) -> Caller:
    zone = random.choice(["UTC", "Pacific/Kiritimati", "America/New_York"])
    workspace_id = await workspaces.create("Seller & Co", INSTANTS[0], mode=mode, time_zone=zone)
    caller = Caller(workspace_id, mode, frozenset(SCOPES), NOW, actor="key_1")
    if size:
        await _settings(caller, random)
        await _keys(caller, random)
        await _endpoints(caller)
        await _rates(caller, random)
        await _business(caller, random, size)
        await _attempts(caller, random)
    return caller


async def _settings(caller: Caller, random: Random) -> None:
    settings: dict[str, Any] = {
        "tax_rounding": random.choice(["PER_RATE", "PER_LINE", "PER_INVOICE"]),
        "small_balance_limit": 500,
        "interest_percent": Decimal("9.12"),
        "closed_through": None,
        "tax_id": "ATU12345675",
        "address": {**ADDRESS, "postal_code": "8010"},
        "payment_terms_days": 14,
        "payment_fees": [
            {"method": "CARD", "percent": Decimal("2.90"), "fixed": 30},
            {"method": "CASH", "percent": None, "fixed": 5},
        ],
    }
    await workspaces.update(caller, settings)


async def _rates(caller: Caller, random: Random) -> None:
    for name in ("USt", "Sales tax"):
        for country in ("US", "AT", "DE"):
            given = {
                "name": name,
                "country": country,
                "region": random.choice([None, "CA"]),
                "code": random.choice([None, "BOOK"]),
                "percent": random.choice([Decimal(0), Decimal("8.25")]),
                "valid_from": date(2020, 7, 1),
                "valid_to": random.choice([None, date(2020, 12, 31)]),
            }
            await tax_rates.set_rate(_at(caller, random.choice(INSTANTS)), given)
    for base, quote in (("EUR", "USD"), ("EUR", "USD"), ("USD", "EUR"), ("JPY", "USD")):
        number = random.choice([Decimal("1.0842"), Decimal("0.00645"), Decimal(2)])
        rate = {"base": base, "quote": quote, "rate": number, "source": "ECB"}
        await fx_rates.set_rate(_at(caller, random.choice(INSTANTS)), rate)


async def _keys(caller: Caller, random: Random) -> None:
    for name in ("first", "second", "third"):
        scopes = random.sample(SCOPES, 3)
        made = await api_keys.create(caller, name, caller.mode, scopes)
        if name == "second":
            await api_keys.revoke(caller, made.id)
    await rows(
        "UPDATE api_keys SET last_used_at = $2 WHERE workspace_id = $1 AND name = 'first'",
        caller.workspace_id,
        NOW - timedelta(minutes=3),
    )


async def _endpoints(caller: Caller) -> None:
    paid = ["INVOICE_PAID", "INVOICE_FINALIZED"]
    for types, enabled in (([], True), (paid, True), (paid, False)):
        made = await webhooks.create(_at(caller, INSTANTS[0]), URL, types, Anywhere())
        await webhooks.update(caller, made.id, {"enabled": enabled}, Anywhere())


async def _attempts(caller: Caller, random: Random) -> None:
    outcomes = ((200, None), (503, None), (None, 'ReadError: "cut"'), (410, None))
    found = await WebhookDelivery.filter(workspace_id=caller.workspace_id).order_by("id")
    for delivery in found:
        for _ in range(random.choice([0, 1, 1, 2])):
            status, error = random.choices(outcomes, (6, 3, 3, 0.05))[0]
            attempt = Attempt(random.choice(INSTANTS), random.randrange(900), status, error)
            await webhooks.record(caller, delivery.id, attempt)


async def _business(caller: Caller, random: Random, size: int) -> None:
    buyers = [await _customer(caller, random) for _ in range(9)]
    cases = {buyer: [await _matter(caller, random, buyer) for _ in range(2)] for buyer in buyers}
    paying = Paying(_at(caller, INSTANTS[4]), random)
    for buyer in random.choices(buyers, k=6):
        await paying.keep_card(buyer)
    invoicing = Invoicing(caller, random, cases, paying)
    for _ in range(size // 2):
        await invoicing.one()
    await number_series.set_series(caller, "INVOICE", "R-{YYYY}-{seq:3}", "YEAR", 998)
    for _ in range(size - size // 2):
        await invoicing.one()
    await invoicing.finish()
    await subscribe(caller, random, buyers)
    for buyer in buyers[-2:]:
        await customers.archive(caller, buyer)
        await matters.close(caller, cases[buyer][0])


async def _customer(caller: Caller, random: Random) -> UUID:
    given: dict[str, Any] = {
        "name": random.choice(NAMES),
        "email": random.choice(EMAILS),
        "email_consent": random.choice(["UNKNOWN", "GRANTED", "WITHDRAWN"]),
        "currency": random.choice([None, "USD", "JPY"]),
        "locale": random.choice([None, "de-AT"]),
        "time_zone": random.choice([None, "Europe/Vienna"]),
        "address": random.choice([None, {**ADDRESS, "line2": "Top 3"}]),
        "tax_id": random.choice([None, "DE136695976"]),
        "tax_treatment": random.choice(["STANDARD", "STANDARD", "EXEMPT"]),
        "payment_terms_days": random.choice([None, 0, 30]),
        "metadata": random.choice([{}, {"crm": "17", "tier": "derived:1"}]),
    }
    at = _at(caller, random.choice(INSTANTS))
    return await customers.create(at, given)


async def _matter(caller: Caller, random: Random, buyer: UUID) -> UUID:
    at = _at(caller, random.choice(INSTANTS[:3]))
    return await matters.create(at, buyer, "Case", random.choice([None, "F-1"]))


def _at(caller: Caller, now: datetime) -> Caller:
    return Caller(caller.workspace_id, caller.mode, caller.scopes, now, caller.actor)


async def stored(dsn: str) -> dict[str, Rows]:
    """Every row of every table that reads know."""
    connection = await as_owner(dsn)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind, schema="pg_catalog", encoder=str, decoder=orjson.loads
            )
        found = {name: await connection.fetch(f"SELECT * FROM {name}") for name in TABLES}
    finally:
        await connection.close()
    return {name: [dict(row) for row in listed] for name, listed in found.items()}
