"""Payment fees: what payers are charged on top, for each method, as settings hold it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from domain.decimals import check_percent
from domain.errors import Collector, InvalidArgument, OutOfRange
from domain.limits import AMOUNT_MAX_MINOR
from resolvers.fields import Path

FEE_MAX_MINOR = AMOUNT_MAX_MINOR // 1000


def check_payment_fees(given: Sequence[Mapping[str, Any]] | None, path: Path) -> dict[str, Any]:
    """The fees by method, from a list of {method, percent, fixed}; null is none at all.

    `percent` is a Decimal or None, `fixed` minor units of the workspace's currency or None. Raises
    Refusals at (k, "method") InvalidArgument for a method that came before, at (k, "percent") and
    (k, "fixed") OutOfRange.
    """
    found = Collector()
    fees: dict[str, Any] = {}
    for k, fee in enumerate(given or ()):
        place = (*path, str(k))
        found.keep(_check_new, fee["method"], fees, (*place, "method"))
        percent = found.keep(check_percent, fee["percent"] or Decimal(0), (*place, "percent"))
        fixed = found.keep(_check_fixed, fee["fixed"] or 0, (*place, "fixed"))
        fees[fee["method"]] = {"percent": str(percent), "fixed_minor": fixed}
    found.refuse()
    return {method: fee for method, fee in fees.items() if fee != _NONE}


_NONE = {"percent": "0", "fixed_minor": 0}


def _check_new(method: str, fees: Mapping[str, Any], path: Path) -> None:
    if method in fees:
        raise InvalidArgument("This method is named above already.", field=path)


def _check_fixed(fixed_minor: int, path: Path) -> int:
    if not 0 <= fixed_minor <= FEE_MAX_MINOR:
        limits = {"min": 0, "max": FEE_MAX_MINOR}
        raise OutOfRange(f"This is from 0 to {FEE_MAX_MINOR}.", field=path, meta=limits)
    return fixed_minor
