"""Records as lines of text: JSON Lines for programs, CSV for spreadsheets."""

import csv
import json
from collections.abc import Iterable
from io import StringIO

from src.schemas.base import Record

# A spreadsheet takes a text that begins so for a formula, and computes it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_lines(records: Iterable[Record]) -> str:
    return "".join(f"{record.model_dump_json()}\n" for record in records)


def csv_lines(records: Iterable[Record]) -> str:
    return csv_rows(record.model_dump(mode="json").values() for record in records)


def csv_rows(rows: Iterable[Iterable[object]]) -> str:
    lines = StringIO()
    csv.writer(lines).writerows([_cell(value) for value in row] for row in rows)
    return lines.getvalue()


def _cell(value: object) -> str:
    """Numbers and texts as they are, nothing for null, and JSON for all else."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
