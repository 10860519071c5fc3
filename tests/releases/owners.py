"""What the owners of projects of 0.1.0 have made of them: the edits of a shop, as data."""

from collections.abc import Mapping
from pathlib import Path

Changes = Mapping[str, str | Mapping[str, str] | None]
"""By path: a whole file, texts to replace, each of which is there once, or None for a file to delete."""


def edit(project: Path, changes: Changes) -> None:
    for path, change in changes.items():
        file = project / path
        if change is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(change if isinstance(change, str) else replaced(file, change), "utf-8")


def replaced(file: Path, texts: Mapping[str, str]) -> str:
    text = file.read_text("utf-8")
    for old, new in texts.items():
        assert text.count(old) == 1, f"`{old}` in {file}"
        text = text.replace(old, new)
    return text


def after(line: str, more: str) -> dict[str, str]:
    """More text after a line."""
    return {line: line + more}


# Both templates.

SETTINGS: Changes = {
    "src/core/config.py": {
        "    REQUEST_TIMEOUT: ": '    # The shop\n    CURRENCY: str = "EUR"\n\n    REQUEST_TIMEOUT: ',
    },
    "README.md": {
        "| `REQUEST_TIMEOUT` | `30` |": (
            "| `CURRENCY` | `EUR` | What prices are in |\n| `REQUEST_TIMEOUT` | `30` |"
        ),
        "## Test and check\n": (
            "## Who to ask\n\nAda runs the shop; the prices are hers.\n\n## Test and check\n"
        ),
    },
    "pyproject.toml": after('    "pydantic-settings>=2.16",\n', '    "markdown-it-py>=3",\n'),
    ".env": "# This machine of the shop\nCURRENCY=CHF\nLOG_LEVEL=WARNING\n",
    "docs/prices.md": "# Prices\n\nThey are told with tax.\n",
}

MAKEFILE: Changes = {
    "Makefile": {
        "test:  ## Run the tests\n": (
            "prices:  ## Print the prices\n\tcat docs/prices.md\n\ntest:  ## Run the tests\n"
        ),
    },
}

# fastapi-async-crud: an own resource, after the README's recipe; a new and an edited route; a new field.

JSON_FIELD: Changes = {
    "src/schemas/items.py": {
        "\n# strict: the": (
            'Maker = Annotated[str, Field(max_length=30, examples=["Old and Sons"])]\n\n# strict: the'
        ),
        **after("    tax: Amount | None = None\n", "    maker: Maker | None = None\n"),
        **after("    tax: Amount | None\n", "    maker: Maker | None\n"),
    },
    "tests/test_items.py": {
        "\n\n\nasync def test_create_item": '\nITEM["maker"] = "Old and Sons"\n\n\nasync def test_create_item'
    },
    "tests/test_api.py": {
        '"description": None, "price": 1.0, "tax": None}': (
            '"description": None, "price": 1.0, "tax": None, "maker": None}'
        ),
    },
}

