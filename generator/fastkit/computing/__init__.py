"""What a template computes, Jinja, YAML and patterns, within bounds of time, memory and size."""
