"""Names that nobody declares, in files, in the names of files and in copier.yml."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, Source, did_you_mean
from fastkit.checking.sources import read_source, read_sources, roots, section_sources
from fastkit.computing.jinja import environment, is_templated

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

UNSTEADY_FILTERS = {"ans_random", "random", "shuffle", "strftime"}
UNSTEADY_NAMES = {"now", "make_secret"}

STEADY = "make it the default of a question with `ask: false`: its answer is recorded with the project"

YIELD = re.compile(r"(\{%-?\s*)yield\s+(\w+)\s+from\b")
END_YIELD = re.compile(r"(\{%-?\s*)endyield\b")


@dataclass(frozen=True)
class Place:
    """Where a text is; its lines count only where it is a file of its own."""

    file: str
    line: int | None = None
    has_lines: bool = False
    prefix: str = ""

    def finding(self, line: int | None, message: str, hint: str) -> Finding:
        return Finding(CHECK, self.prefix + message, hint, self.file, line if self.has_lines else self.line)


def judge_variables(template: Template) -> Iterator[Finding]:
    if template.config.get("_jinja_extensions"):
        return  # what they add to Jinja is not known here: rendering tells
    known = known_names(template)
    yield from in_questions(template)
    yield from in_settings(template, known)
    sources = read_sources(template)
    for name in paths(template):
        yield from judge(template, as_loops(name), known, Place(name, prefix="in the file's name, "))
    contents = [source for source in sources.values() if source.is_template]
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
        settings = details if isinstance(details, dict) else {"default": details}
        for key, value in settings.items():
            file, line = template.place(question.name, str(key))
            place = Place(file, line, prefix=f"in `{key}` of `{question.name}`, ")
            own = {question.name} if key in ("validator", "choices") else set()
            for text in texts(value):
                # a default may change with each run: its answer is recorded
                yield from judge(template, text, known | own, place, may_change=key == "default")
        known = known | {question.name}


def in_settings(template: Template, known: Collection[str]) -> Iterator[Finding]:
    for setting in TEMPLATED_SETTINGS:
        file, line = template.place(setting)
        for text in texts(template.config.get(setting)):
            place = Place(file, line, prefix=f"in `{setting}`, ")
            yield from judge(template, text, known, place, may_change=True)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.items() for text in texts(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in texts(item))


def paths(template: Template) -> list[str]:
    """Each file and folder once, by its path from the template's folder."""
    found = {
        parent
        for path, source in read_sources(template).items()
        for parent in (PurePath(source.shown), *PurePath(source.shown).parents)
    }
    return sorted(path.as_posix() for path in found if "{" in path.name)


def as_loops(name: str) -> str:
    """The last part of a path, with copier's `yield`, which Jinja does not know, as a loop."""
    return END_YIELD.sub(r"\1endfor", YIELD.sub(r"\1for \2 in", PurePath(name).name))


def in_file(template: Template, source: Source, known: Collection[str]) -> Iterator[Finding]:
    if source.text is None:
        yield Finding(CHECK, "is rendered, but is no UTF-8 text", "rename it", source.shown)
        return
    yield from judge(template, source.text, known, Place(source.shown, has_lines=True))
    yield from in_included(template, source, known)


def in_included(template: Template, source: Source, known: Collection[str]) -> Iterator[Finding]:
    """Judge what a file includes or imports from outside of the project's folders."""
    import jinja2
    from jinja2 import meta

    try:
        tree = environment(template.envops).parse(source.text)
    except (jinja2.TemplateSyntaxError, RecursionError):
        return  # said already
    inside = template.folder.resolve()
    for name in meta.find_referenced_templates(tree):
        path = template.folder / (name or "")
        is_ours = name and path.is_file() and path.resolve().is_relative_to(inside)
        if is_ours and not any(path.is_relative_to(root) for root in roots(template)):
            included = read_source(template, path)
            yield from judge(
                template,
                included.text or "",
                {*known, *assigned(tree)},
                Place(included.shown, has_lines=True),
            )


def assigned(tree: Any) -> set[str]:
    from jinja2 import nodes

    return {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}


