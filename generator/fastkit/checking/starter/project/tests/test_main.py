from fastapi.testclient import TestClient

from src.main import app

client = TestClient(app)


def test_anybody_is_greeted_by_name() -> None:
    answer = client.get("/greetings/Ada")
    assert answer.status_code == 200
    assert answer.json() == {"message": "Hello Ada"}


def test_a_name_has_an_end() -> None:
    assert client.get(f"/greetings/{'a' * 81}").status_code == 422
