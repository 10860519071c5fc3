"""What several services answered together."""

from pydantic import BaseModel, JsonValue

from src.schemas.sources import SourceFault


class Aggregate(BaseModel):
    """A part that failed is null, and `errors` says why."""

    errors: dict[str, SourceFault]


class ServicesSummary(Aggregate):
    """The first five users, and how many posts and todos there are."""

    users: list[JsonValue] | None
    posts: int | None
    todos: int | None


class AggregatedData(Aggregate):
    results: list[JsonValue]


class Dashboard(Aggregate):
    users: JsonValue
    products: JsonValue
    sales: JsonValue
