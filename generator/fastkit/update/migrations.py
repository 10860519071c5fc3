"""Migrations that an update adds to a project, after those that it has."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastkit.catalog import features, migrations
from fastkit.catalog.features import Feature
from fastkit.catalog.resources import Resource, in_order, in_order_of_need
from fastkit.catalog.template import Template
from fastkit.distributions import is_older
from fastkit.errors import ProjectError
from fastkit.plan import Recipe
from fastkit.record.project_yml import Record
from fastkit.record.tree import File, Tree
from fastkit.rendering import resources
from fastkit.wording import listed

KEPT = '''\
"""without {name}: {what}, with the data"""

revision = ""
down_revision = ""

kept = {tables}


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
'''
"""The migration of a project that loses a feature and keeps its tables."""


NUMBERED = re.compile(r"([0-9]{4})(_.*)?", re.DOTALL)
"""Revisions that fastkit counts on from; Alembic's own, such as `97669ec1b2a4`, are none."""


@dataclass
class Chain:
    """The migrations of a project, and those that are added to it.

    Attributes:
        head: the last revision; empty where there is none.
        number: the highest with which a revision begins.
        revisions: by the names of the migrations that fastkit knows.
    """

    template: Template
    head: str
    number: int
    revisions: dict[str, str]
    added: dict[str, File] = field(default_factory=dict)

    def add(self, name: str, text: str) -> str:
        self.number += 1
        revision = migrations.numbered(self.number, name)
        path = migrations.path_of(self.template, revision)
        self.added[path] = File(migrations.filled(text, revision, self.head).encode())
        self.head = revision
        return revision


def with_migrations(
    recipe: Recipe, record: Record, project: Path, alembic: str, *, drop: bool, forget: bool = False
) -> tuple[Recipe, Tree]:
    """The recipe with the revisions that its project will have, and the files of new ones.

    Args:
        alembic: how the project's alembic is called.
        drop: whether tables of features and resources that go are dropped.
        forget: whether resources that go become the owner's, with their tables.

    Raises:
        ProjectError: a migration is to be added, and the project has two heads.
    """
    new = [*missing(recipe, record)]
    gone = [*without(recipe, record)]
    has_changed = recipe.resources != record.resources and not forget
    if not migrations.projects_folder(recipe.template):
        kept = still_kept(recipe, record.kept if forget else (*record.kept, *record.resources))
        return replace(recipe, migrations=record.migrations, kept=kept), {}
    if not (new or gone or has_changed):
        return replace(recipe, migrations=record.migrations), {}
    chain = chain_of(recipe.template, record, project, alembic)
    kept = without_resources(chain, record, recipe, drop=drop) if has_changed else record.kept
    for feature in gone:
        leave(chain, feature, drop=drop)
    for name, file in new:
        chain.revisions[name] = chain.add(name, migrations.read(recipe.template, file))
    if has_changed:
        kept = with_resources(chain, record, recipe, kept)
    return replace(recipe, migrations=chain.revisions, kept=kept), chain.added


def missing(recipe: Recipe, record: Record) -> Iterator[tuple[str, Path]]:
    """Migrations that the project needs and does not have."""
    template = recipe.template
    for name, (file, version) in migrations.changes(template).items():
        if name not in record.migrations and is_older(record.version, version):
            yield name, file
    for name, file in migrations.brought(template, recipe.features).items():
        if name not in record.migrations:
            yield name, file


def without(recipe: Recipe, record: Record) -> Iterator[Feature]:
    """Features with tables that the project is about to lose, the last one first."""
    template = recipe.template
    names = [name for name in template.features if name in record.features]
    for name in reversed(names):
        if name not in recipe.feature_names:
            feature = features.load(template, name)
            if record.migrations.keys() & dict(migrations.of_features([feature])).keys():
                yield feature


def leave(chain: Chain, feature: Feature, *, drop: bool) -> None:
    files = dict(migrations.of_features([feature]))
    for name in [name for name in reversed(files) if name in chain.revisions]:
        text = migrations.read(chain.template, files[name])
        if drop:
            chain.add(f"drop_{name}", dropping(name, text))
            del chain.revisions[name]
        else:
            chain.add(f"without_{name}", keeping(name, migrations.tables_of(text)))