JSON_NOTES: Changes = {
    "src/api/routes/items.py": {
        "offset: Offset = 0, limit: Limit = 100": "offset: Offset = 0, limit: Limit = 50",
        "how many there are in all.": "how many the shop has in all.",
        '@router.get("/{item_id:id}", response_model': (
            '@router.get("/count")\n'
            "async def count_items(items: ItemsDep) -> int:\n"
            '    """How many items the shop has."""\n'
            "    _, total = await items.page(0, 1)\n"
            "    return total\n\n\n"
            '@router.get("/{item_id:id}", response_model'
        ),
    },
    "src/schemas/notes.py": '''\
"""What a note is, and what a client may send."""

from typing import Annotated

from pydantic import BaseModel, Field, with_config
from typing_extensions import TypedDict

from src.core.rows import Record
from src.schemas.items import AS_DECLARED

Text = Annotated[str, Field(min_length=1, max_length=1000, examples=["Order more ink"])]


class NoteCreate(BaseModel):
    model_config = AS_DECLARED

    text: Text


@with_config(AS_DECLARED)
class NoteUpdate(TypedDict, total=False):
    text: Text


class Note(NoteCreate, Record):
    pass
''',
    "src/crud/notes.py": '''\
"""The notes: what can be done with them."""

from pathlib import Path

from src.core.store import JsonStore
from src.schemas.notes import Note, NoteCreate, NoteUpdate


class Notes:
    def __init__(self, data_file: Path) -> None:
        self.store = JsonStore(Note, data_file)

    async def page(self, offset: int, limit: int) -> tuple[bytes, int]:
        return await self.store.page(offset, limit)

    async def get(self, note_id: int) -> bytes:
        return await self.store.get(note_id)

    async def create(self, note: NoteCreate) -> Note:
        [created] = await self.store.add([note.model_dump()])
        return created

    async def update(self, note_id: int, changes: NoteUpdate) -> Note:
        return await self.store.update(note_id, changes)

    async def delete(self, note_id: int) -> None:
        await self.store.delete(note_id)
''',
    "src/api/deps.py": {
        **after("from src.crud.items import Items\n", "from src.crud.notes import Notes\n"),
        **after(
            "ItemIds = Annotated[list[int], Depends(get_item_ids)]\n",
            "\n\nasync def get_notes(request: Request) -> Notes:\n"
            "    notes: Notes = request.app.state.notes\n"
            "    return notes\n\n\n"
            "NotesDep = Annotated[Notes, Depends(get_notes)]\n",
        ),
    },
    "src/api/routes/notes.py": '''\
"""/notes over HTTP."""

from fastapi import APIRouter, Request, Response

from src.api.deps import NotesDep
from src.api.errors import INVALID, NOT_FOUND, WITH_BODY
from src.api.params import Limit, Offset, QueryOnce, RecordId
from src.api.responses import LOCATION, TOTAL_COUNT, ReadyJson, path_of
from src.api.store_errors import WRITES
from src.schemas.notes import Note, NoteCreate, NoteUpdate

router = APIRouter(prefix="/notes", tags=["notes"], responses=INVALID)


@router.get("/", response_model=list[Note], responses=TOTAL_COUNT, dependencies=[QueryOnce])
async def read_notes(notes: NotesDep, offset: Offset = 0, limit: Limit = 100) -> ReadyJson:
    page, total = await notes.page(offset, limit)
    return ReadyJson(page, headers={"X-Total-Count": str(total)})


@router.get("/{note_id:id}", response_model=Note, responses=NOT_FOUND)
async def read_note(note_id: RecordId, notes: NotesDep) -> ReadyJson:
    return ReadyJson(await notes.get(note_id))


@router.post("/", status_code=201, responses=LOCATION | WITH_BODY | WRITES)
async def create_note(
    note: NoteCreate, notes: NotesDep, request: Request, response: Response
) -> Note:
    created = await notes.create(note)
    response.headers["Location"] = path_of(request, "read_note", note_id=created.id)
    return created


@router.put("/{note_id:id}", responses=NOT_FOUND | WITH_BODY | WRITES)
async def update_note(note_id: RecordId, changes: NoteUpdate, notes: NotesDep) -> Note:
    return await notes.update(note_id, changes)


@router.delete("/{note_id:id}", status_code=204, responses=NOT_FOUND | WRITES)
async def delete_note(note_id: RecordId, notes: NotesDep) -> None:
    await notes.delete(note_id)
''',
    "src/main.py": {
        **after("from src.crud.items import Items\n", "from src.crud.notes import Notes\n"),
        **after(
            "        app.state.items = items = Items(settings.DATA_FILE)\n",
            '        app.state.notes = notes = Notes(settings.DATA_FILE.with_name("notes.json"))\n',
        ),
        **after("        await items.store.open()\n", "        await notes.store.open()\n"),
        **after("            await items.store.close()\n", "            await notes.store.close()\n"),
    },
    "src/api/api.py": {
        "import items, status": "import items, notes, status",
        **after("    items.router,\n", "    notes.router,\n"),
    },
    "tests/test_notes.py": '''\
"""The notes of the shop."""

from httpx2 import AsyncClient


async def test_a_note_is_kept(async_client: AsyncClient) -> None:
    created = await async_client.post("/notes/", json={"text": "Order more ink"})

    assert created.json() == {"id": 1, "text": "Order more ink"}
    assert (await async_client.get("/notes/1")).json() == created.json()
    assert (await async_client.get("/items/count")).json() == 0
''',
}

