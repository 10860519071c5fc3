"""Files may be larger than other bodies, and take longer."""

from fastapi import Depends, Request

from src.core.middleware import Limits
from src.crud.files import FileSettings

FORM_SIZE = 16 * 1024  # what a form has around the file


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def allow_large_transfer(request: Request) -> None:
    settings: FileSettings = request.app.state.file_settings
    limits: Limits = request.state.limits
    limits.max_body_size = settings.MAX_UPLOAD_SIZE and settings.MAX_UPLOAD_SIZE + FORM_SIZE
    limits.restart_timeout(settings.TRANSFER_TIMEOUT)


LargeTransfer = Depends(allow_large_transfer)
