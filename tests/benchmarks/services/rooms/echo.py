"""What tutorials show: each client hears from the server alone."""

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.get("/live")
async def live() -> None:
    pass


@app.websocket("/ws")
async def websocket_endpoint(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        data = await websocket.receive_text()
        await websocket.send_text(f"Message received: {data}")
