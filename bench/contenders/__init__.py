"""Who takes part: how each is started, how it is asked, and how its answers read in common words."""
