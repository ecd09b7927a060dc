/** Follows a workspace's events by graphql-ws or graphql-sse; prints a JSON line for each, and how it ended. */
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const [transport, url, key, count, after] = process.argv.slice(2);
const headers = { authorization: `Bearer ${key}` };
const clients = {
  ws: () =>
    createWsClient({
      url: url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      connectionParams: headers,
      retryAttempts: 0,
      on: {
        connected: () => console.log(JSON.stringify({ connected: true })),
        closed: ({ code }) => console.log(JSON.stringify({ closed: code })),
      },
    }),
  sse: () => createSseClient({ url, headers, retryAttempts: 0 }),
};
const client = clients[transport]();
const query = `subscription Follow($after: ID) {
  events(after: $after) { id name subjectId invoice { number total { amount currency } } }
}`;

try {
  let told = 0;
  for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
    console.log(JSON.stringify(errors ? { errors } : data.events));
    told += 1;
    if (told === Number(count)) break;
  }
  console.log(JSON.stringify({ ended: "complete" }));
} catch (error) {
  console.log(JSON.stringify({ ended: error.code ?? error.message ?? error }));
}
client.dispose();
