"""Verification: proofs over all that is stored, each one statement that finds what is wrong."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg

from resolvers.verification.checks import Check, Fault
from resolvers.verification.documents import DOCUMENTS
from resolvers.verification.events import EVENTS
from resolvers.verification.money import MONEY
from resolvers.verification.numbers import NUMBERS

CHECKS: tuple[Check, ...] = (*MONEY, *DOCUMENTS, *NUMBERS, *EVENTS)

__all__ = ["CHECKS", "Check", "Fault", "faults"]


async def faults(
    connection: asyncpg.Connection, check: Check, workspace_id: UUID | None = None
) -> AsyncIterator[Fault]:
    """What a check finds wrong, one by one: in every workspace, or in one.

    To be called within a transaction; one that is REPEATABLE READ lets all checks see one moment.
    """
    sql = (
        "SELECT found.workspace_id, found.subject, found.wrong "
        f"FROM ({check.sql}) AS found(workspace_id, subject, wrong) "
        "WHERE $1::uuid IS NULL OR found.workspace_id = $1"
    )
    async for row in connection.cursor(sql, workspace_id):
        yield Fault(check.name, row["workspace_id"], row["subject"], row["wrong"])
