"""A document for every place in a read where an id can stand."""

from typing import Any

from tests.site import USER_ERRORS, Client

READS = {
    "Query.node id": "query($id: ID!) { node(id: $id) { __typename id } }",
    "Query.nodes ids": "query($id: ID!) { nodes(ids: [$id]) { __typename id } }",
    "Query.invoice id": "query($id: ID!) { invoice(id: $id) { id } }",
    "Query.billingSubscription id": "query($id: ID!) { billingSubscription(id: $id) { id } }",
    "Query.payment id": "query($id: ID!) { payment(id: $id) { id } }",
    "Query.payments filter.customerId": (
        "query($id: ID!) { payments(filter: {customerId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.customer id": "query($id: ID!) { customer(id: $id) { id } }",
    "Query.creditNote id": "query($id: ID!) { creditNote(id: $id) { id } }",
    "Query.invoices filter.customerId": (
        "query($id: ID!) { invoices(filter: {customerId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.invoices filter.matterId": (
        "query($id: ID!) { invoices(filter: {matterId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.invoices filter.subscriptionId": (
        "query($id: ID!) { invoices(filter: {subscriptionId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.events filter.subjectId": (
        "query($id: ID!) { events(filter: {subjectId: $id}) { totalCount nodes { id } } }"
    ),
    "Query.invoicePreview invoice.customerId": f"""query($id: ID!) {{
        invoicePreview(invoice: {{customerId: $id, dueDate: "2099-12-31", lines: []}}) {{
        preview {{ currency }} {USER_ERRORS} }} }}""",
    "Query.invoicePreview invoice.matterId": f"""query($id: ID!, $own: ID!) {{
        invoicePreview(invoice: {{
        customerId: $own, matterId: $id, dueDate: "2099-12-31", lines: []}}) {{
        preview {{ currency }} {USER_ERRORS} }} }}""",
    "Customer.invoices filter.customerId": """query($id: ID!, $own: ID!) { customer(id: $own) {
        invoices(filter: {customerId: [$id]}) { totalCount nodes { id } } } }""",
    "Customer.invoices filter.subscriptionId": """query($id: ID!, $own: ID!) {
        customer(id: $own) { invoices(filter: {subscriptionId: [$id]}) {
        totalCount nodes { id } } } }""",
    "Customer.invoices filter.matterId": """query($id: ID!, $own: ID!) { customer(id: $own) {
        invoices(filter: {matterId: [$id]}) { totalCount nodes { id } } } }""",
}
FOLLOWED = {
    "Subscription.events subjectId": "subscription($id: ID) { events(subjectId: $id) { id } }",
    "Subscription.events after": "subscription($id: ID) { events(after: $id) { id } }",
}


async def told(client: Client, document: str, some_id: str, own: str) -> tuple[int, str]:
    """What is answered about an id, to the byte but for the id itself."""
    given: dict[str, Any] = {"own": own} if "$own" in document else {}
    answer = await client.post({"query": document, "variables": {"id": some_id, **given}})
    return answer.status_code, answer.text.replace(some_id, "that id")
