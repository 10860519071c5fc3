"""Templates in git repositories: their addresses, the cache, and git that fetches them within bounds."""