DATA_ELSEWHERE: Changes = {
    ".env": "# This machine of the shop\nDATA_FILE=var/todos.json\n",
    ".gitignore": {"/data/uploads/\n": "/data/uploads/\n/var/\n"},
}

# fastapi-async-sqlalchemy: a new column with its migration, and an own resource with another one.

SQL_ROUTES: Changes = {
    "src/api/routes/items.py": {
        "skip: Skip = 0, limit: Limit = 100": "skip: Skip = 0, limit: Limit = 50",
        '@router.get("/{item_id:id}", response_model': (
            '@router.get("/count")\n'
            "async def count_items(database: DatabaseDep) -> int:\n"
            '    """How many items the shop has."""\n'
            "    return (await ITEMS.page(database, 0, 1)).total or 0\n\n\n"
            '@router.get("/{item_id:id}", response_model'
        ),
    },
}

SQL_COLUMN: Changes = {
    "src/models/users.py": after(
        "    email: Mapped[str] = mapped_column(String(254), unique=True)\n",
        "    nickname: Mapped[str | None] = mapped_column(String(40))\n",
    ),
    "src/schemas/users.py": {
        "\n\nclass UserCreate(": (
            'Nickname = Annotated[str, Field(max_length=40, pattern=NO_NUL, examples=["The first"])]\n'
            "\n\nclass UserCreate("
        ),
        "    username: Username\n    email: Email\n\n\n@with_config": (
            "    username: Username\n    email: Email\n    nickname: Nickname | None = None\n\n\n@with_config"
        ),
        "    username: Username\n    email: Email\n\n\nclass User(": (
            "    username: Username\n    email: Email\n    nickname: Nickname | None\n\n\nclass User("
        ),
    },
}

