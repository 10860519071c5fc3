"""The site of docs/: built strictly, without the network, with the commands as they are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import commands_page
from tests.support.constraints import ROOT

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    strictly = ("--fail-on-warning", "--keep-going", "--quiet", "--doctree-dir", str(folder / "doctrees"))
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", *strictly, str(DOCS), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder / "html"


def test_every_page_is_in_the_site_and_in_its_list_for_readers_of_the_repository(site: Path) -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert pages
    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []
    listed = set(re.findall(r"\]\(([^)]+)\)", (DOCS / "index.md").read_text("utf-8")))
    assert listed == pages - {"index.md"}


def test_the_site_loads_nothing_from_other_servers(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|link|iframe)\b[^>]*(?:src|href)=\"([^\"]*)\"", page.read_text("utf-8")
        )
        assert [address for address in loaded if re.match(r"(?:https?:)?//", address)] == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", style.read_text("utf-8")), style


def test_the_page_of_commands_is_what_the_commands_say(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-golden"):
        commands_page.PAGE.write_text(commands_page.page(), "utf-8")
    assert commands_page.PAGE.read_text("utf-8") == commands_page.page(), "run `make docs`"
