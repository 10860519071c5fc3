"""What a project remembers of its template, and how it takes a newer one without losing an edit."""
