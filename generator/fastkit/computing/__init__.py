"""Jinja, YAML and patterns of a template, within limits of time, memory and size."""
