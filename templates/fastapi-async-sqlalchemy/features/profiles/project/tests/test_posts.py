"""What users post, as a client sees it."""

from pathlib import Path

from httpx2 import AsyncClient

from src.core.database import Database
from src.crud.posts import POSTS
from src.schemas.base import PageQuery
from tests.secret_columns import answers_of
from tests.test_users import created

MISSING = 2**53 - 1

REQUESTS = [
    ("POST", "/users/", {"username": "ada", "email": "ada@example.com"}),
    ("POST", "/users/1/posts", {"title": "Hello"}),
    ("GET", "/users/1/posts", None),
    ("GET", "/user-profile/1", None),
    ("GET", "/user-profile-concurrent/1", None),
]


def test_a_column_that_no_schema_names_is_in_no_answer(tmp_path: Path) -> None:
    answers = answers_of("tests.test_posts", tmp_path)

    assert answers.count("Hello") == 4
    assert "SECRET" not in answers


async def test_the_posts_of_a_user_come_newest_first(async_client: AsyncClient) -> None:
    user = await created(async_client)
    url = f"/users/{user['id']}/posts"

    for title in ("one", "two", "three"):
        response = await async_client.post(url, json={"title": title})
        assert response.status_code == 201
        assert response.json()["user_id"] == user["id"]

    posts = (await async_client.get(url, params={"limit": 2})).json()
    assert [post["title"] for post in posts] == ["three", "two"]


async def test_a_user_that_does_not_exist_has_no_posts(async_client: AsyncClient) -> None:
    url = f"/users/{MISSING}/posts"

    for response in (
        await async_client.post(url, json={"title": "Hello"}),
        await async_client.get(url),
    ):
        assert response.status_code == 404
        assert response.json() == {"detail": f"User with id {MISSING} not found"}


async def test_a_user_without_posts_has_none(async_client: AsyncClient) -> None:
    user = await created(async_client)

    assert (await async_client.get(f"/users/{user['id']}/posts")).json() == []


async def test_the_posts_of_a_user_are_deleted_with_the_user(
    async_client: AsyncClient, database: Database
) -> None:
    user = await created(async_client)
    url = f"/users/{user['id']}"
    await async_client.post(f"{url}/posts", json={"title": "Hello"})

    assert (await async_client.delete(url)).status_code == 204
    assert (await POSTS.page(database, PageQuery())).total == 0
