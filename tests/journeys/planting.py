"""Planting: texts that try to be markup, code or formulas, in every text that a mutation takes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInputType, get_named_type

from tests.acts import root
from tests.journeys.making import LATE
from tests.site import Client, Json

SCRIPT = "<script>hit=1</script>"
MARKUP = f"{SCRIPT}<img src=x onerror=hit=1>'\"><svg onload=hit=1>{{{{7*7}}}}${{7*7}}<%=7*7%>"
TYPST = '#panic("x")#import "/x.typ"#read("/etc/passwd")#eval("1+1")$x$*b*@r\\'
LINK = "javascript:hit=1 data:text/html,<script>hit=1</script>"
FORMULA = "=HYPERLINK(\"javascript:hit=1\")+cmd|' /C calc'!A0"
EMAIL = "{{7*7}}'=`$x`@example.com"
ADDRESS = {
    "line1": MARKUP,
    "line2": TYPST,
    "city": LINK,
    "region": FORMULA,
    "postalCode": SCRIPT,
    "country": "GB",
}
METADATA = {SCRIPT: MARKUP, "=1+1": FORMULA}
Text = tuple[str, str]


def texts() -> set[Text]:
    """Every text that a mutation takes: the input type and the field. Keys of repetition are ours alone."""
    fields = root("Mutation").fields.values()
    found = {text for act in fields for text, _ in _texts(act.args["input"].type, {})}
    return {text for text in found if text[1] != "idempotencyKey"}


@dataclass
class Planter:
    """Someone who writes such texts wherever they may; `planted` is where."""

    client: Client
    planted: set[Text] = field(default_factory=set)

    async def do(self, mutation: str, selection: str, **given: Any) -> Json:
        """The payload of a mutation that takes them."""
        of = root("Mutation").fields[mutation].args["input"].type
        self.planted |= {text for text, value in _texts(of, given) if value is not None}
        return await self.client.do(mutation, selection, **given)


def _texts(of: GraphQLInputType, given: Any) -> Iterator[tuple[Text, Any]]:
    """Each text of an input type, with what is given for it."""
    named = get_named_type(of)
    if isinstance(given, list):
        given = given[0] if given else {}
    if not isinstance(named, GraphQLInputObjectType):
        return
    for name, one in named.fields.items():
        value = given.get(name)
        if get_named_type(one.type).name in ("String", "Metadata"):
            yield (named.name, name), value
        else:
            yield from _texts(one.type, value or {})


@dataclass(frozen=True)
class Planted:
    """What shows them: an invoice with a credit note and a payment."""

    invoice: str
    note: str
    customer: str


async def plant(planter: Planter) -> Planted:
    """Writes them everywhere."""
    await planter.do(
        "workspaceUpdate", "workspace { id }", name=MARKUP, taxId=TYPST[:64], address=ADDRESS
    )
    for document in ("INVOICE", "CREDIT_NOTE"):
        template = f"=<b>#x</b>\"../{document[0]}'{{seq}}"
        await planter.do(
            "numberSeriesSet",
            "numberSeries { template }",
            document=document,
            template=template,
            reset="NEVER",
        )
    await planter.do("apiKeyCreate", "secret", name=MARKUP, mode="LIVE", scopes=["REPORTS_READ"])
    await planter.do(
        "taxRateSet",
        "taxRate { id }",
        name=MARKUP,
        country="GB",
        region=TYPST,
        code=FORMULA,
        percent="1",
        validFrom="2020-01-01",
    )
    await planter.do("fxRateSet", "fxRate { id }", base="EUR", quote="USD", rate="1", source=MARKUP)
    customer = await _customer(planter)
    invoice = await _invoice(planter, customer)
    note = await _money(planter, customer, invoice)
    await _losses(planter, customer)
    return Planted(invoice, note, customer)


async def _customer(planter: Planter) -> str:
    given = {
        "name": MARKUP,
        "email": EMAIL,
        "locale": "en-GB",
        "taxId": FORMULA,
        "metadata": METADATA,
    }
    made = await planter.do(
        "customerCreate", "customer { id }", **given, address=ADDRESS, emailConsent="GRANTED"
    )
    customer = str(made["customer"]["id"])
    await planter.do("customerUpdate", "customer { id }", id=customer, **given)
    await planter.do(
        "customerAddPaymentMethod",
        "paymentMethod { id }",
        customerId=customer,
        gatewayToken="pm_card_visa",
    )
    await planter.do(
        "matterCreate", "matter { id }", customerId=customer, name=MARKUP, reference=TYPST
    )
    return customer


def _content(customer: str) -> Json:
    """An invoice of such texts."""
    lines = [
        {
            "description": text,
            "code": FORMULA,
            "quantity": "1",
            "unitAmount": {"decimal": "100"},
            "taxes": [{"name": MARKUP, "percent": "20"}],
            "metadata": METADATA,
        }
        for text in (MARKUP, TYPST, LINK, FORMULA)
    ]
    return {
        "customerId": customer,
        "dueDate": LATE,
        "lines": lines,
        "discounts": [{"name": MARKUP, "code": TYPST, "percent": "1"}],
        "notes": f"{MARKUP}\n\n{TYPST}\n{LINK}",
        "internalNotes": "For us alone",
        "metadata": METADATA,
    }


async def _invoice(planter: Planter, customer: str) -> str:
    made = await planter.do("invoiceDraft", "invoice { id }", invoice=_content(customer))
    invoice = str(made["invoice"]["id"])
    given = {name: _content(customer)[name] for name in ("notes", "internalNotes", "metadata")}
    await planter.do("invoiceUpdate", "invoice { id }", id=invoice, **given)
    await planter.do("invoiceSend", "invoice { id }", id=invoice)
    return invoice


async def _money(planter: Planter, customer: str, invoice: str) -> str:
    paid = await planter.do(
        "paymentRecord",
        "payment { id }",
        customerId=customer,
        amount=100,
        currency="USD",
        method="BANK_TRANSFER",
        reference=FORMULA,
        allocations=[{"invoiceId": invoice, "amount": 100}],
    )
    await planter.do(
        "paymentRefund", "payment { id }", id=paid["payment"]["id"], amount=1, reason=MARKUP
    )
    made = await planter.do(
        "creditNoteCreate",
        "creditNote { id }",
        invoiceId=invoice,
        amount=100,
        memo=f"{MARKUP}\n{TYPST}",
    )
    return str(made["creditNote"]["id"])


async def _losses(planter: Planter, customer: str) -> None:
    await planter.do("workspaceUpdate", "workspace { id }", smallBalanceLimit=10**9)
    for mutation in ("invoiceVoid", "invoiceMarkUncollectible", "invoiceWriteOff"):
        made = await planter.do("invoiceIssue", "invoice { id }", invoice=_content(customer))
        await planter.do(mutation, "invoice { id }", id=made["invoice"]["id"], reason=MARKUP)
