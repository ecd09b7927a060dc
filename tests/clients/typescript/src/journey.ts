/** A client's day: a customer, five invoices, one sent, all listed, one voided. Prints what it saw. */
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import type { AnyVariables, OperationResult } from "@urql/core";

import { CREATE_CUSTOMER, ISSUE, LIST, SEND, VOID } from "./documents.js";
import type { ErrorCode, InvoiceInput } from "./generated/graphql.js";

const [url, key] = process.argv.slice(2) as [string, string];

const client = new Client({
  url,
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers: { authorization: `Bearer ${key}` } },
  preferGetMethod: "within-url-limit",
});

type Refusal = { code: ErrorCode; field: readonly string[] };

/** The answer's data; whatever is in the way of it ends the journey. */
function data<Data, Variables extends AnyVariables>(result: OperationResult<Data, Variables>): Data {
  if (result.error || !result.data) throw result.error ?? new Error("no data");
  return result.data;
}

/** A payload's object, which is there unless something was refused. */
function done<Found>(found: Found | null | undefined, refusals: readonly Refusal[] = []): Found {
  if (!found || refusals.length) throw new Error(JSON.stringify(refusals));
  return found;
}

async function customer(name: string): Promise<string> {
  const input = { name, email: "ada@example.com", emailConsent: "GRANTED" } as const;
  const made = data(await client.mutation(CREATE_CUSTOMER, { input }));
  return done(made.customerCreate?.customer, made.customerCreate?.userErrors).id;
}

function wanted(customerId: string, hours: number): InvoiceInput {
  return {
    customerId,
    dueDate: "2099-12-31",
    metadata: { hours: String(hours) },
    lines: [{ description: "Work", quantity: hours, unitAmount: { decimal: "99.95" }, taxPercent: 20 }],
  };
}

async function issued(customerId: string, hours: number) {
  const input = { invoice: wanted(customerId, hours), idempotencyKey: `hours-${hours}` };
  const made = data(await client.mutation(ISSUE, { input }));
  return done(made.invoiceIssue?.invoice, made.invoiceIssue?.userErrors);
}

async function refusals(customerId: string) {
  const input = { invoice: wanted(customerId, -1) };
  const made = data(await client.mutation(ISSUE, { input }));
  return made.invoiceIssue?.userErrors.map(({ code, field }) => ({ code, field }));
}

async function page(customerId: string, after: string | null) {
  const variables = { first: 2, after, filter: { customerId: [customerId] } };
  return done(data(await client.query(LIST, variables)).invoices);
}

async function numbers(customerId: string) {
  const pages: (string | null)[][] = [];
  let after: string | null = null;
  for (;;) {
    const found = await page(customerId, after);
    pages.push(found.nodes.map((invoice) => invoice.number));
    if (!found.pageInfo.hasNextPage) return { pages, total: found.totalCount };
    after = found.pageInfo.endCursor;
  }
}

const ada = await customer("Ada");
const invoices = [];
for (const hours of [1, 2, 3, 4, 5]) invoices.push(await issued(ada, hours));
const [first, second] = [done(invoices[0]), done(invoices[1])];
const again = await issued(ada, 1);
const sent = data(await client.mutation(SEND, { input: { id: second.id } })).invoiceSend;
const voiding = { input: { id: first.id, reason: "Entered twice", expectedVersion: first.version } };
const voided = data(await client.mutation(VOID, voiding)).invoiceVoid;
const twice = data(await client.mutation(VOID, { input: { id: first.id } })).invoiceVoid;

console.log(
  JSON.stringify({
    totals: invoices.map((invoice) => `${invoice.number} ${invoice.total.amount} ${invoice.total.currency}`),
    replayed: again.number,
    metadata: first.metadata["hours"],
    refused: await refusals(ada),
    payable: done(sent?.invoice, sent?.userErrors).publicPayUrl?.startsWith(new URL(url).origin),
    listed: await numbers(ada),
    voided: done(voided?.invoice, voided?.userErrors),
    voidedTwice: twice?.userErrors.map(({ code, meta }) => ({ code, meta })),
  }),
);