def dropping(name: str, text: str) -> str:
    docstring = ast.get_docstring(ast.parse(text), clean=False)
    return migrations.reversed_steps(text.replace(docstring, f"drop {name}", 1) if docstring else text)


def keeping(name: str, tables: tuple[str, ...]) -> str:
    what = "its tables stay" if len(tables) > 1 else "its table stays"
    shown = ", ".join(f'"{table}"' for table in tables)
    return KEPT.format(name=name, what=what, tables=f"({shown},)" if len(tables) == 1 else f"({shown})")


# Resources.


def without_resources(chain: Chain, record: Record, recipe: Recipe, *, drop: bool) -> tuple[Resource, ...]:
    """The resources whose tables stay, once those that go have left."""
    stay = {resource.plural for resource in recipe.resources}
    kept = record.kept
    for resource in reversed(in_order_of_need(record.resources)):
        if resource.plural in stay:
            continue
        if drop:
            text = resources.creating(chain.template, resource)
            chain.add(f"drop_{resource.plural}", dropping(resource.plural, text))
            chain.revisions.pop(resource.plural, None)
        else:
            chain.add(f"without_{resource.plural}", keeping(resource.plural, (resource.plural,)))
            kept = (*kept, resource)
    return in_order(kept)


def with_resources(
    chain: Chain, record: Record, recipe: Recipe, kept: tuple[Resource, ...]
) -> tuple[Resource, ...]:
    """The resources whose tables are kept, once all others have the tables that they need."""
    before = {resource.plural: resource for resource in (*kept, *record.resources)}
    for resource in in_order_of_need(recipe.resources):
        old = before.get(resource.plural)
        text = resources.creating(chain.template, resource)
        if old is None:
            chain.revisions[resource.plural] = chain.add(resource.plural, text)
        elif text != resources.creating(chain.template, old):
            what = differences(old, resource)
            chain.add(f"change_{resource.plural}", resources.changing(chain.template, old, resource, what))
    return still_kept(recipe, kept)


def still_kept(recipe: Recipe, kept: Iterable[Resource]) -> tuple[Resource, ...]:
    """Those that are not resources any more, though their records are there."""
    here = {resource.plural for resource in recipe.resources}
    return in_order(resource for resource in kept if resource.plural not in here)


def differences(old: Resource, new: Resource) -> str:
    """As a title of the migration, such as `+due, -price, title`."""
    gone = [f"-{field.name}" for field in old.fields if not new.field(field.name)]
    others = [(field, old.field(field.name)) for field in new.fields]
    return ", ".join(
        [
            *(f"+{field.name}" for field, before in others if before is None),
            *gone,
            *(field.name for field, before in others if before not in (None, field)),
        ]
    )


# What the project has.


def chain_of(template: Template, record: Record, project: Path, alembic: str) -> Chain:
    found = dict(read_revisions(project / migrations.projects_folder(template)))
    followed = {one for down in found.values() for one in down}
    heads = sorted(found.keys() - followed)
    if len(heads) > 1:
        raise ProjectError(
            f"the project's migrations have {len(heads)} heads: {listed(heads)}",
            f"merge them with `{alembic} merge heads`, commit the result, and try again",
        )
    numbers = [int(match[1]) for revision in found if (match := NUMBERED.fullmatch(revision))]
    return Chain(template, heads[0] if heads else "", max(numbers, default=0), dict(record.migrations))


def read_revisions(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each revision, and those that it follows. What is not a migration is left out."""
    for file in sorted(folder.glob("*.py")):
        try:
            values = assigned(ast.parse(file.read_bytes()))
        except (OSError, SyntaxError, ValueError):
            continue
        if isinstance(revision := values.get("revision"), str):
            yield revision, as_texts(values.get("down_revision"))


def assigned(module: ast.Module) -> Mapping[str, object]:
    """The constants at the top level of a module, by their names."""
    found: dict[str, object] = {}
    for statement in module.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            if isinstance(target, ast.Name):
                found[target.id] = constant(statement)
    return found


def constant(statement: ast.stmt) -> object:
    value = getattr(statement, "value", None)
    try:
        return ast.literal_eval(value) if value else None
    except ValueError:
        return None


def as_texts(value: object) -> tuple[str, ...]:
    many: Iterable[object] = value if isinstance(value, tuple | list) else (value,)
    return tuple(text for text in many if isinstance(text, str))
