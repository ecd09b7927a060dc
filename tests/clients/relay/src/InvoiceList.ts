/** A list of invoices that usePaginationFragment pages, forward and backward. */
import { graphql } from "relay-runtime";

export const page = graphql`
  query InvoiceListQuery($filter: InvoiceFilter) {
    viewer {
      workspace {
        id
        name
      }
    }
    ...InvoiceList_query @arguments(filter: $filter)
  }
`;

export const list = graphql`
  fragment InvoiceList_query on Query
  @refetchable(queryName: "InvoiceListPaginationQuery")
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 2 }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "InvoiceFilter" }
  ) {
    invoices(
      first: $first
      after: $after
      last: $last
      before: $before
      filter: $filter
      orderBy: { field: CREATED_AT, direction: DESC }
    ) @connection(key: "InvoiceList_invoices", filters: ["filter"]) {
      totalCount
      edges {
        node {
          id
          ...InvoiceCard_invoice
        }
      }
    }
  }
`;
