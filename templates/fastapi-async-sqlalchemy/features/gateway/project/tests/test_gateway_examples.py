"""What tutorials about gateways show, and where this application does it, if it has that part."""

from typing import NamedTuple

import pytest

from tests.conftest import App
from tests.test_api import operations

NOWHERE = {"url": "http://127.0.0.1:1"}  # a port that nobody listens to


class Row(NamedTuple):
    shown: str  # the path in the tutorial
    name: str  # of the route here
    path: str
    status: int
    method: str = "GET"


ROWS = [
    Row("GET /aggregate-services", "aggregate_services", "/aggregate-services", 503),
    Row("GET /aggregate-data", "aggregate_data", "/aggregate-data", 503),
    Row("GET /dashboard/", "gather_dashboard", "/dashboard/", 503),
    Row("GET /proxy/{item_id}", "proxy_item", "/proxy/1", 503),
    Row("GET /items/", "read_items", "/items/", 200),
    Row("GET /items/{item_id}", "read_item", "/items/1", 404),
    Row("POST /tasks/submit", "submit_to_queue", "/tasks/submit?duration=0", 202, "POST"),
    Row("GET /tasks/{task_id}", "read_from_queue", f"/tasks/{'0' * 32}", 404),
    Row("GET /async-performance", "show_performance", "/async-performance", 200),
    Row("GET /stream-data", "export_table", "/exports/items.jsonl", 200),
    Row("GET /cpu-task-process", "compute_fibonacci", "/fibonacci/20", 200),
    Row("POST /send-email", "start_fetching", "/external-data/", 202, "POST"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.shown)
async def test_each_example_has_its_route(row: Row, app: App) -> None:
    services = {"placeholder": NOWHERE, "shop": NOWHERE}
    async with app(SERVICES=services, SOURCES={}, HTTP_ATTEMPTS=1) as client:
        if row.name not in await operations(client):
            pytest.skip(f"this application has no {row.name}")
        answer = await client.request(row.method, row.path)
    assert answer.status_code == row.status
