"""The ledger: double entry, one row a transfer from an account to another, never changed."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from models.tables import Insertion, TenantTable, listed, minor


class LedgerAccount(TenantTable):
    """Its id follows from what it is for; it counts where a limit hangs on what it holds."""

    kind: str = fields.TextField()
    currency: str = fields.TextField()
    customer_id: UUID | None = fields.UUIDField(null=True)
    debits_minor: int | None = minor(null=True)
    credits_minor: int | None = minor(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "ledger_accounts"

    @classmethod
    def insertion(cls, parameter: str) -> Insertion:
        """Makes accounts that are new, and adds to those that count.

        One that does not count is left alone: all that happens in a workspace meets there. One that
        counts is new once: whoever may make it holds its invoice, or its customer.
        """
        columns = listed(cls._meta.fields_db_projection)
        insert = f"INSERT INTO ledger_accounts ({columns}) SELECT {columns} FROM given_accounts "
        return Insertion(
            f"{insert} WHERE debits_minor IS NOT NULL AND id NOT IN (SELECT id FROM raised_accounts)",
            {
                "given_accounts": "SELECT * FROM json_populate_recordset(NULL::ledger_accounts, "
                f"{parameter}::json) ORDER BY id",
                "uncounted_accounts": f"{insert} WHERE debits_minor IS NULL "
                "ON CONFLICT (workspace_id, id) DO NOTHING",
                "raised_accounts": _RAISED,
            },
        )


class LedgerTransfer(TenantTable):
    """Those of an invoice are its entries: each carries the balance after it, and chains to the entry before it."""

    kind: str = fields.TextField()
    source_id: UUID = fields.UUIDField()
    leg: int = fields.IntField()
    debit_account_id: UUID = fields.UUIDField()
    credit_account_id: UUID = fields.UUIDField()
    currency: str = fields.TextField()
    amount_minor: int = minor()
    settlement_minor: int | None = minor(null=True)
    invoice_id: UUID | None = fields.UUIDField(null=True)
    entry_position: int | None = fields.IntField(null=True)
    entry_minor: int | None = minor(null=True)
    balance_minor: int | None = minor(null=True)
    at: datetime = fields.DatetimeField()

    class Meta:
        table = "ledger_transfers"


_RAISED = """
UPDATE ledger_accounts AS held
SET debits_minor = held.debits_minor + given.debits_minor,
    credits_minor = held.credits_minor + given.credits_minor
FROM given_accounts AS given
WHERE held.workspace_id = given.workspace_id AND held.id = given.id
    AND given.debits_minor IS NOT NULL
RETURNING held.id
"""
