"""Check: every name in Jinja is declared, and gives the same value at each render."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.layers import roots
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, Source
from fastkit.checking.sources import read_source, read_sources, section_sources
from fastkit.computing.jinja import environment, is_templated
from fastkit.wording import did_you_mean

CHECK = "names"

COPIERS = {
    *("_copier_answers", "_copier_conf", "_copier_operation", "_copier_phase", "_copier_python"),
    *("_commit", "_src_path", "_external_data", "_folder_name", "make_secret", "now", "pathjoin"),
}
"""https://copier.readthedocs.io/en/stable/creating/#available-variables"""

TEMPLATED_SETTINGS = (
    *("_answers_file", "_exclude", "_external_data", "_message_after_copy", "_message_after_update"),
    *("_message_before_copy", "_message_before_update", "_skip_if_exists", "_subdirectory", "_tasks"),
)

CHANGING_FILTERS = {"ans_random", "random", "shuffle", "strftime"}
CHANGING_NAMES = {"now", "make_secret"}

RECORD_IT = "make it the default of a question with `ask: false`, whose answer is recorded with the project"

YIELD = re.compile(r"(\{%-?\s*)yield\s+(\w+)\s+from\b")
END_YIELD = re.compile(r"(\{%-?\s*)endyield\b")


Report = Callable[[int | None, str, str], Finding]
"""Makes a finding from a line of the text, a message and a hint."""


def in_file_itself(file: str) -> Report:
    return lambda line, message, hint: Finding(CHECK, message, hint, file, line)


def in_part(prefix: str, file: str, line: int | None = None) -> Report:
    """For a text that is not a file of its own, so that its lines do not count."""
    return lambda _, message, hint: Finding(CHECK, f"in {prefix}, {message}", hint, file, line)


def check_variables(template: Template) -> Iterator[Finding]:
    if template.config.get("_jinja_extensions"):
        return  # what they add to Jinja is not known here, so rendering must find the faults
    known = known_names(template)
    yield from in_questions(template)
    yield from in_settings(template, known)
    for name in paths(template):
        yield from check_text(template, as_loops(name), known, in_part("the file's name", name))
    contents = [source for source in read_sources(template).values() if source.is_template]
    for source in (*contents, *section_sources(template)):
        yielded = {name for _, name in YIELD.findall(source.shown)}
        yield from in_file(template, source, known | yielded)


def known_names(template: Template) -> set[str]:
    own = {question.name for question in template.questions}
    return own | COPIERS


def in_questions(template: Template) -> Iterator[Finding]:
    known = {"UNSET"} | COPIERS
    for question in template.questions:
        details = template.config[question.name]
        for key, value in (details if isinstance(details, dict) else {"default": details}).items():
            report = in_part(f"`{key}` of `{question.name}`", *template.place(question.name, str(key)))
            own = {question.name} if key in ("validator", "choices") else set()
            for text in texts(value):
                # a default may change, as its answer is recorded
                yield from check_text(template, text, known | own, report, may_change=key == "default")
        known = known | {question.name}


def in_settings(template: Template, known: Collection[str]) -> Iterator[Finding]:
    for setting in TEMPLATED_SETTINGS:
        report = in_part(f"`{setting}`", *template.place(setting))
        for text in texts(template.config.get(setting)):
            yield from check_text(template, text, known, report, may_change=True)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.items() for text in texts(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in texts(item))


def paths(template: Template) -> list[str]:
    """The files and folders with Jinja in their names, each once, as paths from the template's folder."""
    found = {
        parent
        for path, source in read_sources(template).items()
        for parent in (PurePath(source.shown), *PurePath(source.shown).parents)
    }
    return sorted(path.as_posix() for path in found if "{" in path.name)


def as_loops(name: str) -> str:
    """The last part of a path, with copier's `yield`, which Jinja does not know, turned into a loop."""
    return END_YIELD.sub(r"\1endfor", YIELD.sub(r"\1for \2 in", PurePath(name).name))


def in_file(template: Template, source: Source, known: Collection[str]) -> Iterator[Finding]:
    if source.text is None:
        yield Finding(CHECK, "is rendered, but is not valid UTF-8", "rename it", source.shown)
        return
    yield from check_text(template, source.text, known, in_file_itself(source.shown))
    yield from in_included(template, source, known)