SQL_NOTES: Changes = {
    "src/models/notes.py": '''\
"""The notes."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from src.models.base import Base, CreatedAt, PrimaryKey


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]
''',
    "src/models/__init__.py": {
        **after("from src.models.jobs import Job\n", "from src.models.notes import Note\n"),
        '"Job", ': '"Job", "Note", ',
    },
    "src/schemas/notes.py": '''\
"""What a note is, and what a client may send."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, with_config
from typing_extensions import TypedDict

from src.core.ids import MAX_ID
from src.schemas.base import AS_DECLARED, NO_NUL, Kept

Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=NO_NUL)]


class NoteCreate(BaseModel):
    model_config = AS_DECLARED

    user_id: Annotated[int, Field(ge=1, le=MAX_ID)]
    text: Text


@with_config(AS_DECLARED)
class NoteUpdate(TypedDict, total=False):
    text: Text


class Note(NoteCreate, Kept):
    created_at: AwareDatetime
''',
    "src/crud/notes.py": '''\
"""The notes."""

from src.core.records import Records
from src.models import Note

NOTES = Records(Note)
''',
    "src/api/routes/notes.py": '''\
"""/notes over HTTP."""

from fastapi import APIRouter, Request

from src.api.database_errors import WRITES
from src.api.deps import DatabaseDep
from src.api.errors import INVALID, NOT_FOUND, WITH_BODY
from src.api.params import Limit, QueryOnce, RecordId
from src.api.records import (
    A_PAGE,
    ANY,
    CHANGED,
    NEW,
    ONE,
    After,
    IfMatch,
    Skip,
    send_new,
    send_one,
    send_page,
    version_in,
)
from src.api.responses import ReadyJson, path_of
from src.crud.notes import NOTES
from src.schemas.notes import Note, NoteCreate, NoteUpdate

router = APIRouter(prefix="/notes", tags=["notes"], responses=INVALID)


@router.get("/", response_model=list[Note], responses=A_PAGE, dependencies=[QueryOnce])
async def read_notes(
    database: DatabaseDep, skip: Skip = 0, limit: Limit = 100, after: After = None
) -> ReadyJson:
    return send_page(NOTES, await NOTES.page(database, skip, limit, after), limit)


@router.get("/{note_id:id}", response_model=Note, responses=ONE | NOT_FOUND)
async def read_note(note_id: RecordId, database: DatabaseDep) -> ReadyJson:
    return send_one(NOTES, await NOTES.get(database, note_id))


@router.post("/", status_code=201, response_model=Note, responses=NEW | WITH_BODY | WRITES)
async def create_note(note: NoteCreate, database: DatabaseDep, request: Request) -> ReadyJson:
    created = await NOTES.add(database, note.model_dump())
    return send_new(NOTES, created, path_of(request, "read_note", note_id=created.id))


@router.put(
    "/{note_id:id}",
    response_model=Note,
    responses=ONE | NOT_FOUND | CHANGED | WITH_BODY | WRITES,
)
async def update_note(
    note_id: RecordId, changes: NoteUpdate, database: DatabaseDep, if_match: IfMatch = ANY
) -> ReadyJson:
    return send_one(NOTES, await NOTES.update(database, note_id, changes, version_in(if_match)))


@router.delete("/{note_id:id}", status_code=204, responses=NOT_FOUND | WRITES)
async def delete_note(note_id: RecordId, database: DatabaseDep) -> None:
    await NOTES.delete(database, note_id)
''',
    "src/api/api.py": {
        "items, jobs": "items, jobs, notes",
        **after("    items.router,\n", "    notes.router,\n"),
    },
    "tests/test_notes.py": '''\
"""The notes of the shop."""

from httpx2 import AsyncClient


async def test_a_note_is_kept(async_client: AsyncClient) -> None:
    user = await async_client.post("/users/", json={"username": "ada", "email": "ada@example.com"})
    note = {"user_id": user.json()["id"], "text": "Order more ink"}

    created = await async_client.post("/notes/", json=note)

    assert created.json().items() >= note.items()
    assert (await async_client.get(created.headers["Location"])).json() == created.json()
''',
}

# Features.

JSON_COMPOSE: Changes = {
    "compose.yaml": {
        '      - "127.0.0.1:8000:8000"\n': '      - "127.0.0.1:9000:8000"\n',
        **after("      DATA_FILE: /data/items.json\n", "      CURRENCY: CHF\n"),
    },
    "AGENTS.md": {
        "## Rules\n": "## The shop\n\nPrices are told with tax.\n\n## Rules\n",
    },
}

SQL_DEPLOYMENT: Changes = {
    "compose.yaml": {'      - "127.0.0.1:8000:8000"\n': '      - "127.0.0.1:9000:8000"\n'},
    "k8s/production/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\nnamespace: shop\nresources: [../base]\n"
    ),
    "k8s/base/autoscaler.yaml": {"  maxReplicas: 4\n": "  maxReplicas: 8\n"},
    ".github/workflows/checks.yml": {
        "    branches: [main]\n": "    branches: [main, shop]\n",
    },
    "AGENTS.md": {
        "## Rules\n": "## The shop\n\nPrices are told with tax.\n\n## Rules\n",
    },
}

WITHOUT_JUST: Changes = {"justfile": None, ".devcontainer/devcontainer.json": None}

