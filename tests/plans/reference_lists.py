"""Lists as the contract says, in plain Python: which rows, in which order, and which page of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any
from uuid import UUID

from tests.plans.cursors import CURSOR, row_of
from tests.plans.reference_forms import instant, public_id

Row = Mapping[str, Any]
Key = Callable[[Row], tuple[Any, ...]]
LATEST = datetime.max.replace(tzinfo=UTC)
COMPARED = {"eq": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}
ORDERS: Mapping[str, Key] = {
    "CREATED_AT": lambda row: (row["created_at"],),
    "ISSUED_AT": lambda row: (row["issued_at"] or LATEST,),
    "DUE_AT": lambda row: (row["due_at"],),
    "UPDATED_AT": lambda row: (row["updated_at"],),
    "NUMBER": lambda row: (row["number"] is None, row["number_period"], row["number_sequence"]),
    "TOTAL": lambda row: (row["total_minor"],),
    "AMOUNT_DUE": lambda row: (row["amount_due_minor"],),
    "POSITION": lambda row: (row["position"],),
}


def is_overdue(invoice: Row, now: datetime) -> bool:
    """Something is owed, after its last instant."""
    owed = invoice["status"] in ("OPEN", "PARTIALLY_PAID") and invoice["amount_due_minor"] > 0
    return bool(owed and now > invoice["due_at"])


def contains(text: str | None, part: str) -> bool:
    """Whether a text contains another, letter case aside."""
    return text is not None and part.lower() in text.lower()


class InvoiceFilter:
    """What keeps an invoice in a list; `related` finds its customer and its lines."""

    def __init__(
        self,
        wanted: Mapping[str, Any],
        now: datetime,
        related: Callable[[Row], tuple[Row, list[Row]]],
    ) -> None:
        self.wanted = {name: value for name, value in wanted.items() if value is not None}
        self.now, self.related = now, related

    def keeps(self, invoice: Row) -> bool:
        """Whether all that is wanted holds."""
        return all(self._holds(name, value, invoice) for name, value in self.wanted.items())

    def _holds(self, name: str, value: Any, invoice: Row) -> bool:
        match name:
            case "status":
                return any(self._has_status(status, invoice) for status in value)
            case "customerId":
                return public_id("Customer", invoice["customer_id"]) in value
            case "matterId":
                matter = invoice["matter_id"]
                return matter is not None and public_id("Matter", matter) in value
            case "subscriptionId":
                made_by = invoice["subscription_id"]
                return made_by is not None and public_id("BillingSubscription", made_by) in value
            case "currency":
                return invoice["currency"] in [code.upper() for code in value]
            case "number":
                return _text_holds(invoice["number"], value)
            case "metadata":
                return all(invoice["metadata"].get(one["key"]) == one["value"] for one in value)
            case "search":
                return self._is_found(value, invoice)
            case "total" | "amountDue":
                column = {"total": "total_minor", "amountDue": "amount_due_minor"}[name]
                return _compares(invoice[column], value, lambda wanted: wanted)
            case _:
                column = name.replace("At", "_at")
                return _compares(invoice[column], value, instant)

    def _has_status(self, status: str, invoice: Row) -> bool:
        if status in ("OVERDUE", "PAST_DUE"):
            return is_overdue(invoice, self.now)
        return bool(invoice["status"] == status)

    def _is_found(self, part: str, invoice: Row) -> bool:
        customer, lines = self.related(invoice)
        texts = [invoice["number"], customer["name"]]
        texts += [line[name] for line in lines for name in ("description", "code")]
        return any(contains(text, part) for text in texts)


def is_wanted(event: Row, wanted: Mapping[str, Any]) -> bool:
    """Whether an event is one that a filter keeps."""
    given = {name: value for name, value in wanted.items() if value is not None}
    of_type = [event_type(event)]
    return (
        any(one in given.get("type", of_type) for one in of_type)
        and event["subject_id"] == given.get("subjectId", event["subject_id"])
        and _compares(event["at"], given.get("at", {}), instant)
    )


def event_type(event: Row) -> str:
    """The type of an event as the enum has it."""
    return str(event["type"]).replace(".", "_").upper()


def _text_holds(text: str | None, wanted: Mapping[str, Any]) -> bool:
    tests: Mapping[str, Callable[[Any], bool]] = {
        "eq": lambda value: text == value,
        "in": lambda value: text in value,
        "startsWith": lambda value: text is not None and text.startswith(value),
    }
    given = [(name, value) for name, value in wanted.items() if value is not None]
    return all(text is not None and tests[name](value) for name, value in given)


def _compares(value: Any, wanted: Mapping[str, Any], read: Callable[[Any], Any]) -> bool:
    given = [(name, read(other)) for name, other in wanted.items() if other is not None]
    return all(value is not None and COMPARED[name](value, other) for name, other in given)


def page(
    found: list[Row],
    everything: Mapping[UUID, Row],
    arguments: Mapping[str, Any],
    order: str = "CREATED_AT",
    direction: str = "DESC",
) -> dict[str, Any]:
    """A page of the rows found, as Relay's cursor connections say; a cursor is a row's id."""
    given = {name: value for name, value in arguments.items() if value is not None}
    place: Key = lambda row: (*ORDERS[order](row), row["id"])  # noqa: E731 - a key is a function
    rows = sorted(found, key=place, reverse=direction == "DESC")
    total = len(rows)
    is_before = gt if direction == "DESC" else lt
    for name in ("after", "before"):
        if name in given:
            bound = place(everything[row_of(given[name])])
            first, second = (0, 1) if name == "after" else (1, 0)
            rows = [r for r in rows if is_before(*_swapped(bound, place(r), first, second))]
    size = given.get("last", given.get("first", 25))
    shown = rows[-size:] if "last" in given else rows[:size]
    more = len(rows) > size
    cursors = [CURSOR + str(row["id"]) for row in shown]
    return {
        "nodes": shown,
        "edges": [{"node": row, "cursor": at} for row, at in zip(shown, cursors, strict=True)],
        "totalCount": total,
        "pageInfo": {
            "hasNextPage": "before" in given or (more and "last" not in given),
            "hasPreviousPage": "after" in given or (more and "last" in given),
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _swapped(bound: Any, other: Any, first: int, second: int) -> tuple[Any, Any]:
    pair = (bound, other)
    return pair[first], pair[second]
