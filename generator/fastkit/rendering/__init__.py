"""From a template and its answers to files in a folder of their own."""
