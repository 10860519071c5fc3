"""The uploaded files: their content in a folder, what is known of them in the database."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import AfterValidator, JsonValue, NonNegativeInt
from sqlalchemy import delete, func, select, update
from starlette.datastructures import State

from src.core.config import EnvSettings, Seconds
from src.core.database import Database
from src.core.errors import NotFound
from src.core.file_types import check_beginning, type_of
from src.core.folder import Folder
from src.core.periodic import repeated
from src.core.project import ROOT
from src.crud.jobs import Jobs, Kind
from src.models.files import File
from src.models.jobs import Job

HOUR_S = 60 * 60
DAY_S = 24 * HOUR_S

IN_ORDER = (File.created_at, File.id)


TYPES = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".zip": "application/zip",
}


class FileSettings(EnvSettings):
    UPLOAD_FOLDER: Annotated[Path, AfterValidator(lambda path: ROOT / path)] = Path("data/uploads")
    UPLOAD_TYPES: dict[str, str] = TYPES
    MAX_UPLOAD_SIZE: NonNegativeInt = 100 * 1024 * 1024
    TRANSFER_TIMEOUT: Seconds = 600


class Files:
    """`types` has the type of each accepted suffix, such as `.txt`."""

    def __init__(
        self, database: Database, folder: Folder, jobs: Jobs, types: Mapping[str, str]
    ) -> None:
        self.database = database
        self.folder = folder
        self.jobs = jobs
        self.types = types

    async def add(self, name: str, declared_type: str, chunks: AsyncIterator[bytes]) -> File:
        """Holds no connection to the database while the file arrives."""
        file_type = type_of(name, declared_type, self.types)
        file_id = uuid4()
        check = partial(check_beginning, file_type)
        file = File(id=file_id, name=name, type=file_type)
        async with self.folder.receive(file_id, chunks, check) as received:
            file.size, file.sha256 = received.size, received.sha256
            await self._store(file)
        await self.jobs.hand_over(file.job.id)
        return file

    async def _store(self, file: File) -> None:
        async with self.database.transaction() as session:
            file.job = self.jobs.accept(session, DESCRIBE.name, file_id=str(file.id))
            session.add(file)
            await session.flush()
            await self.folder.put_in_place(file.id)

    async def get(self, file_id: UUID) -> File:
        async with self.database.reading() as session:
            if file := await session.get(File, file_id):
                return file
        raise NotFound("File", file_id)

    async def get_with_content(self, file_id: UUID) -> File:
        file = await self.get(file_id)
        if not await self.folder.has(file_id):  # deleted in this moment
            raise NotFound("File", file_id)
        return file

    async def page(self, skip: int, limit: int) -> tuple[list[File], int]:
        """Some of the files, and the number of all."""
        async with self.database.reading() as session:
            found = await session.scalars(
                select(File).order_by(*IN_ORDER).offset(skip).limit(limit)
            )
            total = await session.scalar(select(func.count()).select_from(File))
            return [*found], total or 0

    async def delete(self, file_id: UUID) -> None:
        async with self.folder.remove_after(file_id), self.database.transaction() as session:
            deleted = delete(File).where(File.id == file_id).returning(File.job_id)
            job_id = await session.scalar(deleted)
            if job_id is None:
                raise NotFound("File", file_id)
            await session.execute(delete(Job).where(Job.id == job_id))

    async def count_download(self, file_id: UUID) -> None:
        more = {"downloads": File.downloads + 1}
        await self.database.execute(update(File).where(File.id == file_id).values(more))

    async def describe(self, file_id: str) -> JsonValue:
        """A job: whether the content is what was received, and how many lines a text has."""
        file = await self.get(UUID(file_id))
        digest, lines = hashlib.sha256(), 0
        async for block in self.folder.read(file.id):
            digest.update(block)
            lines += block.count(b"\n")
        findings: dict[str, JsonValue] = {"intact": digest.hexdigest() == file.sha256}
        return {**findings, "lines": lines} if file.type.startswith("text/") else findings

    async def settle(self, older_than_s: float) -> None:
        """Remove content that is in no record, which a crash left between folder and database.

        `older_than_s`: longer than any upload takes.
        """
        for file_id in await self.folder.unsettled(older_than_s):
            try:
                await self.get(file_id)
            except NotFound:
                await self.folder.remove(file_id)
            await self.folder.settle(file_id)


async def describe(state: State, file_id: str) -> JsonValue:
    return await files_of(state).describe(file_id)


DESCRIBE = Kind("describe_file", describe, owned=True)


def files_of(state: State) -> Files:
    settings: FileSettings = state.file_settings
    return Files(state.database, state.folder, state.jobs, settings.UPLOAD_TYPES)


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    settings = state.file_settings = FileSettings()
    longest = settings.TRANSFER_TIMEOUT or DAY_S
    folder = state.folder = Folder(settings.UPLOAD_FOLDER, settings.MAX_UPLOAD_SIZE)
    await folder.open(longest)

    async def settle() -> None:
        await files_of(state).settle(longest)

    async with repeated(settle, HOUR_S):
        yield
