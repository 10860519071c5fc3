"""The site of these pages: `make docs` builds it into `build/site`."""

from sphinx.application import Sphinx

NAVIGATION = {
    "Begin": ["first-steps"],
    "Tutorials": [
        "tutorials/fastapi-async-crud",
        "tutorials/fastapi-async-demo",
        "tutorials/fastapi-async-sqlalchemy",
        "tutorials/fastapi-async-service",
        "tutorials/fastapi-async-realtime",
        "tutorials/fastapi-async-gateway",
    ],
    "How to": [
        "how-to/add-a-resource",
        "how-to/deploy",
        "how-to/update",
        "how-to/write-a-template",
        "how-to/work-offline",
    ],
    "Reference": [
        "reference/commands",
        "reference/projects",
        "reference/resources",
        "reference/sources",
        "reference/templates",
    ],
    "Explanation": ["explanation/updates", "explanation/trust", "explanation/architecture"],
}
"""The pages in the sidebar. index.md lists them for readers of the repository."""

project = "fastkit"
project_copyright = "the fastkit developers"
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
html_title = "fastkit"
html_copy_source = False
html_show_sourcelink = False


def add_navigation(app: Sphinx, name: str, source: list[str]) -> None:
    """Give index.md the tables of contents that the sidebar needs and a reader of the file does not."""
    if name == "index":
        source[0] += "".join(
            f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"
            for caption, pages in NAVIGATION.items()
        )


def setup(app: Sphinx) -> None:
    app.connect("source-read", add_navigation)
