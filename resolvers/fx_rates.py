"""Exchange rates: set one by one, or kept as they were published; never changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from domain.errors import FxPairUnsupported, OutOfRange
from domain.exchange import Rate, check_rate
from domain.identifiers import new_id
from domain.limits import NAME_LENGTH_MAX
from models.connections import rows
from models.fx_rates import FxRate
from models.writes import insert
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.fields import Check, Given, checked, currency_on, optional, or_else, required
from resolvers.fields import text as named
from resolvers.idempotency import Once

AHEAD_AT_MOST = timedelta(hours=24)
MANUAL = "MANUAL"


def _checks(now: datetime) -> dict[str, Check]:
    return {
        "base": required(currency_on(now.date())),
        "quote": required(currency_on(now.date())),
        "rate": required(check_rate),
        "source": or_else(MANUAL, named(NAME_LENGTH_MAX)),
        "as_of": optional(_not_ahead(now)),
    }


async def set_rate(caller: Caller, given: Given, *, once: Once | None = None) -> UUID:
    """Adds a rate, `rate` units of `quote` for one of `base`; its id.

    Keys are those of FxRateSetInput in snake_case; `as_of` is now where it is left out. It is a row
    of its own: invoices keep the rate that was locked on them. Raises Forbidden, FxPairUnsupported
    at ("quote",) for a currency against itself, and Refusals of Required, CurrencyUnsupported,
    OutOfRange, InvalidFormat and TooLong, each at its field (rules: Currencies).
    """
    caller.require("SETTINGS_WRITE")
    checks = _checks(caller.now)
    values = checked(dict.fromkeys(checks) | dict(given), checks)
    if values["base"] == values["quote"]:
        raise FxPairUnsupported("A rate is between two currencies.", field=("quote",))

    async def act() -> UUID:
        values["as_of"] = values["as_of"] or caller.now
        made = _row(caller.workspace_id, caller.now, values)
        await insert(made)
        return made.id

    return await idempotency.run(caller, once, act)


async def keep(workspace_id: UUID, published: Sequence[Rate], now: datetime) -> int:
    """Adds the published rates that the workspace does not have yet; how many they were.

    The same publication may be kept as often as one likes: a rate of the same pair, source and
    instant is there once.
    """
    listed = [
        {"id": str(new_id()), **{name: str(getattr(rate, name)) for name in _PUBLISHED}}
        for rate in published
    ]
    added = await rows(_KEEP, workspace_id, orjson.dumps(listed).decode(), now)
    return len(added)


def _row(workspace_id: UUID, now: datetime, values: dict[str, Any]) -> FxRate:
    return FxRate(workspace_id=workspace_id, id=new_id(), created_at=now, **values)


def _not_ahead(now: datetime) -> Check:
    def checking(as_of: datetime, path: tuple[str, ...]) -> datetime:
        if as_of - now > AHEAD_AT_MOST:
            raise OutOfRange("A rate is of now or of the past.", field=path)
        return as_of

    return checking


_PUBLISHED = ("base", "quote", "rate", "source", "as_of")
_KEEP = """
INSERT INTO fx_rates (workspace_id, id, base, quote, rate, source, as_of, created_at)
SELECT $1, p.id, p.base, p.quote, p.rate, p.source, p.as_of, $3
FROM json_to_recordset($2::text::json)
    AS p(id uuid, base text, quote text, rate numeric, source text, as_of timestamptz)
WHERE NOT EXISTS (
    SELECT 1 FROM fx_rates f WHERE f.workspace_id = $1 AND f.base = p.base AND f.quote = p.quote
    AND f.as_of = p.as_of AND f.source = p.source
)
RETURNING 1
"""
