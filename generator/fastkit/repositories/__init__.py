"""Templates in git repositories: their addresses, the cache, and how git is asked for them."""
