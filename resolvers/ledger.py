"""The ledger: what an act posts on invoices and beside them, as the rows and columns that it writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.exchange import settled_entry
from domain.identifiers import new_id
from domain.ledger import (
    AGAINST,
    COUNTED,
    Account,
    Amounts,
    Aside,
    Entry,
    account_id,
    entered,
)
from domain.lifecycle import Status, settled_status
from models.connections import rows
from models.invoices import Invoice
from models.ledger import LedgerAccount, LedgerTransfer
from models.tables import TenantTable

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to post on an invoice: what it adds to amountDue, signed, and the document it is of.

    `leg` tells entries of one kind and document apart. `against` is the account on the other side
    where it is not the kind's usual one.
    """

    kind: Entry
    amount_minor: int
    source_id: UUID
    leg: int = 0
    against: Account | None = None


class Journal:
    """The transfers of one act, all of one customer and currency, and what they do to accounts.

    Amounts of 0 are left out. What was booked before (the same kind, source and leg), overdraws an
    account that counts or takes a balance below zero is refused by the database when it is written.
    """

    def __init__(self, workspace_id: UUID, customer_id: UUID, currency: str, now: datetime) -> None:
        self._workspace_id = workspace_id
        self._customer_id = customer_id
        self._currency = currency
        self._now = now
        self._transfers: list[LedgerTransfer] = []
        self._accounts: dict[UUID, LedgerAccount] = {}

    @property
    def rows(self) -> list[TenantTable]:
        """What to insert, after the invoices' columns and before the events."""
        return [*self._accounts.values(), *self._transfers]

    def post(self, invoice: Invoice, entries: Iterable[Posting]) -> dict[str, Any]:
        """Posts entries, in order, on a locked invoice; its columns that follow from them.

        These are the terms of its balance, amountDue and the length of its ledger; its status is
        `settled`'s (rules: Balance and ledger).
        """
        amounts = _amounts_of(invoice)
        balance = invoice.amount_due_minor if invoice.ledger_count else 0
        position = invoice.ledger_count
        for entry in entries:
            if entry.amount_minor == 0:
                continue
            position += 1
            before, balance = balance, balance + entry.amount_minor
            amounts = entered(amounts, entry.kind, entry.amount_minor)
            self._enter(invoice, entry, position, before, balance)
        return {**_columns(amounts), "amount_due_minor": balance, "ledger_count": position}

    def move(
        self,
        kind: Aside,
        debit: Account,
        credit: Account,
        amount_minor: int,
        source_id: UUID,
        leg: int = 0,
    ) -> None:
        """A transfer that no invoice's balance follows, such as what was paid too much."""
        if amount_minor:
            self._transfer(kind, debit, credit, amount_minor, source_id, leg)

    def _enter(
        self, invoice: Invoice, entry: Posting, position: int, before: int, after: int
    ) -> None:
        other = entry.against or AGAINST[entry.kind]
        raises = entry.amount_minor > 0
        debit, credit = (Account.RECEIVABLE, other) if raises else (other, Account.RECEIVABLE)
        row = self._transfer(
            entry.kind,
            debit,
            credit,
            abs(entry.amount_minor),
            entry.source_id,
            entry.leg,
            invoice.id,
        )
        row.invoice_id = invoice.id
        row.entry_position = position
        row.entry_minor = entry.amount_minor
        row.balance_minor = after
        if invoice.fx_rate is not None:
            currencies = (invoice.currency, invoice.settlement_currency)
            row.settlement_minor = settled_entry(before, after, invoice.fx_rate, *currencies)

    def _transfer(
        self,
        kind: Entry | Aside,
        debit: Account,
        credit: Account,
        amount_minor: int,
        source_id: UUID,
        leg: int,
        invoice_id: UUID | None = None,
    ) -> LedgerTransfer:
        made = LedgerTransfer(
            workspace_id=self._workspace_id,
            id=new_id(),
            kind=kind.value,
            source_id=source_id,
            leg=leg,
            debit_account_id=self._account(debit, invoice_id, debits=amount_minor),
            credit_account_id=self._account(credit, invoice_id, credits_=amount_minor),
            currency=self._currency,
            amount_minor=amount_minor,
            at=self._now,
        )
        self._transfers.append(made)
        return made

    def _account(
        self, kind: Account, invoice_id: UUID | None, debits: int = 0, credits_: int = 0
    ) -> UUID:
        owner = self._owner(kind, invoice_id)
        identity = account_id(self._workspace_id, kind, self._currency, owner)
        account = self._accounts.get(identity)
        if account is None:
            account = self._accounts[identity] = self._new(kind, identity)
        if kind in COUNTED:
            account.debits_minor = (account.debits_minor or 0) + debits
            account.credits_minor = (account.credits_minor or 0) + credits_
        return identity

    def _owner(self, kind: Account, invoice_id: UUID | None) -> UUID | None:
        if kind is Account.CREDIT:
            return self._customer_id
        return invoice_id if kind in COUNTED else None

    def _new(self, kind: Account, identity: UUID) -> LedgerAccount:
        return LedgerAccount(
            workspace_id=self._workspace_id,
            id=identity,
            kind=kind.value,
            currency=self._currency,
            customer_id=self._customer_id if kind is Account.CREDIT else None,
            created_at=self._now,
        )


