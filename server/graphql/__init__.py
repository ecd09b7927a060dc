"""GraphQL over HTTP: one endpoint around the schema, by the published rules and no more."""
