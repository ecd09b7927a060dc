"""Brings invoices over from a CSV export: python -m examples.migration.migrate stripe invoices.csv

Run it again whenever you like: each row carries a key of its own, and is done once.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from examples.migration.exports import READERS, Bill

URL = os.environ.get("BILLGRAPH_URL", "http://127.0.0.1:8000/graphql")
CUSTOMER = """mutation($input: CustomerCreateInput!) { customerCreate(input: $input) {
  customer { id } userErrors { message field } } }"""
PREVIEW = """query($invoice: InvoiceInput!) { invoicePreview(invoice: $invoice) {
  preview { total { amount } } userErrors { message field } } }"""
ISSUE = """mutation($input: InvoiceIssueInput!) { invoiceIssue(input: $input) {
  invoice { id number } userErrors { message field } } }"""
PAY = """mutation($input: PaymentRecordInput!) { paymentRecord(input: $input) {
  payment { id } userErrors { message field } } }"""


class Refused(Exception):
    """A row that the server does not take as it is."""


@dataclass
class Migration:
    """One run: customers met so far, what was brought over, and what was not and why."""

    source: str
    is_trial: bool
    customers: dict[str, str] = field(default_factory=dict)
    done: int = 0
    refused: list[str] = field(default_factory=list)

    def run(self, bills: list[Bill]) -> None:
        """Oldest first, so that the new numbers are in the order of issue."""
        for bill in sorted(bills, key=lambda bill: (bill.issued_on, bill.number)):
            try:
                self.bring(bill)
                self.done += 1
            except Refused as why:
                self.refused.append(f"{bill.number}: {why}")

    def bring(self, bill: Bill) -> None:
        """One invoice with what was paid of it. Raises Refused where its total would be another."""
        invoice = self.invoice(bill)
        preview = do(PREVIEW, {"invoice": invoice})["preview"]
        if Decimal(preview["total"]["amount"]) != bill.total:
            raise Refused(f"it would come to {preview['total']['amount']}, not {bill.total}")
        if self.is_trial:
            return
        issued = do(ISSUE, {"input": {"invoice": invoice, **self.key("invoice", bill.id)}})
        if bill.paid:
            self.pay(bill, issued["invoice"]["id"])
        sys.stdout.write(f"{bill.number} is {issued['invoice']['number']}\n")

    def invoice(self, bill: Bill) -> dict[str, Any]:
        """One line for its net; its old number stays with it as metadata."""
        line = {
            "description": bill.description,
            "quantity": "1",
            "unitAmount": {"decimal": str(bill.net)},
            "taxPercent": str(round(bill.tax * 100 / bill.net, 6)) if bill.net else "0",
        }
        return {
            "customerId": self.customer(bill),
            "currency": bill.currency,
            "settlementCurrency": bill.currency,  # what was settled long ago needs no rate
            "issuedAt": f"{bill.issued_on}T12:00:00Z",
            "dueDate": str(bill.due_on),
            "lines": [line],
            "metadata": {"importedFrom": self.source, "importedNumber": bill.number},
        }

    def pay(self, bill: Bill, invoice_id: str) -> None:
        """What was paid of it, with the same number of decimals that the export wrote."""
        minor = int(bill.paid.scaleb(-int(bill.paid.as_tuple().exponent)))
        payment = {
            "customerId": self.customer(bill),
            "amount": minor,
            "currency": bill.currency,
            "method": "OTHER",
            "reference": f"{self.source} {bill.number}",
            "receivedAt": f"{bill.paid_on or bill.issued_on}T12:00:00Z",
            "allocations": [{"invoiceId": invoice_id, "amount": minor}],
        }
        do(PAY, {"input": {**payment, **self.key("payment", bill.id)}})

    def customer(self, bill: Bill) -> str:
        """The customer by e-mail, or by name where there is none; made on first sight."""
        known_by = bill.email or bill.customer
        if known_by not in self.customers:
            given = {"name": bill.customer, "email": bill.email, "currency": bill.currency}
            made = do(CUSTOMER, {"input": {**given, **self.key("customer", known_by)}})
            self.customers[known_by] = made["customer"]["id"]
        return self.customers[known_by]

    def key(self, what: str, name: str) -> dict[str, str]:
        """What makes a second run harmless."""
        return {"idempotencyKey": f"{self.source} {what} {name}"[:255]}


def do(document: str, variables: dict[str, Any]) -> Any:
    """The one payload of an operation. Raises Refused with what the server says."""
    request = Request(  # noqa: S310 - the address is the caller's own
        URL,
        json.dumps({"query": document, "variables": variables}).encode(),
        {
            "authorization": f"Bearer {os.environ['BILLGRAPH_KEY']}",
            "content-type": "application/json",
        },
    )
    answer = json.loads(sent(request))
    if "errors" in answer:
        raise Refused(answer["errors"][0]["message"])
    [payload] = answer["data"].values()
    if payload["userErrors"]:
        raise Refused("; ".join(says(payload["userErrors"])))
    return payload


def sent(request: Request) -> bytes:
    """What the server answers, however often it says that this was too much at once."""
    while True:
        try:
            with urlopen(request, timeout=60) as response:  # noqa: S310 - as above
                return bytes(response.read())
        except HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(int(error.headers["retry-after"]))


def says(errors: list[dict[str, Any]]) -> Iterator[str]:
    """Each refusal with the place that it is about."""
    for error in errors:
        yield f"{'.'.join(error['field'])}: {error['message']}"


def main() -> None:
    """Brings one export over and says how it went."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("source", choices=READERS)
    asked.add_argument("file", type=Path)
    asked.add_argument("--trial", action="store_true", help="preview alone: nothing is issued")
    given = asked.parse_args()
    bills, left_out = READERS[given.source](given.file)
    migration = Migration(given.source, given.trial)
    migration.run(bills)
    sys.stdout.write(f"{migration.done} brought over, {len(migration.refused)} refused\n")
    for line in (*migration.refused, *left_out):
        sys.stdout.write(f"- {line}\n")
    sys.exit(1 if migration.refused else 0)


if __name__ == "__main__":
    main()
