// PostGraphile 5 over the tables as they are: its own schema, made from the database.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // Orderings by columns that an index holds second, behind the workspace, are wanted too.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 10 },
    }),
  ],
  grafserv: { graphqlPath: "/graphql", watch: false, graphiql: false },
  grafast: { explain: false },
});

const server = createServer({ keepAliveTimeout: 75_000 });
const service = instance.createServ(grafserv);
await service.addTo(server);
await service.ready?.();
server.listen(Number(process.env.PORT), "127.0.0.1");
