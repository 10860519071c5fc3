"""This machine: its files and folders, git, the programs on it, and the signals that end fastkit."""
