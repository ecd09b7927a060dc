"""Exports: a link to a file with every invoice, line, payment or ledger entry."""

from datetime import date, timedelta
from enum import Enum
from typing import Annotated

import strawberry

from plans.errors import RangeInvalid, ScopeMissing
from resolvers import document_links, exports
from resolvers.callers import Caller
from schema.documents import TTL_MAX_S, TTL_MIN_S, TTL_S, checked_ttl
from schema.enums import enum_value
from schema.fields import computed
from schema.scalars import URL


@strawberry.enum(description="What the rows of an export are.")
class ExportKind(Enum):
    """Each is a file of its own."""

    INVOICES = enum_value("INVOICES", description="Issued invoices, by their issue day.")
    LINES = enum_value("LINES", description="The lines of issued invoices, by their issue day.")
    PAYMENTS = enum_value("PAYMENTS", description="Payments, by the day that they came in.")
    LEDGER = enum_value("LEDGER", description="Every transfer of the ledger, by its day.")


@strawberry.type
class ExportQueries:
    """Links to exports."""

    @computed(
        description="A link to a CSV file that works for ttlSeconds: UTF-8, amounts in major units, "
        "days as 2026-01-31. It is written while it is fetched, however long it is. Takes "
        "INVOICES_READ, for PAYMENTS PAYMENTS_READ. Asked for by access token it works no longer than "
        "that."
    )
    async def export_url(
        self,
        info: strawberry.Info,
        kind: Annotated[ExportKind, strawberry.argument(description="What its rows are.")],
        first_on: Annotated[
            date | None,
            strawberry.argument(name="from", description="From this day on; all where left out."),
        ] = None,
        last_on: Annotated[
            date | None,
            strawberry.argument(
                name="to", description="Through this day; all up to now where left out."
            ),
        ] = None,
        ttl_seconds: Annotated[
            int | None,
            strawberry.argument(description=f"How long it works, {TTL_MIN_S} to {TTL_MAX_S} s."),
        ] = TTL_S,
    ) -> URL | None:
        """Signs a link."""
        context, caller = info.context, info.context.caller
        wanted = exports.Kind(kind.value)
        _check(caller, wanted, first_on, last_on)
        # Whoever opens the link lives by the clock, also where a sandbox has a time of its own.
        now = caller.real_now
        expires_at = now + timedelta(
            seconds=checked_ttl(TTL_S if ttl_seconds is None else ttl_seconds)
        )
        if caller.expires_at is not None:
            expires_at = min(expires_at, caller.expires_at)
        path = exports.path_of(exports.Export(caller.workspace_id, wanted, first_on, last_on))
        signed = document_links.signed(context.secret, path, expires_at)
        return URL(f"{context.settings['public_url']}{signed}")


def _check(caller: Caller, kind: exports.Kind, first_on: date | None, last_on: date | None) -> None:
    scope = exports.SCOPES[kind]
    if not caller.has(scope):
        raise ScopeMissing(f"This needs {scope}, which your key doesn't have.")
    if caller.customer_id is not None:
        raise ScopeMissing("A token for one customer exports nothing.")
    if first_on and last_on and last_on < first_on:
        raise RangeInvalid(f"`to` is {last_on}, before `from`, which is {first_on}.")