def judge(
    template: Template, text: str, known: Collection[str], place: Place, *, may_change: bool = False
) -> Iterator[Finding]:
    """Judge one text of Jinja.

    Args:
        may_change: whether it may well be another thing each time that it is rendered.
    """
    try:
        yield from findings_in(template, text, known, place, may_change=may_change)
    except RecursionError:
        yield place.finding(None, "nests too deep to be read", "write it in several steps, with `set`")


def findings_in(
    template: Template, text: str, known: Collection[str], place: Place, *, may_change: bool
) -> Iterator[Finding]:
    import jinja2

    jinja = environment(template.envops)
    if not is_templated(text, template.envops) and not template.envops.get("line_statement_prefix"):
        return
    try:
        tree = jinja.parse(text)
    except jinja2.TemplateSyntaxError as error:
        hint = "see https://jinja.palletsprojects.com/en/stable/templates/"
        yield place.finding(error.lineno, error.message or "is no Jinja", hint)
        return
    if unknown := list(unknown_filters(tree, jinja, place)):
        yield from unknown  # Jinja tells of no names before it knows the filters
        return
    undeclared = looked_up(tree)
    yield from undeclared_names(tree, undeclared - {*known, *jinja.globals}, known, place)
    if not may_change:
        yield from unsteady(tree, undeclared, place)


def looked_up(tree: Any) -> set[str]:
    """The names that a text takes from outside.

    As `jinja2.meta.find_undeclared_variables`, but that constants stay as they are: they would be computed
    here, where nothing bounds them.
    """
    from jinja2 import pass_context
    from jinja2.meta import TrackingCodeGenerator

    @pass_context
    def as_it_is(context: Any, value: Any) -> Any:  # what asks for a context is called at no other time
        return value

    reader = TrackingCodeGenerator(tree.environment.overlay(finalize=as_it_is))
    reader.optimizer = None
    reader.visit(tree)
    return reader.undeclared_identifiers


def undeclared_names(tree: Any, names: set[str], known: Collection[str], place: Place) -> Iterator[Finding]:
    from jinja2 import nodes

    for name in sorted(names.difference(may_be_missing(tree))):
        lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == name]
        hint = did_you_mean(name, sorted(known), f"ask a question `{name}` in copier.yml, or set it first")
        yield place.finding(min(lines, default=None), f"`{name}` is undeclared", hint)


def may_be_missing(tree: Any) -> Iterator[str]:
    """Names that a text itself asks for, as in `x is defined` and `x | default("")`."""
    from jinja2 import nodes

    for test in tree.find_all(nodes.Test):
        if test.name in ("defined", "undefined") and isinstance(test.node, nodes.Name):
            yield test.node.name
    for used in tree.find_all(nodes.Filter):
        if used.name in ("default", "d") and isinstance(used.node, nodes.Name):
            yield used.node.name


def unknown_filters(tree: Any, jinja: Any, place: Place) -> Iterator[Finding]:
    from jinja2 import nodes

    for kind, known in ((nodes.Filter, jinja.filters), (nodes.Test, jinja.tests)):
        for node in tree.find_all(kind):
            if node.name not in known:
                hint = did_you_mean(node.name, sorted(known), "take one that Jinja or copier has")
                what = "filter" if kind is nodes.Filter else "test"
                yield place.finding(node.lineno, f"`{node.name}` is an unknown {what}", hint)


def unsteady(tree: Any, names: Collection[str], place: Place) -> Iterator[Finding]:
    """What is another thing tomorrow would look like a change of the template to an update."""
    from jinja2 import nodes

    found = [(used.name, used.lineno) for used in tree.find_all(nodes.Filter) if is_unsteady(used)]
    found += [
        (node.name, node.lineno)
        for node in tree.find_all(nodes.Name)
        if node.name in UNSTEADY_NAMES.intersection(names)
    ]
    for name, line in found:
        yield place.finding(line, f"`{name}` gives another result each time", STEADY)


def is_unsteady(used: Any) -> bool:
    """Whether a filter reads the clock or chance; a time or a seed that is passed is neither."""
    return used.name in UNSTEADY_FILTERS and not used.args and not used.kwargs
