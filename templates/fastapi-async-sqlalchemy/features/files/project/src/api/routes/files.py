"""/files over HTTP: upload, list, download and delete."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Request, Response

from src.api.deps import PageLimit, PageSkip
from src.api.downloads import DOWNLOAD, HEAD, ConditionsDep, send, send_head
from src.api.errors import NO_ROOM, Responses, answers
from src.api.transfers import LargeTransfer
from src.api.uploads import FORM, UploadDep
from src.crud.files import Files, files_of
from src.schemas.files import FileInfo

router = APIRouter(prefix="/files", tags=["files"])


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_files(request: Request) -> Files:
    return files_of(request.app.state)


FilesDep = Annotated[Files, Depends(get_files)]

NOT_FOUND = answers({404: "File not found"})
UPLOAD: Responses = {
    **answers(
        {
            400: "The body is not a form",
            413: "The file is too large",
            415: "The type is not allowed",
        }
    ),
    # FastAPI declares this by itself where it reads the body.
    422: {
        "description": "The form does not hold one file with a name",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}
        },
    },
}


@router.post(
    "/",
    status_code=201,
    responses=UPLOAD | NO_ROOM,
    openapi_extra=FORM,
    dependencies=[LargeTransfer],
)
async def upload_file(
    upload: UploadDep, files: FilesDep, request: Request, response: Response
) -> FileInfo:
    """Keep the file. A background job then checks it: poll its `status`."""
    file = await files.add(upload.name, upload.type, upload.chunks)
    response.headers["Location"] = request.url_for("read_file", file_id=file.id).path
    return FileInfo.model_validate(file)


@router.get("/")
async def read_files(
    files: FilesDep, response: Response, skip: PageSkip = 0, limit: PageLimit = 100
) -> list[FileInfo]:
    """A page of the files; the header X-Total-Count says how many there are in all."""
    page, total = await files.page(skip, limit)
    response.headers["X-Total-Count"] = str(total)
    return [FileInfo.model_validate(file) for file in page]


@router.get("/{file_id:uuid}", responses=NOT_FOUND)
async def read_file(file_id: UUID, files: FilesDep) -> FileInfo:
    return FileInfo.model_validate(await files.get(file_id))


@router.get(
    "/{file_id:uuid}/content",
    response_class=Response,
    responses=DOWNLOAD | NOT_FOUND,
    dependencies=[LargeTransfer],
)
async def download_file(
    file_id: UUID, files: FilesDep, wanted: ConditionsDep, tasks: BackgroundTasks
) -> Response:
    """The content, or a part of it (`Range`), under the name it was sent with."""
    response = send(await files.get_with_content(file_id), files.folder, wanted)
    if response.status_code == 200:
        tasks.add_task(files.count_download, file_id)  # after the answer: nobody waits for it
    return response


@router.head("/{file_id:uuid}/content", response_class=Response, responses=HEAD | NOT_FOUND)
async def read_content_headers(
    file_id: UUID, files: FilesDep, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Size, type and name of the content, and that parts of it can be asked for."""
    return send_head(await files.get_with_content(file_id), if_none_match)


@router.delete("/{file_id:uuid}", status_code=204, responses=NOT_FOUND | NO_ROOM)
async def delete_file(file_id: UUID, files: FilesDep) -> None:
    await files.delete(file_id)
