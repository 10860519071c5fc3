"""The application."""

from typing import Annotated

from fastapi import FastAPI, Path
from pydantic import BaseModel

app = FastAPI()


class Greeting(BaseModel):
    message: str


@app.get("/greetings/{name}")
async def greet(name: Annotated[str, Path(max_length=80)]) -> Greeting:
    """Greet somebody by name."""
    return Greeting(message=f"Hello {name}")
