"""The page /demo in a real browser: Chromium or Chrome, where one is installed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx2 import AsyncClient

from app.database import ROOT
from app.demo import CASES
from tests.browser import PROGRAM, Page, open_browser

in_browser = pytest.mark.skipif(PROGRAM is None, reason="neither Chromium nor Chrome is installed")

READY = f"document.querySelectorAll('section figure svg').length === {len(CASES)}"

PICTURE = ROOT / "docs/demo.svg"

# What the picture in README.md shows: two runs of this page, rounded.
ON_TIME = [{"at": at, "late": 2} for at in range(20, 1060, 120)]
ASYNC_RUN = {
    "done": True,
    "now": 1050,
    "rows": [
        {"path": "async-delay/1", "start": start, "took": 1002, "end": start + 1006}
        for start in (0, 20, 40)
    ],
    "beats": ON_TIME,
}
SYNC_RUN = {
    "done": True,
    "now": 3010,
    "rows": [
        {"path": "sync-delay/1", "start": start, "took": 1000, "end": end}
        for start, end in ((0, 1003), (20, 2006), (40, 3009))
    ],
    "beats": [{"at": 2005, "late": 1985}, {"at": 3008, "late": 983}],
}


@pytest.fixture(scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with open_browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
async def page(server: str, browser: Page) -> Page:
    await browser.resize(1200, 900)
    await browser.open(f"{server}/demo", READY)
    return browser


async def run_of(page: Page, number: int) -> Any:
    """What the page has seen, once the case is over."""
    section = f"document.querySelectorAll('section')[{number - 1}]"
    await page.until(f"{section}.run?.done === true")
    return await page.evaluate(f"{section}.run")


async def click(page: Page, number: int) -> None:
    await page.evaluate(f"document.querySelectorAll('button')[{number - 1}].click()")


def waited(row: dict[str, float]) -> float:
    return row["end"] - row["took"] - row["start"]


@in_browser
async def test_the_cases_show_who_waits_and_how_late_the_loop_is(page: Page) -> None:
    await click(page, 1)
    together = await run_of(page, 1)
    await click(page, 2)
    await page.until("Boolean(document.querySelectorAll('section')[1].querySelector('.way'))")
    in_turn = await run_of(page, 2)

    assert in_turn["now"] > 1.5 * together["now"]
    assert waited(in_turn["rows"][2]) > 1500
    assert max(beat["late"] for beat in in_turn["beats"]) > 900
    assert "All answers after 3." in await page.evaluate(
        "document.querySelectorAll('[role=status]')[1].textContent"
    )


@in_browser
async def test_a_case_runs_by_keyboard_and_only_one_at_a_time(page: Page) -> None:
    await page.press("Tab")
    label = await page.evaluate("document.activeElement.ariaLabel")
    await page.press("Enter", "\r")
    await click(page, 2)
    run = await run_of(page, 1)

    assert label == f"Run 1. {CASES[0].title}"
    assert [row["failed"] for row in run["rows"]] == [False] * 3
    assert await page.evaluate("document.activeElement.ariaLabel") == label
    assert await page.evaluate("document.querySelectorAll('section')[1].run") is None


@in_browser
async def test_the_page_says_when_the_server_is_gone(page: Page) -> None:
    offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    await page.call("Network.emulateNetworkConditions", offline=True, **offline)
    await click(page, 1)
    await page.until("document.querySelector('[role=status]').textContent.includes('not answer')")
    await page.call("Network.emulateNetworkConditions", offline=False, **offline)
    await click(page, 1)

    assert (await run_of(page, 1))["done"]


@in_browser
async def test_the_page_fits_a_phone_and_can_be_read_in_light_and_dark(page: Page) -> None:
    for width in (1200, 320):
        await page.resize(width, 800)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    backgrounds = set()
    for scheme in ("light", "dark"):
        await page.color_scheme(scheme)
        colors = await page.evaluate(COLORS)
        backgrounds.add(colors["--back"])
        for text, behind in (
            ("--text", "--back"),
            ("--text", "--card"),
            ("--soft", "--card"),
            ("--on-accent", "--accent"),
        ):
            assert contrast(colors[text], colors[behind]) > 4.5, (scheme, text, behind)
        for mark in ("--work", "--late", "--wait"):
            assert contrast(colors[mark], colors["--card"]) > (1.5 if mark == "--wait" else 3)
    assert len(backgrounds) == 2


COLORS = """Object.fromEntries(
  ["--text", "--soft", "--back", "--card", "--accent", "--on-accent", "--work", "--late", "--wait"]
    .map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(name)]))"""


def contrast(one: str, other: str) -> float:
    """As WCAG defines it: 1 is the same, 21 is black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    parts = [int(color.strip()[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(c * w for c, w in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@in_browser
@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("/demo", READY),
        ("/docs", "document.querySelectorAll('.opblock').length > 20"),
        ("/redoc", "document.querySelectorAll('[data-section-id]').length > 20"),
    ],
)
async def test_nothing_comes_from_another_machine(
    page: Page, server: str, path: str, ready: str
) -> None:
    await page.open(server + path, ready)

    assert [url for url in page.requested if not url.startswith((server, "data:", "blob:"))] == []


@in_browser
async def test_the_picture_in_the_readme_is_what_the_page_draws(page: Page) -> None:
    """Delete the picture, and this test draws it again."""
    drawn = await page.evaluate(f"({DRAW})({json.dumps([ASYNC_RUN, SYNC_RUN])})")
    if not PICTURE.exists():
        PICTURE.write_text(drawn, "utf-8")

    assert PICTURE.read_text("utf-8") == drawn


DRAW = """(runs) => {
  const width = 640;
  let height = 8;
  const drawn = runs.map((run) => {
    const svg = draw(run, width).replace("<svg ", `<svg y="${height}" `);
    height += 16 + +svg.match(/ height="(\\d+)"/)[1];
    return svg;
  });
  const box = `-12 0 ${width + 24} ${height}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" role="img">
<title>Three requests that wait at the same time, and three that wait in turn</title>
<style>${document.querySelector("#colors").textContent}</style>
<rect class="back" x="-12" width="${width + 24}" height="${height}"/>
${drawn.join("\\n")}
</svg>
`;
}"""


async def test_the_page_shows_the_code_that_answers(client: AsyncClient) -> None:
    cases = (await client.get("/demo/cases")).json()

    assert "await asyncio.sleep(seconds)" in cases[0]["code"]
    assert "time.sleep(seconds)" in cases[1]["code"]
    for case in cases:
        for path in {path.partition("?")[0] for path in case["requests"]}:
            assert f'("/{path.partition("/")[0]}' in case["code"], path
        lines = max(len(part.splitlines()) for part in case["code"].split("\n\n"))
        assert 5 <= lines <= 10