# What the owners write to settle an update to 2.0.0 of fastapi-async-crud, once they have taken the
# template's side of each conflict: an own resource returns models, as those of the template do.

JSON_SETTLED: Changes = {
    "src/schemas/notes.py": {"src.core.rows import Record": "src.core.store import Record"},
    "src/crud/notes.py": '''\
"""The notes: what can be done with them."""

from src.core.store import JsonStore
from src.schemas.notes import Note, NoteCreate


class Notes(JsonStore[Note]):
    model = Note
    name = "notes"

    async def create(self, note: NoteCreate) -> Note:
        [created] = await self.add([note.model_dump()])
        return created
''',
    "src/api/routes/notes.py": '''\
"""/notes over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from src.api.deps import PageLimit, PageOffset, RecordId, store
from src.api.errors import NO_ROOM, WITH_BODY, answers
from src.crud.notes import Notes
from src.schemas.notes import Note, NoteCreate, NoteUpdate

router = APIRouter(prefix="/notes", tags=["notes"])

NotesDep = Annotated[Notes, Depends(store(Notes))]

NOT_FOUND = answers({404: "Note not found"})


@router.get("/")
async def read_notes(
    notes: NotesDep, response: Response, offset: PageOffset = 0, limit: PageLimit = 100
) -> list[Note]:
    page, total = await notes.page(offset, limit)
    response.headers["X-Total-Count"] = str(total)
    return page


@router.get("/{note_id:int}", responses=NOT_FOUND)
async def read_note(note_id: RecordId, notes: NotesDep) -> Note:
    return await notes.get(note_id)


@router.post("/", status_code=201, responses=WITH_BODY | NO_ROOM)
async def create_note(note: NoteCreate, notes: NotesDep) -> Note:
    return await notes.create(note)


@router.put("/{note_id:int}", responses=NOT_FOUND | WITH_BODY | NO_ROOM)
async def update_note(note_id: RecordId, changes: NoteUpdate, notes: NotesDep) -> Note:
    return await notes.update(note_id, changes)


@router.delete("/{note_id:int}", status_code=204, responses=NOT_FOUND | NO_ROOM)
async def delete_note(note_id: RecordId, notes: NotesDep) -> None:
    await notes.delete(note_id)
''',
    "src/crud/__init__.py": {
        **after("from src.crud.items import Items\n", "from src.crud.notes import Notes\n"),
        **after("    Items,\n", "    Notes,\n"),
    },
    "src/core/config.py": {
        '        return None if named else ROOT / f"src/mocks/mock_{name}.json"\n': (
            '        file = "notes.json" if name == "notes" else f"mock_{name}.json"\n'
            '        return None if named else ROOT / "src/mocks" / file\n'
        ),
    },
    "src/api/routes/items.py": {
        "limit: PageLimit = 100": "limit: PageLimit = 50",
        '@router.get("/{item_id:int}"': (
            '@router.get("/count")\n'
            "async def count_items(items: ItemsDep) -> int:\n"
            '    """How many items the shop has."""\n'
            "    _, total = await items.page(0, 1)\n"
            "    return total\n\n\n"
            '@router.get("/{item_id:int}"'
        ),
    },
}

JSON_SETTLED_WITH_A_FIELD: Changes = {
    **JSON_SETTLED,
    "src/schemas/items.py": {
        "\n# strict: the": (
            'Maker = Annotated[str, Field(max_length=30, examples=["Old and Sons"])]\n\n# strict: the'
        ),
        **after("    tax: Tax | None = None\n", "    maker: Maker | None = None\n"),
        **after("    tax: Tax | None\n", "    maker: Maker | None\n"),
    },
}

# The same of fastapi-async-sqlalchemy.

