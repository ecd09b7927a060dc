"""Tax providers: whoever knows what taxes a country has; the table of tax rates is one."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.tax_rates import TaxRate
from models.connections import rows


class TaxProvider(Protocol):
    """Answers all rates of a country that a workspace knows, of any region, code and day.

    It is asked inside the transaction that saves an invoice, so it answers from what is at hand: one
    that has to ask a stranger does so beforehand, and keeps the answer in the table.
    """

    async def rates(self, workspace_id: UUID, country: str) -> Sequence[TaxRate]: ...


class TaxTable:
    """The rates that the workspace has set itself, by taxRateSet."""

    async def rates(self, workspace_id: UUID, country: str) -> Sequence[TaxRate]:
        """Those of the table, in the order that they were made."""
        found = await rows(
            "SELECT name, percent, valid_from, valid_to, region, code, category FROM tax_rates "
            "WHERE workspace_id = $1 AND country = $2 ORDER BY id",
            workspace_id,
            country,
        )
        return [TaxRate(**row) for row in found]


TABLE = TaxTable()
