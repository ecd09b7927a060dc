/** Mutations that keep the list up to date: what is issued joins it, what is deleted leaves it. */
import { graphql } from "relay-runtime";
import type { InvoiceActsIssueMutation$variables } from "./__generated__/InvoiceActsIssueMutation.graphql";

export const issue = graphql`
  mutation InvoiceActsIssueMutation($input: InvoiceIssueInput!, $connections: [ID!]!) {
    invoiceIssue(input: $input) {
      invoice @appendNode(connections: $connections, edgeTypeName: "InvoiceEdge") {
        id
        ...InvoiceCard_invoice
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`;

export const discard = graphql`
  mutation InvoiceActsDeleteMutation($input: InvoiceDeleteInput!, $connections: [ID!]!) {
    invoiceDelete(input: $input) {
      deletedId @deleteEdge(connections: $connections)
      userErrors {
        code
      }
    }
  }
`;

type UnitAmount = InvoiceActsIssueMutation$variables["input"]["invoice"]["lines"][number]["unitAmount"];

export const inMajorUnits: UnitAmount = { decimal: "99.50" };
// @ts-expect-error A price is in minor or in major units, not in both.
export const inBoth: UnitAmount = { minor: 9950, decimal: "99.50" };
