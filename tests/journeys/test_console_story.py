"""The tabs that GraphiQL opens with, run in their order by someone new, end with a paid and credited invoice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.docs.reading import CHECKOUT
from tests.site import Client

EXAMPLES = CHECKOUT / "server" / "console" / "examples"


async def test_the_tabs_of_the_console_tell_one_story(client: Client) -> None:
    known = {"IN_30_DAYS": str((datetime.now(UTC) + timedelta(days=30)).date())}
    answers: dict[str, Any] = {}
    for document in sorted(EXAMPLES.glob("*.graphql")):
        variables = document.with_suffix(".json").read_text()
        for placeholder, found in known.items():
            variables = variables.replace(placeholder, found)
        answer = await client.ask(document.read_text(), **json.loads(variables))
        for name, payload in answer.items():
            assert payload.get("userErrors", []) == [], name
            for noun in ("customer", "invoice"):
                if isinstance(payload.get(noun), dict) and "id" in payload[noun]:
                    known[f"{noun.upper()}_ID"] = payload[noun]["id"]
        answers |= answer

    assert answers["invoiceFinalize"]["invoice"]["number"] == "INV-0001"
    assert answers["invoicePay"]["payment"]["status"] == "SUCCEEDED"
    assert answers["invoicePay"]["invoice"]["status"] == "PAID"
    credited = answers["creditNoteCreate"]
    assert credited["creditNote"]["toCreditBalance"]["amount"] == "100.00"
    assert credited["invoice"]["customer"]["creditBalances"] == [
        {"amount": "100.00", "currency": "USD"}
    ]
    [listed] = answers["invoices"]["nodes"]
    assert listed["displayStatus"] == "PAID"
