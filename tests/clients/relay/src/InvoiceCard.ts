/** An invoice that fetches itself anew through `node`, and a customer who pages theirs from the end. */
import { graphql } from "relay-runtime";

export const card = graphql`
  fragment InvoiceCard_invoice on Invoice @refetchable(queryName: "InvoiceCardRefetchQuery") {
    number
    displayStatus
    availableActions
    total {
      minor
      amount
      currency
    }
    customer {
      id
      name
    }
    lines {
      id
      description
      quantity
    }
    metadata
  }
`;

export const customersInvoices = graphql`
  fragment InvoiceCard_customer on Customer
  @refetchable(queryName: "InvoiceCardCustomerPaginationQuery")
  @argumentDefinitions(last: { type: "Int", defaultValue: 2 }, before: { type: "String" }) {
    invoices(last: $last, before: $before) @connection(key: "InvoiceCard_invoices") {
      edges {
        node {
          number
        }
      }
    }
  }
`;