def next_leg(invoice: Invoice) -> int:
    """Tells entries apart whose kind can come again of one invoice: its next place in the ledger."""
    return invoice.ledger_count + 1


def settled(invoice: Invoice, columns: Columns, now: datetime, closed_by: str) -> Columns:
    """The columns of the status that an issued invoice's new amounts say (rules: Lifecycle).

    `closed_by` is what closes it where nothing is due any more; one that was paid already keeps
    what closed it.
    """
    status = settled_status(
        invoice.status,
        amount_due_minor=columns["amount_due_minor"],
        amount_paid_minor=columns["amount_paid_minor"],
        amount_written_off_minor=columns["amount_written_off_minor"],
    )
    if status is Status.PAID:
        closed = {"paid_at": now, "closed_by": closed_by}
        return {} if invoice.status == Status.PAID else {"status": status.value, **closed}
    return {"status": status.value, "paid_at": None, "closed_by": None}


async def hold_customer(workspace_id: UUID, customer_id: UUID) -> None:
    """Holds a customer until commit; called by an act that may give them credit for the first time."""
    await rows(
        "SELECT 1 FROM customers WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
        workspace_id,
        customer_id,
    )


async def credit_balance(workspace_id: UUID, customer_id: UUID, currency: str) -> int:
    """A customer's unspent credit in minor units, whose account the transaction then holds."""
    found = await rows(
        "SELECT credits_minor - debits_minor AS balance FROM ledger_accounts "
        "WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
        workspace_id,
        account_id(workspace_id, Account.CREDIT, currency, customer_id),
    )
    return int(found[0]["balance"]) if found else 0


def _amounts_of(invoice: Invoice) -> Amounts:
    return Amounts(
        total=invoice.total_minor if invoice.ledger_count else 0,
        interest=invoice.interest_minor,
        amount_paid=invoice.amount_paid_minor,
        amount_credited=invoice.amount_credited_minor,
        credit_balance_applied=invoice.credit_balance_applied_minor,
        amount_written_off=invoice.amount_written_off_minor,
        amount_refunded=invoice.amount_refunded_minor,
    )


def _columns(amounts: Amounts) -> dict[str, Any]:
    return {
        "interest_minor": amounts.interest,
        "amount_paid_minor": amounts.amount_paid,
        "amount_credited_minor": amounts.amount_credited,
        "credit_balance_applied_minor": amounts.credit_balance_applied,
        "amount_written_off_minor": amounts.amount_written_off,
        "amount_refunded_minor": amounts.amount_refunded,
    }
