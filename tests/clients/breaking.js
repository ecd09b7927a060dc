/**
 * What a new schema breaks of an old one, by graphql-inspector; prints a line for each breach.
 * What the old one had deprecated may go. Exits with 1 where there is a breach.
 */
import { CriticalityLevel, diff, DiffRule } from "@graphql-inspector/core";
import { buildSchema } from "graphql";
import { readFileSync } from "node:fs";

const [before, after] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, "utf8")));

const changes = await diff(before, after, [DiffRule.suppressRemovalOfDeprecatedField]);
const breaches = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);

for (const { path, message } of breaches) console.log(`${path}: ${message}`);
process.exitCode = breaches.length ? 1 : 0;
