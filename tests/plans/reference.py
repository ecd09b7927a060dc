"""The reference: every read by graphql-core's own executor and plain functions over rows in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from graphql import DocumentNode, GraphQLObjectType, GraphQLSchema, build_schema, execute_sync

from resolvers.callers import Caller
from tests.plans import reference_payments, reference_reports, reference_types
from tests.plans.reference_forms import TABLES, uuid_in, written
from tests.plans.reference_lists import InvoiceFilter, Row, contains, is_wanted, page
from tests.plans.reference_owners import of_customer
from tests.plans.world import World

SCHEMA = Path(__file__).resolve().parents[2] / "schema" / "schema.graphql"
SCALARS = ("DateTime", "Date", "Decimal")


@dataclass(frozen=True)
class Source:
    """What the resolvers read: the rows that one caller may see, by table and id, and their workspace."""

    caller: Caller
    tables: Mapping[str, Mapping[UUID, Row]]
    workspace: Row

    def all(self, table: str) -> list[Row]:
        """Every row of a table."""
        return list(self.tables[table].values())

    def where(self, table: str, column: str, value: Any) -> list[Row]:
        """The rows with this value."""
        return [row for row in self.all(table) if row[column] == value]

    def invoices(self, rows: list[Row], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A page of these invoices, filtered and ordered as asked."""
        wanted = InvoiceFilter(arguments.get("filter") or {}, self.caller.now, self._related)
        order = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "DESC"}
        kept = [row for row in rows if wanted.keeps(row)]
        return page(kept, self.tables["invoices"], arguments, order["field"], order["direction"])

    def _related(self, invoice: Row) -> tuple[Row, list[Row]]:
        customer = self.tables["customers"][invoice["customer_id"]]
        return customer, self.where("line_items", "invoice_id", invoice["id"])


class Reference:
    """Answers operations about a world."""

    def __init__(self, world: World) -> None:
        self.schema = build_schema(SCHEMA.read_text())
        _resolve(self.schema)
        self._sources = {
            caller.workspace_id: {name: _mine(world, name, caller) for name in world.tables}
            for caller in world.callers
        }

    def answer(
        self,
        document: DocumentNode,
        caller: Caller,
        variables: dict[str, Any],
        operation: str | None = None,
    ) -> Any:
        """The data of an operation, which must have no error."""
        own = self._sources[caller.workspace_id]
        seen = own if caller.customer_id is None else of_customer(own, caller.customer_id)
        source = Source(caller, seen, own["workspaces"][caller.workspace_id])
        found = execute_sync(
            self.schema,
            document,
            context_value=source,
            variable_values=variables,
            operation_name=operation,
        )
        assert not found.errors, found.errors
        return found.data


def _mine(world: World, table: str, caller: Caller) -> dict[UUID, Row]:
    kinds = {name: kind for kind, name in TABLES.items()}
    return {
        row["id"]: {**row, "__typename": kinds.get(table, "")}
        for row in world.own(table, caller)
        if table != "ledger_transfers" or row["invoice_id"]
    }


def _resolve(schema: GraphQLSchema) -> None:
    for name in SCALARS:
        schema.type_map[name].coerce_output_value = written  # type: ignore[attr-defined]  # these are scalars
    own = {**reference_types.FIELDS, "Query": QUERY}
    for kind, named in schema.type_map.items():
        if isinstance(named, GraphQLObjectType) and not kind.startswith("__"):
            for field, definition in named.fields.items():
                function = own.get(kind, {}).get(field)
                definition.resolve = function or reference_types.column(field)
    schema.type_map["Node"].resolve_type = (  # type: ignore[attr-defined]  # this is an interface
        lambda row, *_: row["__typename"]
    )


def _node(source: Source, text: str) -> Row | None:
    for kind, table in TABLES.items():
        uuid = uuid_in(kind, text)
        if uuid is not None:
            return source.tables[table].get(uuid)
    return None


