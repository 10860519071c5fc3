"""The uploaded files: their content in a folder, what is known of them in the database."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from functools import partial
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import delete, func, select, update

from src.core.database import Database
from src.core.errors import NotFound
from src.core.file_types import check_beginning, type_of
from src.core.folder import Folder
from src.crud.jobs import Jobs
from src.models.files import File
from src.models.jobs import Job

DESCRIBE = "describe_file"

IN_ORDER = (File.created_at, File.id)


class Files:
    """`types`: the allowed ends of names, and the type of each."""

    def __init__(
        self, database: Database, folder: Folder, jobs: Jobs, types: Mapping[str, str]
    ) -> None:
        self.database = database
        self.folder = folder
        self.jobs = jobs
        self.types = types
        jobs.kinds[DESCRIBE] = self.describe
        jobs.owned.add(DESCRIBE)

    async def add(self, name: str, declared_type: str, chunks: AsyncIterator[bytes]) -> File:
        """No connection to the database is held while the file comes in."""
        file_type = type_of(name, declared_type, self.types)
        file_id = uuid4()
        check = partial(check_beginning, file_type)
        file = File(id=file_id, name=name, type=file_type)
        async with self.folder.receive(file_id, chunks, check) as received:
            file.size, file.sha256 = received.size, received.sha256
            await self._keep(file)
        await self.jobs.hand_over(file.job.id)
        return file

    async def _keep(self, file: File) -> None:
        async with self.database.transaction() as session:
            file.job = self.jobs.accept(session, DESCRIBE, file_id=str(file.id))
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
        if not await self.folder.has(file_id):  # deleted at this moment
            raise NotFound("File", file_id)
        return file

    async def page(self, skip: int, limit: int) -> tuple[list[File], int]:
        async with self.database.reading() as session:
            found = await session.scalars(
                select(File).order_by(*IN_ORDER).offset(skip).limit(limit)
            )
            total = await session.scalar(select(func.count()).select_from(File))
            return [*found], total or 0

    async def delete(self, file_id: UUID) -> None:
        async with self.database.transaction() as session:
            gone = delete(File).where(File.id == file_id).returning(File.job_id)
            job_id = await session.scalar(gone)
            if job_id is None:
                raise NotFound("File", file_id)
            await session.execute(delete(Job).where(Job.id == job_id))
        await self.folder.remove(file_id)

    async def count_download(self, file_id: UUID) -> None:
        more = {"downloads": File.downloads + 1}
        await self.database.execute(update(File).where(File.id == file_id).values(more))

    async def describe(self, file_id: str) -> JsonValue:
        """In the background: whether the content is what was received and, of a text, its size."""
        file = await self.get(UUID(file_id))
        digest, lines = hashlib.sha256(), 0
        async for block in self.folder.read(file.id):
            digest.update(block)
            lines += block.count(b"\n")
        intact = digest.hexdigest() == file.sha256
        return {"intact": intact} | ({"lines": lines} if file.type.startswith("text/") else {})
