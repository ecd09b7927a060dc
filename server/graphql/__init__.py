"""GraphQL over HTTP and WebSocket: operations of the schema, by the published rules."""
