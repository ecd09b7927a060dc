"""Rate sources: whoever knows exchange rates; the table of rates is one, a bank's publication another."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.exchange import Rate
from models.connections import rows


class RateSource(Protocol):
    """Answers what it knows of a pair at an instant: rates either way round, the newest among them.

    It is asked inside the transaction that issues an invoice, so it answers from what is at hand: a
    stranger is asked beforehand, and their rates are kept in the table.
    """

    async def pair(
        self, workspace_id: UUID, base: str, quote: str, now: datetime
    ) -> Sequence[Rate]: ...


class RateTable:
    """The rates that the workspace has set or imported; of each direction the newest one."""

    async def pair(
        self, workspace_id: UUID, base: str, quote: str, now: datetime
    ) -> Sequence[Rate]:
        """At most two; of two of the same instant the one that was set later."""
        found = await rows(_PAIR, workspace_id, base, quote, now)
        return [Rate(**row) for row in found]


class PublishedRates:
    """Rates that somebody has published, such as the European Central Bank, as they were read."""

    def __init__(self, published: Iterable[Rate]) -> None:
        self.all = tuple(published)

    async def pair(
        self, workspace_id: UUID, base: str, quote: str, now: datetime
    ) -> Sequence[Rate]:
        """The same for every workspace."""
        return [
            rate
            for rate in self.all
            if {rate.base, rate.quote} == {base, quote} and rate.as_of <= now
        ]


TABLE = RateTable()

_NEWEST = """
(SELECT base, quote, rate, source, as_of FROM fx_rates
 WHERE workspace_id = $1 AND base = {0} AND quote = {1} AND as_of <= $4
 ORDER BY as_of DESC, id DESC LIMIT 1)
"""
_PAIR = f"{_NEWEST.format('$2', '$3')} UNION ALL {_NEWEST.format('$3', '$2')}"
