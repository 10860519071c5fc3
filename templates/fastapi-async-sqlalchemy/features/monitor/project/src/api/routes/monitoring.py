"""/metrics for Prometheus, /monitor for people, /async-performance for programs.

Plain `def`: FastAPI runs them in a thread, as they may read files of several processes.
"""

import re
from base64 import b64encode
from dataclasses import asdict
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from src.api.errors import Responses
from src.core.monitor import Numbers, RouteNumbers, exposition, numbers

PAGE = Path(__file__).parent.with_name("monitor.html").read_text("utf-8")
STYLE = re.findall("<style>(.*)</style>", PAGE, re.DOTALL)[0]
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
HTML: Responses = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}

router = APIRouter(tags=["monitor"])


@router.get("/metrics", response_class=Response, responses=TEXT)
def show_metrics() -> Response:
    return Response(exposition(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/async-performance")
def show_performance() -> Numbers:
    return numbers()


@router.get("/monitor", response_class=HTMLResponse, responses=HTML)
def show_monitor() -> HTMLResponse:
    return HTMLResponse(page(numbers()), headers=HEADERS)


def page(found: Numbers) -> str:
    rows = "\n".join(row(each) for each in found.routes)
    values = {**asdict(found), "mean_ms": milliseconds(found.mean_s), "rows": rows}
    return Template(PAGE).substitute(values)


def row(of: RouteNumbers) -> str:
    words = "".join(f"<td>{escape(word)}</td>" for word in (of.method, of.route))
    values = (of.requests, of.errors, milliseconds(of.mean_s))
    return f"<tr>{words}" + "".join(f'<td class="n">{value}</td>' for value in values) + "</tr>"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"
