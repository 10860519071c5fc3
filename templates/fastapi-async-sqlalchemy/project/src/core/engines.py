"""The ways to a database."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine


class Engines(NamedTuple):
    transactions: AsyncEngine
    reads: AsyncEngine  # single statements that read
    writes: AsyncEngine  # single statements that write
