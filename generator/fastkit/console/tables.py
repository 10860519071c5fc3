"""Tables, trees and differences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastkit.computing.documents import as_text
from fastkit.console.output import say, show, words
from fastkit.wording import listed, one_line, shortened

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text  # noqa: TID251

    from fastkit.catalog.features import Feature
    from fastkit.catalog.find import Listed
    from fastkit.catalog.questions import Answers, Question
    from fastkit.catalog.template import Template
    from fastkit.checking.finding import Finding
    from fastkit.plan import Plan

TITLES = {
    "project_name": "Project Name",
    "author": "Author",
    "author_email": "Author Email",
    "description": "Description",
    "package_manager": "Package Manager",
}


def plain_table(title: str, *headers: str) -> "Table":
    from rich.box import SQUARE
    from rich.table import Table

    table = Table(title=words(title), box=SQUARE, show_header=bool(headers), title_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def add_row(table: "Table", *cells: "str | Text", end_section: bool = False) -> None:
    shown = [words(cell) if isinstance(cell, str) else cell for cell in cells]
    table.add_row(*shown, end_section=end_section)


def show_project(
    template: "Template", features: Sequence["Feature"], questions: Sequence["Question"], answers: "Answers"
) -> None:
    """What is about to be made, before its package manager is chosen."""
    say(f"Deploying {template.kind} using '{template.name}' template\n")
    table = plain_table("Project Information")
    table.add_column(no_wrap=True)
    table.add_column(min_width=39, overflow="fold")
    for question in questions:
        if question.name in answers.values:
            add_row(table, TITLES.get(question.name, question.name), shown_answer(question, answers))
    if template.ref:
        add_row(table, "Template", template.pinned)
    if features:
        add_row(table, "Features", ", ".join(feature.name for feature in features))
    if table.row_count:
        show(table)
        say()
    if template.dependencies:
        numbered = enumerate(template.dependencies, 1)
        show_rows("Template Dependencies", (), [(f"Dependency {number}", name) for number, name in numbered])


def show_plan(plan: "Plan", questions: Sequence["Question"]) -> None:
    """All that is about to be made, and where."""
    recipe = plan.recipe
    say(f"\nDeploying {recipe.template.kind} using '{recipe.template.name}' template\n")
    table = plain_table("Your project")
    table.add_column(no_wrap=True)
    table.add_column(min_width=39, overflow="fold")
    add_row(table, "Template", recipe.template.pinned if recipe.template.ref else recipe.template.label)
    for question in questions:
        if question.name in recipe.answers.values:
            add_row(table, TITLES.get(question.name, question.name), shown_answer(question, recipe.answers))
    add_row(table, "Features", ", ".join(recipe.feature_names) or "none")
    for resource in recipe.further_resources:
        add_row(table, f"Resource {resource.name}", "\n".join(map(str, resource.fields)))
    add_row(table, "Install", plan.manager.name if plan.manager and plan.installs else "no")
    add_row(table, "Git repository", "yes" if plan.git else "no")
    add_row(table, "Folder", str(plan.destination))
    show(table)
    say()


def shown_answer(question: "Question", answers: "Answers") -> str:
    value = answers.values[question.name]
    if question.name in answers.secret:
        return "•" * 8
    return value if isinstance(value, str) else as_text(value)


def show_tree(name: str, paths: Sequence[str]) -> None:
    from rich.tree import Tree

    root = Tree(words(f"{name}/", "bold"))
    branches: dict[str, Tree] = {"": root}
    for path in sorted(paths, key=lambda path: [(part.count(".") > 9, part) for part in path.split("/")]):
        parts = path.rstrip("/").split("/")
        for depth, part in enumerate(parts):
            here = "/".join(parts[: depth + 1])
            if here not in branches:
                is_folder = depth < len(parts) - 1 or path.endswith("/")
                above = branches["/".join(parts[:depth])]
                shown = one_line(part) + "/" * is_folder
                branches[here] = above.add(words(shown, "bold" if is_folder else ""))
    show(root)


def show_templates(listed: Sequence["Listed"]) -> None:
    table = plain_table("Templates", "Name", "Version", "Description", "Source")
    for entry in listed:
        template = entry.template
        source = f"{template.source}, hidden by {entry.shadowed_by}" if entry.shadowed_by else template.source
        style = "dim" if entry.shadowed_by else "bold"
        add_row(table, words(template.name, style), template.version, template.title, source)
        for name, preset in {} if entry.shadowed_by else template.presets.items():
            add_row(table, words(name, style), "", preset["title"], "preset")
    show(table)


def show_rows(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = plain_table(title, *headers)
    for _ in () if headers else rows[:1] and rows[0]:
        table.add_column(overflow="fold")
    for row in rows:
        add_row(table, *row)
    show(table)
    say()


def show_findings(title: str, findings: Sequence["Finding"]) -> None:
    """A table of what a check has found: where, what, what to do about it, and for which answers."""
    table = plain_table(title, "Where", "What, and what to do")
    for finding in findings:
        what = words(one_line(finding.message))
        for line in finding.output:
            what += words(f"\n  | {shortened(' '.join(line.split()), 90)}", "dim")
        what += words(f"\nhint: {one_line(finding.hint)}", "cyan")
        if finding.answers:
            what += words(f"\nanswers: {one_line(listed(finding.answers, 3))}", "dim")
        add_row(table, finding.place or "-", what, end_section=True)
    show(table)
    say()


def show_diff(text: str) -> None:
    """A unified diff, coloured on a terminal."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.removesuffix("\n").split("\n") if text else ():
        show(words(line, styles.get(line[:1], "")))
