"""What an id can be."""

# The largest integer that JavaScript, too, reads exactly.
MAX_ID = 2**53 - 1
