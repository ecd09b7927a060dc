/** Runs graphql-http's audit of a server, one check at a time; prints a JSON line for each. */
import { serverAudits } from "graphql-http";

const [url, key] = process.argv.slice(2);

const fetchFn = (input, { headers, ...init } = {}) =>
  fetch(input, { ...init, headers: { ...headers, authorization: `Bearer ${key}` } });

for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason = "" } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