def _by_id(kind: str) -> Callable[..., Row | None]:
    def find(_: Any, info: Any, id: str) -> Row | None:  # noqa: A002 - the contract's name
        uuid = uuid_in(kind, id)
        found: Row | None = info.context.tables[TABLES[kind]].get(uuid)
        return found

    return find


def _invoice_by_number(_: Any, info: Any, number: str) -> Row | None:
    return next(iter(info.context.where("invoices", "number", number)), None)


def _customers(_: Any, info: Any, **given: Any) -> dict[str, Any]:
    found, search = info.context.all("customers"), given.get("search")
    if not given.get("includeArchived"):
        found = [row for row in found if row["archived_at"] is None]
    if search is not None:
        found = [r for r in found if contains(r["name"], search) or contains(r["email"], search)]
    return page(found, info.context.tables["customers"], given)


def _events(_: Any, info: Any, **given: Any) -> dict[str, Any]:
    wanted = given.get("filter") or {}
    found = [row for row in info.context.all("events") if is_wanted(row, wanted)]
    return page(found, info.context.tables["events"], given, "POSITION")


def _preview(_: Any, __: Any, invoice: Mapping[str, Any]) -> dict[str, Any]:
    """Of lines without tax and discount, in whole units of a currency without decimals."""
    lines = invoice["lines"]
    total = sum(int(line["quantity"]) * line["unitAmount"]["minor"] for line in lines)
    amount = {"minor": total, "amount": str(total), "currency": "JPY"}
    return {
        "preview": {"currency": "JPY", "subtotal": amount, "total": amount},
        "userErrors": [],
    }


def _fx_rates(_: Any, info: Any, **given: Any) -> list[Row]:
    wanted = {name: code.upper() for name, code in given.items() if code is not None}
    kept = [
        row
        for row in info.context.all("fx_rates")
        if all(row[name] == code for name, code in wanted.items())
    ]
    return sorted(sorted(kept, key=lambda r: r["id"]), key=lambda r: r["as_of"], reverse=True)


def _of_all(report: Callable[..., Any]) -> Callable[..., Any]:
    """A report, which is nothing for one customer's eyes."""

    def resolve(_: Any, info: Any, **given: Any) -> Any:
        return None if info.context.caller.customer_id else report(_, info, **given)

    return resolve


QUERY: Mapping[str, Callable[..., Any]] = {
    "node": lambda _, info, id: _node(info.context, id),  # noqa: A006 - the contract's name
    "nodes": lambda _, info, ids: [_node(info.context, text) for text in ids],
    "viewer": lambda _, info: info.context.caller,
    "invoice": _by_id("Invoice"),
    "creditNote": _by_id("CreditNote"),
    "creditNotes": lambda _, info, **given: page(
        info.context.all("credit_notes"), info.context.tables["credit_notes"], given
    ),
    "customer": _by_id("Customer"),
    "billingSubscription": _by_id("BillingSubscription"),
    "billingSubscriptions": lambda _, info, **given: page(
        info.context.all("billing_subscriptions"),
        info.context.tables["billing_subscriptions"],
        given,
    ),
    "invoiceByNumber": _invoice_by_number,
    "payment": _by_id("Payment"),
    "payments": reference_payments.payments,
    "invoices": lambda _, info, **given: info.context.invoices(info.context.all("invoices"), given),
    "customers": _customers,
    "events": _events,
    "webhookEndpoints": lambda _, info: sorted(
        info.context.all("webhook_endpoints"), key=lambda row: (row["created_at"], row["id"])
    ),
    "apiKeys": lambda _, info: sorted(
        info.context.all("api_keys"), key=lambda row: (row["created_at"], row["id"])
    ),
    "taxRates": lambda _, info: sorted(
        info.context.all("tax_rates"), key=lambda row: (row["country"], row["id"])
    ),
    "fxRates": _fx_rates,
    "receivables": _of_all(reference_reports.receivables),
    "taxReport": _of_all(reference_reports.tax_report),
    "numberingReport": _of_all(reference_reports.numbering),
    "invoicePreview": _preview,
}
