"""Work for processors. Every process imports this module, so it should import little."""


def fibonacci(n: int) -> int:
    """By the slowest of the known ways, to have something to do."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
