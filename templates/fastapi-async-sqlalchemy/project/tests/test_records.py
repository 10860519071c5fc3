"""Records of any table: texts, amounts, empty fields, filters and order.

Users have few of these, so the tests have a table of their own.
"""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from fastapi import APIRouter, Query, Response
from httpx2 import AsyncClient
from pydantic import BaseModel, Field
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, mapped_column

from src.api.deps import DatabaseDep
from src.api.headers import set_page
from src.core.database import Database
from src.core.records import Records
from src.main import create_app
from src.models import base
from src.models.base import PrimaryKey
from src.schemas.base import AS_DECLARED, NO_NUL, Amount, Money, PageQuery, VersionedRecord
from tests.conftest import DEFAULTS, rolled_back, started

JSON = {"Content-Type": "application/json"}


class Row(base.Base):
    __tablename__ = "products"
    metadata = MetaData()  # of its own: no migration makes this table

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    price: Mapped[Decimal] = mapped_column(base.Money)
    tax: Mapped[Decimal | None] = mapped_column(base.Money)


class ProductCreate(BaseModel):
    model_config = AS_DECLARED

    name: Annotated[str, Field(pattern=NO_NUL)]
    price: Amount
    tax: Amount | None = None


class Product(ProductCreate, VersionedRecord):
    price: Money
    tax: Money | None = None


class ProductQuery(PageQuery, frozen=True):
    name: str | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    sort: Literal["id", "-id", "name", "-name", "price", "-price"] = "id"


PRODUCTS = Records(Row, Product)

router = APIRouter(prefix="/products")


@router.get("/")
async def read_products(
    query: Annotated[ProductQuery, Query()], database: DatabaseDep, response: Response
) -> list[Product]:
    page = await PRODUCTS.page(database, query)
    set_page(response, query, page)
    return page.records


@router.post("/", status_code=201)
async def create_product(product: ProductCreate, database: DatabaseDep) -> Product:
    return await PRODUCTS.add(database, product.model_dump())


SHOP = create_app(DEFAULTS, rolled_back)
SHOP.include_router(router)


