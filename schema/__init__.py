"""What a client sees: the GraphQL schema, one file a noun, each field saying where its value comes from."""
