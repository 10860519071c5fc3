"""Items in the way of full-stack-fastapi-template, on its session and without its users."""

from typing import Any

from app.api.deps import SessionDep
from fastapi import APIRouter, HTTPException
from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, col, func, select


class PlainItemBase(SQLModel):
    name: str = Field(min_length=1, max_length=100)
    description: str | None = Field(default=None, max_length=1000)
    price: float
    tax: float | None = None


class PlainItemCreate(PlainItemBase):
    pass


class PlainItem(PlainItemBase, table=True):
    __tablename__ = "items"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)


class PlainItemPublic(PlainItemBase):
    id: int


class PlainItemsPublic(SQLModel):
    data: list[PlainItemPublic]
    count: int


router = APIRouter(prefix="/plain-items", tags=["plain-items"])


@router.get("/", response_model=PlainItemsPublic)
def read_items(session: SessionDep, skip: int = 0, limit: int = 100) -> Any:
    count = session.exec(select(func.count()).select_from(PlainItem)).one()
    statement = select(PlainItem).order_by(col(PlainItem.id)).offset(skip).limit(limit)
    items = session.exec(statement).all()
    return PlainItemsPublic(data=[PlainItemPublic.model_validate(item) for item in items], count=count)


@router.get("/{id}", response_model=PlainItemPublic)
def read_item(session: SessionDep, id: int) -> Any:
    item = session.get(PlainItem, id)
    if not item:
        raise HTTPException(status_code=404, detail="Item not found")
    return item


@router.post("/", response_model=PlainItemPublic, status_code=201)
def create_item(*, session: SessionDep, item_in: PlainItemCreate) -> Any:
    item = PlainItem.model_validate(item_in)
    session.add(item)
    session.commit()
    session.refresh(item)
    return item
