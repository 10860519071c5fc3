"""What tutorials show: a client for each request."""

import os

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/live")
async def live() -> None:
    pass


@app.get("/proxy/{item_id}")
async def proxy_request(item_id: str):
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{os.environ['SHOP']}/items/{item_id}")
        data = response.json()
        return data