@pytest.fixture
async def shop(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """A client of the application, which has products, too."""
    monkeypatch.setattr(DEFAULTS, "DATABASE_URL", database_url)
    async with started(SHOP) as client:
        await SHOP.state.database.connection.run_sync(Row.metadata.create_all)
        yield client


@pytest.fixture
def database(shop: AsyncClient) -> Database:
    """The one of the shop."""
    found: Database = SHOP.state.database
    return found


# Values.


async def test_a_text_is_stored_as_it_is(shop: AsyncClient) -> None:
    name = "é 漢字 🦄 \u202e \x01 \x7f ' \" \\ % : $1 ?"
    created = await shop.post("/products/", json={"name": name, "price": 1.0})

    assert created.json()["name"] == name
    assert (await shop.get("/products/", params={"name": name})).json() == [created.json()]


@pytest.mark.parametrize("name", ["\\u0000", "a\\u0000b", "\\ud800"])
async def test_a_text_that_cannot_be_stored_is_refused(shop: AsyncClient, name: str) -> None:
    body = f'{{"name": "{name}", "price": 1}}'

    assert (await shop.post("/products/", content=body, headers=JSON)).status_code == 422


async def test_an_optional_field_can_be_emptied(shop: AsyncClient, database: Database) -> None:
    created = (await shop.post("/products/", json={"name": "Cup", "price": 1, "tax": 2})).json()

    emptied = await PRODUCTS.update(database, created["id"], {"tax": None})

    assert emptied.model_dump(mode="json") == created | {"tax": None, "version": 2}


@pytest.mark.parametrize(
    "price", ["0", "0.01", "0.1", "0.29", "1", "12.50", "999999999999.99", "1000000000000", "1e2"]
)
async def test_an_amount_is_the_same_after_it_was_stored_and_read(
    shop: AsyncClient, database: Database, price: str
) -> None:
    body = f'{{"name": "Cup", "price": {price}, "tax": {price}}}'
    response = await shop.post("/products/", content=body, headers=JSON)
    product = json.loads(response.text, parse_float=Decimal)
    stored = await PRODUCTS.get(database, product["id"])

    assert response.status_code == 201, response.text
    assert product["price"] == product["tax"] == stored.price == stored.tax == Decimal(price)
    found = await shop.get(f"/products/?min_price={price}&max_price={price}")
    assert [each["id"] for each in found.json()] == [product["id"]]


@pytest.mark.parametrize(
    "price",
    [
        *("0.001", "-0.01", "1000000000000.01", "1e13", "1e999", "9" * 400, "NaN"),
        *("true", '"1"', "null"),
    ],
)
async def test_an_amount_that_cannot_be_stored_exactly_is_refused(
    shop: AsyncClient, price: str
) -> None:
    body = f'{{"name": "Cup", "price": {price}}}'
    response = await shop.post("/products/", content=body, headers=JSON)

    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", "price"]]


# Filters and order.


@pytest.fixture
async def products(database: Database) -> None:
    """Four, two of which have the same price."""
    prices = {"Cup": 8.0, "Plate": 5.0, "Bowl": 8.0, "Spoon": 2.5}
    for name, price in prices.items():
        await PRODUCTS.add(database, {"name": name, "price": price})


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=Cup", ["Cup"]),
        ("name=cup", []),
        ("min_price=5", ["Cup", "Plate", "Bowl"]),
        ("min_price=5&max_price=7.99", ["Plate"]),
        ("sort=name", ["Bowl", "Cup", "Plate", "Spoon"]),
        ("sort=-name&max_price=5", ["Spoon", "Plate"]),
        ("sort=price", ["Spoon", "Plate", "Cup", "Bowl"]),
        ("sort=-price", ["Bowl", "Cup", "Plate", "Spoon"]),
        ("sort=-id", ["Spoon", "Bowl", "Plate", "Cup"]),
    ],
)
async def test_a_list_has_filters_and_an_order(
    shop: AsyncClient, query: str, names: list[str]
) -> None:
    found = await shop.get(f"/products/?{query}")
    skipped = await shop.get(f"/products/?{query}&skip=1&limit=2")

    assert [product["name"] for product in found.json()] == names
    assert [product["name"] for product in skipped.json()] == names[1:3]
    assert {page.headers["X-Total-Count"] for page in (found, skipped)} == {str(len(names))}


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "price", "-price"])
@pytest.mark.parametrize("limit", [1, 2])
async def test_links_keep_the_filters_and_the_order(
    shop: AsyncClient, sort: str, limit: int
) -> None:
    asked = f"/products/?sort={sort}&min_price=5"
    whole = (await shop.get(asked)).json()
    page = await shop.get(f"{asked}&limit={limit}")
    seen = page.json()
    while "Link" in page.headers:
        page = await shop.get("/products/" + page.links["next"]["url"])
        seen += page.json()

    assert seen == whole
    assert len(seen) == 3


@pytest.mark.parametrize(
    "query", ["sort=tax", "sort=-", "min_price=x", "max_price=-1", "min_tax=1"]
)
async def test_what_a_list_cannot_do_is_refused(shop: AsyncClient, query: str) -> None:
    assert (await shop.get(f"/products/?{query}")).status_code == 422


@pytest.mark.usefixtures("products")
async def test_a_page_after_a_deleted_record_needs_the_order_of_the_ids(
    shop: AsyncClient, database: Database
) -> None:
    first, second, *_ = (await shop.get("/products/?sort=price")).json()
    await PRODUCTS.delete(database, first["id"])

    by_price = await shop.get(f"/products/?sort=price&after={first['id']}")
    by_id = await shop.get(f"/products/?sort=-id&after={first['id']}")
    last = await shop.get(f"/products/?sort=-price&after={second['id']}")

    assert by_price.status_code == 404
    assert [product["name"] for product in by_id.json()] == ["Bowl", "Plate", "Cup"]
    assert (last.status_code, last.json()) == (200, [])
