"""The parties to an invoice: who sells, who buys and about what, as they are now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from domain.errors import (
    CustomerArchived,
    EmailConsentMissing,
    EmailMissing,
    MatterClosed,
    MatterCustomerMismatch,
    NotFound,
    Refusal,
)
from models.connections import rows

CUSTOMER = ("customerId",)
MATTER = ("matterId",)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seller:
    """The workspace."""

    mode: str
    name: str
    time_zone: str
    currency: str
    country: str | None
    tax_id: str | None
    address: Json | None
    tax_rounding: str
    discount_tax_treatment: str
    prices_include_tax: bool
    payment_terms_days: int | None
    strict_chronology: bool
    closed_through: date | None
    fx_rate_max_age_h: int

    @property
    def snapshot(self) -> Json:
        """What an invoice keeps of it for good."""
        return {
            "name": self.name,
            "country": self.country,
            "tax_id": self.tax_id,
            "address": self.address,
        }


@dataclass(frozen=True, slots=True)
class Buyer:
    """The customer."""

    id: UUID
    name: str
    email: str | None
    email_consent: str
    currency: str | None
    locale: str | None
    address: Json | None
    tax_id: str | None
    tax_treatment: str
    payment_terms_days: int | None
    archived_at: datetime | None

    @property
    def snapshot(self) -> Json:
        """What an invoice keeps of it for good."""
        return {
            "name": self.name,
            "email": self.email,
            "locale": self.locale,
            "tax_id": self.tax_id,
            "tax_treatment": self.tax_treatment,
            "address": self.address,
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """The matter."""

    id: UUID
    customer_id: UUID
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Parties:
    """All of them; the subject is None where none was asked for, or none was found."""

    workspace_id: UUID
    seller: Seller
    buyer: Buyer
    subject: Subject | None
    has_credit: bool = False

    @property
    def terms_days(self) -> int | None:
        """The customer's payment terms, else the workspace's; 0 is a value (rules: Dates)."""
        own = self.buyer.payment_terms_days
        return self.seller.payment_terms_days if own is None else own


async def load(workspace_id: UUID, customer_id: UUID, matter_id: UUID | None) -> Parties:
    """The parties, by one statement. Raises NotFound at ("customerId",)."""
    row = (await rows(_LOAD, workspace_id, customer_id, matter_id))[0]
    if row["buyer_id"] is None:
        raise NotFound("There is no customer with this id.", field=CUSTOMER)
    subject = None if row["subject_id"] is None else Subject(**_part(row, Subject))
    seller, buyer = Seller(**_part(row, Seller)), Buyer(**_part(row, Buyer))
    return Parties(workspace_id, seller, buyer, subject, row["has_credit"])


def standing(parties: Parties, matter_id: UUID | None) -> Iterator[Refusal]:
    """What forbids this customer and this matter to have a new invoice."""
    if parties.buyer.archived_at is not None:
        message = "This customer is archived and gets no new invoices."
        yield CustomerArchived(message, field=CUSTOMER)
    if matter_id is None:
        return
    subject = parties.subject
    if subject is None:
        yield NotFound("There is no matter with this id.", field=MATTER)
    elif subject.customer_id != parties.buyer.id:
        yield MatterCustomerMismatch("This matter belongs to another customer.", field=MATTER)
    elif subject.closed_at is not None:
        yield MatterClosed("This matter is closed; choose an open one.", field=MATTER)


def mailable(buyer: Buyer) -> Iterator[Refusal]:
    """What forbids to send mail to this customer (rules: Links, documents, mail)."""
    if buyer.email is None:
        message = "This customer has no e-mail address; add one, or issue without sending."
        yield EmailMissing(message, field=CUSTOMER)
    if buyer.email_consent != "GRANTED":
        message = "This customer has not agreed to e-mail; record their consent first."
        meta = {"emailConsent": buyer.email_consent}
        yield EmailConsentMissing(message, field=CUSTOMER, meta=meta)


def _columns(kind: type, alias: str) -> str:
    name = kind.__name__.lower()
    return ", ".join(f"{alias}.{field.name} AS {name}_{field.name}" for field in fields(kind))


def _part(row: Mapping[str, Any], kind: type) -> dict[str, Any]:
    name = kind.__name__.lower()
    values = {field.name: row[f"{name}_{field.name}"] for field in fields(kind)}
    if values.get("address") is not None:
        values["address"] = orjson.loads(values["address"])
    return values


_LOAD = f"""
SELECT {_columns(Seller, "w")}, {_columns(Buyer, "c")}, {_columns(Subject, "m")},
    EXISTS (
        SELECT 1 FROM ledger_accounts a
        WHERE a.workspace_id = $1 AND a.customer_id = $2 AND a.credits_minor > a.debits_minor
    ) AS has_credit
FROM workspaces w
LEFT JOIN customers c ON c.workspace_id = $1 AND c.id = $2
LEFT JOIN matters m ON m.workspace_id = $1 AND m.id = $3
WHERE w.workspace_id = $1 AND w.id = $1
"""
