"""The ledger's tables: what the database refuses by itself, whoever asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from domain.identifiers import new_id
from domain.ledger import Account, Aside, Entry
from models.connections import rows
from models.invoices import Invoice
from models.ledger import LedgerTransfer
from models.tables import TenantTable
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.writes import change, insert
from resolvers import invoices
from resolvers.callers import Caller
from resolvers.ledger import Journal, Posting
from tests.resolvers.making import NOON, customer, someone, stored, wanted


@dataclass(frozen=True)
class Books:
    """A workspace with an open invoice of 100.00."""

    caller: Caller
    invoice: Invoice

    def journal(self, currency: str = "USD") -> Journal:
        """An empty journal of its customer."""
        return Journal(self.caller.workspace_id, self.invoice.customer_id, currency, NOON)


@pytest.fixture
async def books(caller: Caller) -> Books:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    return Books(caller, await stored(invoice_id))


@pytest.fixture
async def caller(database: str) -> Caller:
    return await someone()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfers SET amount_minor = 1",
        "DELETE FROM ledger_transfers",
        "TRUNCATE ledger_transfers CASCADE",
    ],
)
async def test_the_application_can_only_add_transfers(database: str, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await rows(statement)


async def test_no_more_is_taken_off_an_invoice_than_is_due(books: Books) -> None:
    refused = await refusal(lambda: post(books, Entry.PAYMENT, -10_001))
    assert refused == "ledger_accounts_within_limit"


async def test_no_more_of_a_write_off_comes_back_than_was_written_off(books: Books) -> None:
    await post(books, Entry.WRITE_OFF, -500)
    refused = await refusal(lambda: post(books, Entry.RECOVERY, 501, leg=1))
    assert refused == "ledger_accounts_within_limit"


async def test_no_more_credit_is_spent_than_a_customer_has(books: Books) -> None:
    journal = books.journal()
    journal.move(Aside.OVERPAYMENT, Account.CASH, Account.CREDIT, 300, new_id())
    await insert(*journal.rows)

    refused = await refusal(lambda: post(books, Entry.CREDIT_BALANCE_APPLIED, -301))

    assert refused == "ledger_accounts_within_limit"
    await post(books, Entry.CREDIT_BALANCE_APPLIED, -300)


async def test_credit_of_one_currency_pays_nothing_in_another(books: Books) -> None:
    journal = books.journal("EUR")
    journal.move(Aside.OVERPAYMENT, Account.CASH, Account.CREDIT, 300, new_id())
    await insert(*journal.rows)

    refused = await refusal(lambda: post(books, Entry.CREDIT_BALANCE_APPLIED, -1))

    assert refused == "ledger_accounts_within_limit"


async def test_a_document_is_booked_once(books: Books) -> None:
    payment_id = new_id()
    await post(books, Entry.PAYMENT, -100, source_id=payment_id)
    twice = await refusal(lambda: post(books, Entry.PAYMENT, -100, source_id=payment_id))
    assert twice == "ledger_transfers_once"


async def test_a_transfer_stays_within_one_currency(books: Books) -> None:
    euros = books.journal("EUR")
    euros.move(Aside.OVERPAYMENT, Account.CASH, Account.CREDIT, 5, new_id())
    made = transfer(euros.rows)
    made.debit_account_id = books.invoice.id
    assert await refusal(lambda: insert(*euros.rows)) == "ledger_transfers_debit"


async def test_a_transfer_stays_within_one_workspace(books: Books) -> None:
    stranger = await someone()
    theirs = Journal(stranger.workspace_id, await customer(stranger), "USD", NOON)
    theirs.move(Aside.OVERPAYMENT, Account.CASH, Account.CREDIT, 5, new_id())
    transfer(theirs.rows).debit_account_id = books.invoice.id
    assert await refusal(lambda: insert(*theirs.rows)) == "ledger_transfers_debit"


async def test_an_entry_follows_the_one_before_it(books: Books) -> None:
    books.invoice.ledger_count = 5
    assert (
        await refusal(lambda: post(books, Entry.PAYMENT, -1, fresh=False))
        == "ledger_transfers_entry_follows"
    )
    books.invoice.ledger_count = 1
    books.invoice.amount_due_minor = 9_999
    assert (
        await refusal(lambda: post(books, Entry.PAYMENT, -1, fresh=False))
        == "ledger_transfers_entry_follows"
    )


async def test_an_entry_counts_in_the_invoices_balance_or_not_at_all(books: Books) -> None:
    journal = books.journal()
    journal.post(books.invoice, [Posting(Entry.PAYMENT, -1, new_id())])
    due = {"amount_due_minor": 9_998, "amount_paid_minor": 2, "ledger_count": 2}

    async def act() -> None:
        await change(books.invoice, due)
        await insert(*journal.rows)

    with pytest.raises(asyncpg.ForeignKeyViolationError) as caught:
        await transaction(EVERY_WORKSPACE, act)
    assert caught.value.constraint_name == "invoices_due_is_its_ledger"


async def post(
    books: Books,
    kind: Entry,
    amount_minor: int,
    *,
    source_id: UUID | None = None,
    leg: int = 0,
    fresh: bool = True,
) -> None:
    """Books one entry on the invoice, as acts do."""
    invoice = await stored(books.invoice.id) if fresh else books.invoice
    journal = books.journal()
    columns = journal.post(invoice, [Posting(kind, amount_minor, source_id or new_id(), leg)])

    async def act() -> None:
        await insert(*journal.rows)
        await change(invoice, columns)

    await transaction(EVERY_WORKSPACE, act)


def transfer(made: list[TenantTable]) -> LedgerTransfer:
    [found] = [row for row in made if isinstance(row, LedgerTransfer)]
    return found


async def refusal(act: Callable[[], Awaitable[object]]) -> str:
    """The constraint that refuses an act."""
    with pytest.raises(IntegrityError) as caught:
        await act()
    return str(getattr(caught.value.__cause__, "constraint_name", ""))
