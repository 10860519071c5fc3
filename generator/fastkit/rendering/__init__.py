"""Rendering a recipe into files in a temporary folder."""
