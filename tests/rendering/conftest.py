import pytest


@pytest.fixture(params=["bundled", "folder"], ids=["jinja", "copier"])
def source(request: pytest.FixtureRequest) -> str:
    """Where a template comes from that Jinja renders, and one that copier does."""
    return str(request.param)
