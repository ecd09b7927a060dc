"""The limit: hand-written SQL that answers the JSON itself, behind as little Python as can serve it."""
