"""Proof after a fault: nothing that was acknowledged is lost, nothing happened twice, and the books are right."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import decode_id
from server.verification import verify
from tests.faults.traffic import Traffic
from tests.postbox import Postbox
from tests.postgres import as_owner
from tests.receiver import Receiver

REPEATED = 32


@dataclass(frozen=True)
class Workplace:
    """Where a fault happened: the database, the workspace, and who is told by mail and webhook."""

    dsn: str
    workspace_id: UUID
    postbox: Postbox
    receiver: Receiver
    path: str

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        """What a statement about the workspace finds."""
        connection = await as_owner(self.dsn)
        try:
            return await connection.fetch(sql, self.workspace_id)
        finally:
            await connection.close()

    async def until_drained(self, patience_s: float) -> None:
        """Waits until all that was promised is done: mails, webhooks, and payments settled."""
        end_s = time.monotonic() + patience_s
        while undone := await self.rows(UNDONE):
            assert time.monotonic() < end_s, [dict(row) for row in undone]
            await asyncio.sleep(0.1)

    async def prove(self, traffic: Traffic) -> None:
        """Fails where anything was lost, doubled, or is not as it was answered."""
        await self._prove_invoices(traffic)
        await self._prove_payments(traffic)
        await self._prove_answers(traffic)
        await self._prove_outbox(traffic)
        connection = await as_owner(self.dsn)
        wrong: list[Any] = []
        try:
            await verify(connection, wrong.append)
        finally:
            await connection.close()
        assert wrong == []

    async def _prove_invoices(self, traffic: Traffic) -> None:
        stored = {row["id"]: row for row in await self.rows(INVOICES)}
        assert set(stored) == set(
            once(_ids("inv", (one.invoice for one in traffic.of("invoiceDraft"))))
        )
        for one in traffic.acknowledged:
            number = one.payload["invoice"]["number"]
            assert number in (None, stored[_id("inv", one.invoice)]["number"]), one
        sequence = sorted(row["number_sequence"] for row in stored.values() if row["number"])
        assert sequence == list(range(1, len(sequence) + 1))
        voided = set(once(_ids("inv", (one.invoice for one in traffic.of("invoiceVoid")))))
        assert {key for key, row in stored.items() if row["status"] == "VOID"} == voided

    async def _prove_payments(self, traffic: Traffic) -> None:
        stored = await self.rows("SELECT id, status FROM payments WHERE workspace_id = $1")
        paid = [one.payload["payment"]["id"] for one in traffic.of("invoicePay")]
        assert {row["status"] for row in stored} <= {"SUCCEEDED"}
        assert {row["id"] for row in stored} == set(once(_ids("pay", paid)))
        charges = await self.rows("SELECT key, status FROM sandbox_charges WHERE workspace_id = $1")
        assert sorted(row["key"] for row in charges) == sorted(paid)

    async def _prove_answers(self, traffic: Traffic) -> None:
        """Who repeats a request that was answered is answered the same."""
        chosen = traffic.acknowledged[:: max(1, len(traffic.acknowledged) // REPEATED)]
        for one in chosen:
            payload = await traffic.attempt(one.mutation, one.input)
            assert payload is not None
            assert payload["invoice"]["id"] == one.invoice
            assert payload.get("payment") == one.payload.get("payment") or (
                payload["payment"]["id"] == one.payload["payment"]["id"]
            )

    async def _prove_outbox(self, traffic: Traffic) -> None:
        dead = await self.rows(
            "SELECT kind, last_error FROM jobs WHERE workspace_id = $1 AND dead_at IS NOT NULL"
        )
        assert dead == []
        events = {row["id"] for row in await self.rows(TOLD)}
        bodies = {(one.headers["webhook-id"], one.body) for one in self.receiver.at(self.path)}
        told = once(_id("evt", name) for name, _ in bodies)
        assert set(told) == events
        sent = await self.rows(
            "SELECT id FROM jobs WHERE workspace_id = $1 AND kind = 'invoice.mail'"
        )
        assert len(sent) == len(traffic.of("invoiceSend"))
        arrived = {str(mail["Message-ID"])[1:].partition("@")[0] for mail in self.postbox.taken}
        assert {row["id"].hex for row in sent} <= arrived


def once(found: Iterable[UUID]) -> list[UUID]:
    """All of them, where none comes twice."""
    counted = Counter(found)
    assert {key for key, count in counted.items() if count > 1} == set()
    return list(counted)


def _ids(prefix: str, texts: Iterable[str]) -> list[UUID]:
    return [_id(prefix, text) for text in texts]


def _id(prefix: str, text: str) -> UUID:
    found = decode_id(prefix, text)
    assert found, text
    return found


INVOICES = """SELECT id, number, number_sequence, status FROM invoices WHERE workspace_id = $1"""
# What began after the endpoint was made; itself is no event.
TOLD = """
SELECT event_id AS id FROM webhook_deliveries WHERE workspace_id = $1
"""
# The look at a payment that is settled already comes seconds later, and finds nothing to do.
UNDONE = """
SELECT kind, attempts, last_error, run_at, leased_until, now() FROM jobs
WHERE workspace_id = $1 AND done_at IS NULL AND dead_at IS NULL AND kind <> 'payment.charge'
UNION ALL SELECT 'a payment', 0, failure_message, created_at, NULL, now()
FROM payments WHERE workspace_id = $1 AND status = 'PENDING' LIMIT 5
"""
