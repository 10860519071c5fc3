"""/files over HTTP: what is sent, what is told of it, and how it is fetched again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from src.api.database_errors import WRITES
from src.api.deps import FilesDep
from src.api.downloads import DOWNLOAD, HEAD, ConditionsDep, send, send_head
from src.api.errors import answers
from src.api.later import AfterAnswerDep
from src.api.params import Limit, Offset, QueryOnce
from src.api.responses import LOCATION, TOTAL_COUNT, path_of
from src.api.transfers import LargeTransfer
from src.api.uploads import FORM, UploadDep
from src.schemas.files import FileInfo

router = APIRouter(prefix="/files", tags=["files"])

UPLOAD = answers(
    {
        400: "The body is not a form with one file",
        413: "The file is too large",
        415: "The type is not allowed",
    }
)
NOT_FOUND = answers({404: "File not found"})


@router.post(
    "/",
    status_code=201,
    responses=LOCATION | UPLOAD | WRITES,
    openapi_extra=FORM,
    dependencies=[LargeTransfer],
)
async def upload_file(
    upload: UploadDep, files: FilesDep, request: Request, response: Response
) -> FileInfo:
    """Keeps the file. It is then looked at in the background: poll its `status`."""
    file = await files.add(upload.name, upload.type, upload.chunks)
    response.headers["Location"] = path_of(request, "read_file", file_id=file.id)
    return FileInfo.model_validate(file)


@router.get("/", responses=TOTAL_COUNT, dependencies=[QueryOnce])
async def read_files(
    files: FilesDep, response: Response, skip: Offset = 0, limit: Limit = 100
) -> list[FileInfo]:
    """A page of the files; the header X-Total-Count tells how many there are in all."""
    page, total = await files.page(skip, limit)
    response.headers["X-Total-Count"] = str(total)
    return [FileInfo.model_validate(file) for file in page]


@router.get("/{file_id}", responses=NOT_FOUND)
async def read_file(file_id: UUID, files: FilesDep) -> FileInfo:
    return FileInfo.model_validate(await files.get(file_id))


@router.get(
    "/{file_id}/content",
    response_class=Response,
    responses=DOWNLOAD | NOT_FOUND,
    dependencies=[LargeTransfer],
)
async def download_file(
    file_id: UUID, files: FilesDep, wanted: ConditionsDep, after: AfterAnswerDep
) -> Response:
    """The content, or a part of it (`Range`), under the name that it was sent with."""
    response = send(await files.get_with_content(file_id), files.folder, wanted)
    if response.status_code == 200:
        after.do(files.count_download, file_id)
    return response


@router.head("/{file_id}/content", response_class=Response, responses=HEAD | NOT_FOUND)
async def read_content_headers(
    file_id: UUID, files: FilesDep, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """What there is to download: its size, type and name, and that parts can be asked for."""
    return send_head(await files.get_with_content(file_id), if_none_match)


@router.delete("/{file_id}", status_code=204, responses=NOT_FOUND | WRITES)
async def delete_file(file_id: UUID, files: FilesDep) -> None:
    await files.delete(file_id)
