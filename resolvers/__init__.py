"""What the product does: one async function an act, one transaction each; no GraphQL, no HTTP."""