def in_included(template: Template, source: Source, known: Collection[str]) -> Iterator[Finding]:
    """Check what a file includes or imports from outside the project's folders."""
    import jinja2
    from jinja2 import meta

    try:
        tree = environment(template.envops).parse(source.text)
    except (jinja2.TemplateSyntaxError, RecursionError):
        return  # reported already
    inside = template.folder.resolve()
    rendered = roots(template, features.offered(template))
    for name in meta.find_referenced_templates(tree):
        path = template.folder / (name or "")
        is_ours = name and path.is_file() and path.resolve().is_relative_to(inside)
        if is_ours and not any(path.is_relative_to(root) for root in rendered):
            included = read_source(template, path)
            declared = {*known, *assigned(tree)}
            yield from check_text(template, included.text or "", declared, in_file_itself(included.shown))


def assigned(tree: Any) -> set[str]:
    from jinja2 import nodes

    return {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}


def check_text(
    template: Template, text: str, known: Collection[str], report: Report, *, may_change: bool = False
) -> Iterator[Finding]:
    """
    Args:
        may_change: whether the text may be rendered differently each time.
    """
    import jinja2

    if not is_templated(text, template.envops) and not template.envops.get("line_statement_prefix"):
        return
    try:
        yield from findings_in(environment(template.envops).parse(text), known, report, may_change=may_change)
    except jinja2.TemplateSyntaxError as error:
        hint = "see https://jinja.palletsprojects.com/en/stable/templates/"
        yield report(error.lineno, error.message or "is not valid Jinja", hint)
    except RecursionError:
        yield report(None, "it is nested too deeply", "write it in several steps, with `set`")


def findings_in(tree: Any, known: Collection[str], report: Report, *, may_change: bool) -> Iterator[Finding]:
    if unknown := list(unknown_filters(tree, report)):
        yield from unknown  # Jinja finds no names as long as it does not know the filters
        return
    undeclared = looked_up(tree)
    yield from undeclared_names(tree, undeclared - {*known, *tree.environment.globals}, known, report)
    if not may_change:
        yield from changing_values(tree, undeclared, report)


def looked_up(tree: Any) -> set[str]:
    """The names that a text does not set itself.

    Like `jinja2.meta.find_undeclared_variables`, which would also compute constants, here where nothing
    limits that.
    """
    from jinja2 import pass_context
    from jinja2.meta import TrackingCodeGenerator

    @pass_context
    def as_it_is(context: Any, value: Any) -> Any:  # as it asks for a context, it is not called early
        return value

    reader = TrackingCodeGenerator(tree.environment.overlay(finalize=as_it_is))
    reader.optimizer = None
    reader.visit(tree)
    return reader.undeclared_identifiers


def undeclared_names(tree: Any, names: set[str], known: Collection[str], report: Report) -> Iterator[Finding]:
    from jinja2 import nodes

    for name in sorted(names.difference(may_be_missing(tree))):
        lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == name]
        hint = did_you_mean(name, sorted(known), f"ask a question `{name}` in copier.yml, or set it first")
        yield report(min(lines, default=None), f"`{name}` is undeclared", hint)


def may_be_missing(tree: Any) -> Iterator[str]:
    """Names whose absence a text allows for, as in `x is defined` and `x | default("")`."""
    from jinja2 import nodes

    for test in tree.find_all(nodes.Test):
        if test.name in ("defined", "undefined") and isinstance(test.node, nodes.Name):
            yield test.node.name
    for used in tree.find_all(nodes.Filter):
        if used.name in ("default", "d") and isinstance(used.node, nodes.Name):
            yield used.node.name


def unknown_filters(tree: Any, report: Report) -> Iterator[Finding]:
    from jinja2 import nodes

    jinja = tree.environment
    for kind, node_type, known in (
        ("filter", nodes.Filter, jinja.filters),
        ("test", nodes.Test, jinja.tests),
    ):
        for node in tree.find_all(node_type):
            if node.name not in known:
                hint = did_you_mean(node.name, sorted(known), "use one that Jinja or copier has")
                yield report(node.lineno, f"`{node.name}` is an unknown {kind}", hint)


def changing_values(tree: Any, names: Collection[str], report: Report) -> Iterator[Finding]:
    """An update would take a value that differs tomorrow for a change of the template.

    A filter that reads the clock, or draws a random value, does not do so if a time or a seed is passed.
    """
    from jinja2 import nodes

    found: list[Any] = [
        used
        for used in tree.find_all(nodes.Filter)
        if used.name in CHANGING_FILTERS and not used.args and not used.kwargs
    ]
    found += [node for node in tree.find_all(nodes.Name) if node.name in CHANGING_NAMES.intersection(names)]
    for node in found:
        yield report(node.lineno, f"`{node.name}` gives another result each time", RECORD_IT)
