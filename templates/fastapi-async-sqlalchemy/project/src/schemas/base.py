"""What all schemas have in common: bounds on everything that comes from outside."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from src.core.ids import MAX_ID

# strict: the text "12" is not the number 12. forbid: a misspelt field is an error.
AS_DECLARED = ConfigDict(strict=True, extra="forbid")

# PostgreSQL cannot keep a NUL in a text. The pattern also makes pydantic check that the text
# is valid Unicode, which JSON alone does not promise.
NO_NUL = r"^[^\x00]*$"


class Kept(BaseModel):
    """What every record has."""

    id: Annotated[int, Field(ge=1, le=MAX_ID, examples=[1])]
    version: Annotated[int, Field(ge=1, description="Counts the changes", examples=[1])]
