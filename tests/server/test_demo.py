"""The demo's data: made by the same acts as any, and worth looking at."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.connections import rows
from resolvers import workspaces
from server import demo
from tests.verifying import wrong_with

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


async def filled(count: int) -> UUID:
    workspace_id = await workspaces.create("Demo", NOW - timedelta(days=365), currency="USD")
    heard: list[None] = []
    await demo.fill(workspace_id, "LIVE", NOW, count, lambda: heard.append(None))
    assert len(heard) == demo.steps(count)
    return workspace_id


async def invoices_of(workspace_id: UUID) -> list[dict[str, object]]:
    return await rows(
        "SELECT number, status, currency, total_minor, issued_at FROM invoices"
        " WHERE workspace_id = $1 ORDER BY issued_at NULLS LAST, number",
        workspace_id,
    )


async def test_it_shows_every_state_an_invoice_can_be_in_so_far(database: str) -> None:
    invoices = await invoices_of(await filled(150))

    statuses = Counter(invoice["status"] for invoice in invoices)
    assert statuses.total() == 150
    assert set(statuses) == {
        *("DRAFT", "OPEN", "PARTIALLY_PAID", "PAID", "VOID", "UNCOLLECTIBLE"),
    }
    assert min(statuses["PAID"], statuses["OPEN"]) > statuses["PARTIALLY_PAID"]
    assert {"USD", "EUR", "GBP", "JPY", "KWD"} <= {invoice["currency"] for invoice in invoices}


async def test_its_numbers_follow_its_dates_without_a_gap(database: str) -> None:
    invoices = await invoices_of(await filled(40))

    numbers = [invoice["number"] for invoice in invoices if invoice["number"]]
    assert numbers == [f"INV-{place:04}" for place in range(1, len(numbers) + 1)]


async def test_the_same_count_makes_the_same_invoices(database: str) -> None:
    first, second = await filled(20), await filled(20)

    assert await invoices_of(first) == await invoices_of(second)


async def test_its_books_are_right_and_its_history_goes_forward(database: str) -> None:
    workspace_id = await filled(60)

    assert await wrong_with(database, workspace_id) == set()
    told = await rows(
        "SELECT at FROM events WHERE workspace_id = $1 AND type LIKE 'invoice.%' ORDER BY position",
        workspace_id,
    )
    moments = [row["at"] for row in told]
    assert moments == sorted(moments)
    assert moments[-1] <= NOW
