/** What the client asks, typed by graphql-codegen. */
import { graphql } from "./generated/gql.js";

export const CREATE_CUSTOMER = graphql(`
  mutation CreateCustomer($input: CustomerCreateInput!) {
    customerCreate(input: $input) {
      customer { id name }
      userErrors { code field message }
    }
  }
`);

export const ISSUE = graphql(`
  mutation Issue($input: InvoiceIssueInput!) {
    invoiceIssue(input: $input) {
      invoice { id version status number total { minor amount currency } metadata }
      userErrors { code field message }
    }
  }
`);

export const SEND = graphql(`
  mutation Send($input: InvoiceSendInput!) {
    invoiceSend(input: $input) {
      invoice { id status publicPayUrl }
      userErrors { code field message }
    }
  }
`);

export const LIST = graphql(`
  query List($first: Int!, $after: String, $filter: InvoiceFilter) {
    invoices(first: $first, after: $after, filter: $filter, orderBy: { field: NUMBER, direction: ASC }) {
      totalCount
      nodes { number customer { name } lines { description quantity unitAmount } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const VOID = graphql(`
  mutation Void($input: InvoiceVoidInput!) {
    invoiceVoid(input: $input) {
      invoice { status amountDue { minor } availableActions }
      userErrors { code field message meta }
    }
  }
`);
