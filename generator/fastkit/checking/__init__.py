"""Proving a template good: a file for each kind of check, and a table of them in `check`."""
