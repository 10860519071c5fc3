"""Checking a template: a file for each kind of check, and tables of them in `check`."""
