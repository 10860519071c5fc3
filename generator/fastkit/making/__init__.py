"""From a plan to a project: put in place, under git, installed."""
