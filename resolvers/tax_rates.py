"""Tax rates: set by place, line code and day; what automatic tax is looked up in."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.errors import Collector, TaxRateInvalid
from domain.identifiers import new_id
from domain.limits import CODE_LENGTH_MAX, NAME_LENGTH_MAX
from domain.line_taxes import check_tax_percent
from domain.tax_rates import check_days
from models.connections import rows
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.contacts import ADDRESS_PART_LENGTH_MAX, check_country
from resolvers.fields import (
    Check,
    Given,
    as_it_is,
    checked,
    one_of,
    optional_text,
    or_else,
    required,
    text,
)
from resolvers.idempotency import Once
from resolvers.policies import TAX_CATEGORIES

_CHECKS: dict[str, Check] = {
    "name": text(NAME_LENGTH_MAX),
    "country": required(check_country),
    "region": optional_text(ADDRESS_PART_LENGTH_MAX),
    "code": optional_text(CODE_LENGTH_MAX),
    "percent": required(check_tax_percent),
    "category": or_else("STANDARD", one_of(TAX_CATEGORIES)),
    "valid_from": required(as_it_is),
    "valid_to": as_it_is,
}


async def set_rate(caller: Caller, given: Given, *, once: Once | None = None) -> UUID:
    """Sets a tax rate of a country; its id. Keys are those of TaxRateSetInput in snake_case.

    One of the same country, region, code, name and first day is replaced: that is how it is ended,
    by a `valid_to`. Drafts follow when they are saved, finalized or recomputed; issued invoices
    keep theirs. Raises Forbidden, and Refusals of Required, TooLong, InvalidFormat, TaxRateInvalid
    and OutOfRange, each at its field (rules: Tax look-up).
    """
    caller.require("SETTINGS_WRITE")
    values = checked(dict.fromkeys(_CHECKS) | dict(given), _CHECKS)
    _check_together(values)

    async def act() -> UUID:
        [found] = await rows(
            _SET, caller.workspace_id, new_id(), *(values[name] for name in _CHECKS), caller.now
        )
        made = found["id"]
        assert isinstance(made, UUID)
        return made

    return await idempotency.run(caller, once, act)


def _check_together(values: dict[str, Any]) -> None:
    found = Collector()
    found.keep(check_days, values["valid_from"], values["valid_to"], ("validTo",))
    found.keep(_check_category, values["category"], values["percent"])
    found.refuse()


def _check_category(category: str, percent: Decimal) -> None:
    if percent and category != "STANDARD":
        message = f"A tax of category {category} has 0 percent."
        raise TaxRateInvalid(message, field=("percent",), meta={"max": "0"})


_SET = f"""
INSERT INTO tax_rates (workspace_id, id, {", ".join(_CHECKS)}, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (workspace_id, country, coalesce(region, ''), coalesce(code, ''), name, valid_from)
DO UPDATE SET percent = excluded.percent, category = excluded.category, valid_to = excluded.valid_to
RETURNING id
"""
