"""Payment fees: by method, checked at their place, and none at all by default."""

from decimal import Decimal
from typing import Any

from models.workspaces import Workspace
from resolvers import workspaces
from resolvers.callers import Caller
from tests.resolvers.making import refusals


def fee(method: str = "CARD", percent: str | None = None, fixed: int | None = None) -> Any:
    """One as a caller writes it."""
    return {"method": method, "percent": percent and Decimal(percent), "fixed": fixed}


async def stored_fees(caller: Caller) -> Any:
    """What the workspace keeps."""
    return (await Workspace.get(id=caller.workspace_id)).payment_fees


async def test_fees_are_kept_by_method_and_those_of_nothing_are_not(caller: Caller) -> None:
    given = [fee("CARD", "2.90", 30), fee("CASH", None, 5), fee("OTHER", "0", 0)]
    await workspaces.update(caller, {"payment_fees": given})
    assert await stored_fees(caller) == {
        "CARD": {"percent": "2.9", "fixed_minor": 30},
        "CASH": {"percent": "0", "fixed_minor": 5},
    }
    await workspaces.update(caller, {"payment_fees": None})
    assert await stored_fees(caller) == {}


async def test_each_fault_is_said_at_its_place(caller: Caller) -> None:
    given = [fee("CARD", "101", -1), fee("CARD", "1.1234567"), fee("CASH", None, 10**12)]
    assert await refusals(workspaces.update(caller, {"payment_fees": given})) == [
        ("OUT_OF_RANGE", ("paymentFees", "0", "percent")),
        ("OUT_OF_RANGE", ("paymentFees", "0", "fixed")),
        ("INVALID_ARGUMENT", ("paymentFees", "1", "method")),
        ("INVALID_FORMAT", ("paymentFees", "1", "percent")),
        ("OUT_OF_RANGE", ("paymentFees", "2", "fixed")),
    ]
    assert await stored_fees(caller) == {}