SQL_ROUTES_SETTLED: Changes = {
    "src/api/routes/items.py": {
        '@router.get("/{item_id:int}"': (
            '@router.get("/count")\n'
            "async def count_items(database: DatabaseDep) -> int:\n"
            '    """How many items the shop has."""\n'
            "    return (await ITEMS.page(database, ItemQuery(limit=1))).total or 0\n\n\n"
            '@router.get("/{item_id:int}"'
        ),
    },
}

SQL_SETTLED: Changes = {
    **SQL_ROUTES_SETTLED,
    "src/schemas/users.py": {
        "import AS_DECLARED, PageQuery": "import AS_DECLARED, NO_NUL, PageQuery",
        '    Field(examples=["ada@example.com"]),\n]\n': (
            '    Field(examples=["ada@example.com"]),\n]\n'
            'Nickname = Annotated[str, Field(max_length=40, pattern=NO_NUL, examples=["The first"])]\n'
        ),
        "    email: Email\n\n\n@with_config": (
            "    email: Email\n    nickname: Nickname | None = None\n\n\n@with_config"
        ),
        "    email: Email\n\n\nclass User(": (
            "    email: Email\n    nickname: Nickname | None\n\n\nclass User("
        ),
    },
    "src/schemas/notes.py": {
        "from src.core.ids import MAX_ID\n": "",
        "import AS_DECLARED, NO_NUL, Kept": "import AS_DECLARED, NO_NUL, Id, PageQuery, VersionedRecord",
        "    user_id: Annotated[int, Field(ge=1, le=MAX_ID)]\n": "    user_id: Id\n",
        "class Note(NoteCreate, Kept):\n    created_at: AwareDatetime\n": (
            "class Note(NoteCreate, VersionedRecord):\n    created_at: AwareDatetime\n\n\n"
            "class NoteQuery(PageQuery, frozen=True):\n    user_id: Id | None = None\n"
        ),
    },
    "src/crud/notes.py": {
        "from src.core.records import Records\nfrom src.models import Note\n": (
            "from src import models\nfrom src.core.records import Records\n"
            "from src.schemas.notes import Note\n"
        ),
        "Records(Note)": "Records(models.Note, Note)",
    },
    "src/api/routes/notes.py": '''\
"""/notes over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from src.api.deps import DatabaseDep, RecordId
from src.api.errors import NO_ROOM, WITH_BODY, answers
from src.api.headers import IfMatch, set_etag, set_page
from src.crud.notes import NOTES
from src.schemas.notes import Note, NoteCreate, NoteQuery, NoteUpdate

router = APIRouter(prefix="/notes", tags=["notes"])

NOT_FOUND = answers({404: "Note not found"})


@router.get("/")
async def read_notes(
    query: Annotated[NoteQuery, Query()], database: DatabaseDep, response: Response
) -> list[Note]:
    page = await NOTES.page(database, query)
    set_page(response, query, page)
    return page.records


@router.get("/{note_id:int}", responses=NOT_FOUND)
async def read_note(note_id: RecordId, database: DatabaseDep) -> Note:
    return await NOTES.get(database, note_id)


@router.post("/", status_code=201, responses=WITH_BODY | NO_ROOM)
async def create_note(
    note: NoteCreate, database: DatabaseDep, request: Request, response: Response
) -> Note:
    created = await NOTES.add(database, note.model_dump())
    response.headers["Location"] = request.url_for("read_note", note_id=created.id).path
    return created


@router.put("/{note_id:int}", responses=NOT_FOUND | WITH_BODY | NO_ROOM)
async def update_note(
    note_id: RecordId,
    changes: NoteUpdate,
    database: DatabaseDep,
    versions: IfMatch,
    response: Response,
) -> Note:
    updated = await NOTES.update(database, note_id, changes, versions)
    set_etag(response, updated)
    return updated


@router.delete("/{note_id:int}", status_code=204, responses=NOT_FOUND | NO_ROOM)
async def delete_note(note_id: RecordId, database: DatabaseDep) -> None:
    await NOTES.delete(database, note_id)
''',
}
