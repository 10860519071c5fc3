"""Tells OpenAPI how the store's errors are answered."""

from src.api.errors import Responses, describe

WRITES: Responses = {
    507: describe("No room is left to keep the data", "mock_items.json: No space left on device")
}
