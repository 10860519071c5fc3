"""The records of a data file, as ready JSON by id: plain Python, no file and no waiting in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from src.core.errors import NotFound
from src.core.files import Version
from src.core.ids import MAX_ID
from src.core.store_errors import StoreFull


class Record(BaseModel):
    """What every stored model has: subclass it and add fields."""

    id: int = Field(ge=1, le=MAX_ID)


R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Snapshot:
    """What the file held at one moment: it is replaced, never changed."""

    version: Version
    rows: dict[int, bytes]
    last_id: int
    fault: str = ""  # kept, so that a bad file is parsed once and not at each read

    @cached_property
    def in_order(self) -> list[bytes]:
        return list(self.rows.values())


@dataclass
class Draft(Generic[R]):
    """A copy of the rows for a batch of changes to work on."""

    model: type[R]
    path: Path
    rows: dict[int, bytes]
    last_id: int

    def add(self, new: Sequence[Mapping[str, Any]]) -> list[R]:
        """All of them or, after an error, none."""
        if self.last_id + len(new) > MAX_ID:
            raise StoreFull(self.path, "no id is left")
        records = [self.model(id=i, **fields) for i, fields in enumerate(new, self.last_id + 1)]
        self.rows.update(as_rows(records))
        self.last_id += len(records)
        return records

    def update(self, record_id: int, fields: Mapping[str, Any]) -> R:
        old = self.model.model_validate_json(find(self.rows, record_id, self.model))
        record = self.model.model_validate({**old.model_dump(), **fields})
        self.rows.update(as_rows([record]))
        return record

    def delete(self, record_id: int) -> None:
        find(self.rows, record_id, self.model)
        del self.rows[record_id]


def find(rows: Mapping[int, bytes], record_id: int, model: type[Record]) -> bytes:
    try:
        return rows[record_id]
    except KeyError:
        raise NotFound(model.__name__, record_id) from None


def as_rows(records: Sequence[Record]) -> dict[int, bytes]:
    return {record.id: record.model_dump_json().encode() for record in records}


def parse(array: TypeAdapter[list[R]], data: bytes) -> tuple[dict[int, bytes], str]:
    """The rows, or where the fault is and what."""
    try:
        records = array.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = "".join(f"[{part!r}]" for part in first["loc"])
        return {}, f"{place} {first['msg']}".strip()
    rows = as_rows(records)
    if len(rows) < len(records):
        [(record_id, _)] = Counter(record.id for record in records).most_common(1)
        return {}, f"two records have the id {record_id}"
    return rows, ""


def as_array(rows: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


def as_file(rows: Mapping[int, bytes]) -> list[bytes]:
    """An array with one record a line, so that two versions are easy to compare."""
    return [b"[\n", b",\n".join(rows.values()), b"\n]\n"]
