"""Items in the way of s3rius/FastAPI-template: model, DAO, schemas and views, as its dummy has them."""

from typing import List, Optional

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict
from s3.db.base import Base
from s3.db.dependencies import get_db_session
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.sqltypes import BigInteger, String


class ItemModel(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(length=100))
    description: Mapped[Optional[str]] = mapped_column(String(length=1000))
    price: Mapped[float]
    tax: Mapped[Optional[float]]


class ItemInputDTO(BaseModel):
    name: str
    description: str | None = None
    price: float
    tax: float | None = None


class ItemDTO(ItemInputDTO):
    id: int

    model_config = ConfigDict(from_attributes=True)


class ItemDAO:
    def __init__(self, session: AsyncSession = Depends(get_db_session)) -> None:
        self.session = session

    async def create_item(self, values: ItemInputDTO) -> ItemModel:
        item = ItemModel(**values.model_dump())
        self.session.add(item)
        await self.session.flush()
        return item

    async def get_item(self, item_id: int) -> ItemModel | None:
        return await self.session.get(ItemModel, item_id)

    async def get_all_items(self, limit: int, offset: int) -> List[ItemModel]:
        raw_items = await self.session.execute(select(ItemModel).limit(limit).offset(offset))
        return list(raw_items.scalars().fetchall())


router = APIRouter()


@router.get("/", response_model=List[ItemDTO])
async def get_items(limit: int = 10, offset: int = 0, item_dao: ItemDAO = Depends()) -> List[ItemModel]:
    return await item_dao.get_all_items(limit=limit, offset=offset)


@router.get("/{item_id}", response_model=ItemDTO)
async def get_item(item_id: int, item_dao: ItemDAO = Depends()) -> ItemModel:
    item = await item_dao.get_item(item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    return item


@router.post("/", response_model=ItemDTO, status_code=201)
async def create_item(new_item: ItemInputDTO, item_dao: ItemDAO = Depends()) -> ItemModel:
    return await item_dao.create_item(new_item)
