"""Answers that are made of those of several services, which are asked at the same time."""

from collections.abc import Mapping

from pydantic import JsonValue
from starlette.datastructures import State

from src.core.http_errors import SourceUnreadable
from src.core.services import Services
from src.crud.sources import Sources, SourceSettings, fault_of
from src.schemas.aggregation import AggregatedData, Dashboard, ServicesSummary
from src.schemas.sources import ExternalData

USERS_SHOWN = 5


class Aggregation:
    """`patience_s` is for each part, with its retries."""

    def __init__(self, services: Services, patience_s: float) -> None:
        self.services = services
        self.patience_s = patience_s

    async def summary(self) -> ServicesSummary:
        parts = {name: name for name in ("users", "posts", "todos")}
        found = await self._ask("placeholder", parts)
        users, posts, todos = (_listed(found, name) for name in parts)
        return ServicesSummary(
            users=None if users is None else users[:USERS_SHOWN],
            posts=None if posts is None else len(posts),
            todos=None if todos is None else len(todos),
            errors=found.errors,
        )

    async def data(self) -> AggregatedData:
        parts = {f"post {number}": f"posts/{number}" for number in (1, 2, 3)}
        found = await self._ask("placeholder", parts)
        return AggregatedData(results=[*map(found.data.get, parts)], errors=found.errors)

    async def dashboard(self) -> Dashboard:
        parts = {name: name for name in ("users", "products", "sales")}
        found = await self._ask("shop", parts)
        users, products, sales = map(found.data.get, parts)
        return Dashboard(users=users, products=products, sales=sales, errors=found.errors)

    async def _ask(self, name: str, parts: Mapping[str, str]) -> ExternalData:
        """Each part by its name, whose path at the service is given."""
        service = self.services.get(name)
        urls = {part: service.url_of(path) for part, path in parts.items()}
        sources = Sources(self.services.client_of(service), urls, self.patience_s)
        return await sources.fetch_all()


def aggregation_of(state: State) -> Aggregation:
    settings: SourceSettings = state.source_settings
    return Aggregation(state.services, settings.SOURCE_TIMEOUT)


def _listed(found: ExternalData, part: str) -> list[JsonValue] | None:
    answer = found.data.get(part)
    if isinstance(answer, list):
        return answer
    found.errors.setdefault(part, fault_of(SourceUnreadable(part)))
    return None
