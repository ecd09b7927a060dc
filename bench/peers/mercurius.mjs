// Mercurius with its just-in-time compiler: a schema and loaders by hand, one statement for each level.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

// Left as texts: the columns' exact values, and nothing spent on making dates of them.
const [DATE, TIMESTAMPTZ] = [1082, 1184];
for (const type of [DATE, TIMESTAMPTZ]) pg.types.setTypeParser(type, String);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const schema = `
  type Line {
    position: Int!
    description: String!
    quantity: String!
    unitAmount: String!
    taxMinor: String!
    amountMinor: String!
  }
  type Customer {
    id: ID!
    name: String!
    email: String
    invoices(first: Int!): [Invoice!]!
  }
  type Invoice {
    id: ID!
    number: String
    status: String!
    issuedAt: String
    dueOn: String!
    totalMinor: String!
    customer: Customer!
    lines: [Line!]!
  }
  type Query {
    invoices(first: Int!, afterAt: String, afterId: ID, status: String, customerId: ID): [Invoice!]!
    invoice(id: ID!): Invoice
    customer(id: ID!): Customer
  }
`;

const INVOICE = `id, number, status, issued_at AS "issuedAt", due_on AS "dueOn",
  total_minor AS "totalMinor", customer_id AS "customerId"`;
const NEWEST = "ORDER BY created_at DESC, id DESC";

// Named, so that each connection prepares a statement once.
async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

const resolvers = {
  Query: {
    invoices(_, { first, afterAt, afterId, status, customerId }, { workspace }) {
      if (status) {
        return rows(
          "filtered",
          `SELECT ${INVOICE} FROM invoices
           WHERE workspace_id = $1 AND status = $3 AND customer_id = $4 ${NEWEST} LIMIT $2`,
          [workspace, first, status, customerId],
        );
      }
      if (afterAt) {
        return rows(
          "deep",
          `SELECT ${INVOICE} FROM invoices
           WHERE workspace_id = $1 AND (created_at, id) < ($3, $4) ${NEWEST} LIMIT $2`,
          [workspace, first, afterAt, afterId],
        );
      }
      return rows(
        "list",
        `SELECT ${INVOICE} FROM invoices WHERE workspace_id = $1 ${NEWEST} LIMIT $2`,
        [workspace, first],
      );
    },
    async invoice(_, { id }, { workspace }) {
      const found = await rows(
        "invoice",
        `SELECT ${INVOICE} FROM invoices WHERE workspace_id = $1 AND id = $2`,
        [workspace, id],
      );
      return found[0];
    },
    async customer(_, { id }, { workspace }) {
      const found = await rows(
        "customer",
        "SELECT id, name, email FROM customers WHERE workspace_id = $1 AND id = $2",
        [workspace, id],
      );
      return found[0];
    },
  },
  Customer: {
    invoices(customer, { first }, { workspace }) {
      return rows(
        "of-customer",
        `SELECT ${INVOICE} FROM invoices
         WHERE workspace_id = $1 AND customer_id = $3 ${NEWEST} LIMIT $2`,
        [workspace, first, customer.id],
      );
    },
  },
};

const loaders = {
  Invoice: {
    customer: {
      async loader(asked, { workspace }) {
        const ids = asked.map(({ obj }) => obj.customerId);
        const found = await rows(
          "customers",
          "SELECT id, name, email FROM customers WHERE workspace_id = $1 AND id = ANY ($2)",
          [workspace, ids],
        );
        const byId = new Map(found.map((customer) => [customer.id, customer]));
        return ids.map((id) => byId.get(id));
      },
      opts: { cache: false },
    },
    lines: {
      async loader(asked, { workspace }) {
        const ids = asked.map(({ obj }) => obj.id);
        const found = await rows(
          "lines",
          `SELECT invoice_id, position, description, quantity, unit_amount AS "unitAmount",
             tax_minor AS "taxMinor", amount_minor AS "amountMinor"
           FROM line_items WHERE workspace_id = $1 AND invoice_id = ANY ($2)
           ORDER BY invoice_id, position`,
          [workspace, ids],
        );
        const byInvoice = new Map(ids.map((id) => [id, []]));
        for (const line of found) byInvoice.get(line.invoice_id).push(line);
        return ids.map((id) => byInvoice.get(id));
      },
      opts: { cache: false },
    },
  },
};

const app = Fastify({ logger: false, keepAliveTimeout: 75_000 });
app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  context: (request) => ({ workspace: request.headers["x-workspace"] }),
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
