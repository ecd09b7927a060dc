"""Reports: what is owed and how late, what tax is due, and that no number is missing."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from plans import sources
from plans.arguments import Given
from plans.filters import Bind
from plans.rows import Row
from schema import report_queries
from schema.fields import argument, entry_money, field, json_list, money, one, scalar
from schema.money import Money
from schema.scalars import CurrencyCode
from schema.taxes import TaxCategory, percent
from schema.workspaces import NumberedDocument, NumberSeries

SCOPE = "REPORTS_READ"


def _whole(name: str) -> Any:
    return lambda entry: f"{getattr(entry, name)}::int"


def _own_money(minor: str, description: str) -> Any:
    """An amount in an entry of a jsonb list that names its currency itself."""
    parts = {
        "minor": lambda entry: f"{getattr(entry, minor)}::bigint",
        "currency": lambda entry: entry.currency,
    }
    return field(sources.Embedded(parts), description)


@strawberry.type(description="What is owed by so many days past due.")
class ReceivablesBucket:
    """Days past due: 0 is not due yet, then 1-30, 31-60, 61-90, 91 and more."""

    from_days: int = scalar(_whole("from_days"), "The fewest days past due; 0 is not due yet.")
    to_days: int | None = scalar(_whole("to_days"), "The most days past due; null is any number.")
    amount: Money = entry_money("minor", "What is owed.")
    invoice_count: int = scalar(_whole("invoice_count"), "On how many invoices.")


@strawberry.type(
    description="What customers owed at the end of a day in the workspace's time zone, by how late "
    "it was. Every balance is that of the ledger then."
)
class Receivables:
    """In one currency."""

    as_of: date = scalar("as_of", "The day whose end it is.")
    currency: CurrencyCode = scalar("currency", "Of invoices in this currency.")
    total: Money = money("total_minor", "All that was owed.")
    buckets: list[ReceivablesBucket] = json_list(
        "buckets", "The same by days past due: 0, 1-30, 31-60, 61-90, 91 and more."
    )


@strawberry.type(description="One tax over a span of days.")
class TaxReportRow:
    """Of one currency, name, percent and category."""

    currency: CurrencyCode = scalar("currency", "The invoices' currency.")
    name: str = scalar("name", "The tax's name.")
    percent: Decimal = scalar(percent, "Its rate in percent.")
    category: TaxCategory = scalar("category", "What kind of tax it is.")
    taxable: Money = _own_money("taxable_minor", "What it was reckoned on.")
    tax: Money = _own_money("tax_minor", "What it came to.")


@strawberry.type(
    description="The tax of a span of days: of invoices by their issue date, less credit notes by "
    "theirs and what was voided by the day that it was. Days are those of each invoice's time zone."
)
class TaxReport:
    """First and last day included."""

    from_: date = scalar("from_day", "The first day.", name="from")
    to: date = scalar("to_day", "The last day.")
    rows: list[TaxReportRow] = json_list(
        "rows", "By currency, then the highest percent first, then by name and category."
    )


@strawberry.type(
    description="The numbers that documents got in one period. None can be missing: the database "
    "refuses a gap. Here you can see it."
)
class NumberingReport:
    """Of one series."""

    series: NumberSeries = one("series_id", "How these documents are numbered now.")
    period: str = scalar("period", "The period: `2026`, `2026-07`, or empty without a reset.")
    first: int = scalar("first", "The first number of the period; 1 where there is none yet.")
    last: int = scalar("last", "The last number given; one below the first where there is none.")
    count: int = scalar("count", "How many documents have one of them.")
    missing: list[int] = scalar("missing", "Numbers between first and last that no document has.")


def _name(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def _receivables(asking: Row, given: Mapping[str, Given], bind: Bind) -> str:
    day = bind(given["asOf"], "date") if "asOf" in given else None
    currency = bind(given["currency"], "text") if "currency" in given else None
    return report_queries.receivables(asking, day, currency)


def _tax_report(asking: Row, given: Mapping[str, Given], bind: Bind) -> str:
    return report_queries.tax_report(asking, bind(given["from"], "date"), bind(given["to"], "date"))


def _numbering(asking: Row, given: Mapping[str, Given], bind: Bind) -> str:
    period = bind(given["period"], "text") if "period" in given else None
    document = bind(given["document"], "text", _name)
    return report_queries.numbering(asking, document, period)


@strawberry.type
class ReportQueries:
    """Each is one statement, and takes the scope REPORTS_READ."""

    receivables: Receivables | None = field(
        sources.Calculated(_receivables, SCOPE),
        "What customers owe, and how late it is.",
        {
            **argument("as_of", date | None, "The day whose end it is; today where left out."),
            **argument("currency", CurrencyCode | None, "The workspace's currency where left out."),
        },
        null_on_fault_alone=True,
    )
    tax_report: TaxReport | None = field(
        sources.Calculated(_tax_report, SCOPE),
        "What tax is due for a span of days.",
        {
            **argument("from", date, "The first day."),
            **argument("to", date, "The last day."),
        },
        null_on_fault_alone=True,
    )
    numbering_report: NumberingReport | None = field(
        sources.Calculated(_numbering, SCOPE),
        "The numbers given in a period, and that none is missing.",
        {
            **argument("document", NumberedDocument, "Of which documents."),
            **argument(
                "period", str | None, "`2026` or `2026-07`; the present one where left out."
            ),
        },
        null_on_fault_alone=True,
    )
