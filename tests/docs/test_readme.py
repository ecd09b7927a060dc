"""The README's story is true: its operations run as they stand, and their answer is the one shown."""

import json
import re
from typing import Any

from tests.docs.reading import blocks, page
from tests.site import Client

README = page("README.md")
CUSTOMER = re.compile(r"cus_[0-9a-f]{32}")
CHANGING = (
    (re.compile(r"inv_[0-9a-f]{32}"), "an id"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "a day"),
    (re.compile(r"https?://[^/]+/pay/[\w-]+"), "a pay link"),
)


async def test_the_query_of_the_readme_answers_what_the_readme_says(client: Client) -> None:
    customer, issue, pay = blocks(README, "graphql")
    variables, answer, paid = blocks(README, "json")
    made = await client.ask(customer.text)

    customer_id = made["customerCreate"]["customer"]["id"]
    written = json.loads(CUSTOMER.sub(customer_id, variables.text))
    answered = await client.answer(issue.text, **written)

    assert steady(answered) == steady(json.loads(answer.text))

    invoice_id = answered["data"]["invoiceIssue"]["invoice"]["id"]
    answered = await client.answer(pay.text, customerId=customer_id, invoiceId=invoice_id)
    assert steady(answered) == steady(json.loads(paid.text))


def test_the_readme_opens_with_what_it_is_in_three_sentences() -> None:
    first = README.read_text().split("\n\n")[1]

    assert first.startswith("Billgraph is")
    assert len(re.findall(r"\.(\s|$)", first)) == 3


def steady(answer: Any) -> Any:
    """An answer with what differs from day to day named instead."""
    text = json.dumps(answer)
    for pattern, name in CHANGING:
        text = pattern.sub(name, text)
    return json.loads(text)
