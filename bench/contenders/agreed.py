"""The words that all answers are compared in: plain values, whatever their spelling on the wire."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def number(value: str | float) -> Decimal:
    """A number, whichever way it was written."""
    return Decimal(str(value)).normalize()


def instant(value: str) -> datetime:
    """A moment, in whichever zone; a contender without zones means UTC."""
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def invoice(flat: dict[str, Any], lines: Iterable[dict[str, Any]] | None) -> dict[str, Any]:
    """An invoice from an object with flat amounts; without lines where a measure asks for none."""
    agreed = {
        "number": flat["number"],
        "status": flat["status"],
        "issued_at": instant(flat["issuedAt"]),
        "due_on": flat["dueOn"],
        "total": number(flat["totalMinor"]),
    }
    if lines is not None:
        agreed["customer"] = (flat["customer"]["name"], flat["customer"]["email"])
        agreed["lines"] = [_line(line) for line in lines]
    return agreed


def _line(flat: dict[str, Any]) -> tuple[Any, ...]:
    return (
        flat["position"],
        flat["description"],
        number(flat["quantity"]),
        number(flat["unitAmount"]),
        number(flat["taxMinor"]),
        number(flat["amountMinor"]),
    )
