"""Where a project's application and environment are, and which port is free."""
