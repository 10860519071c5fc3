"""What features add to files that are not their own: read, and merged key by key."""

from pathlib import Path

import pytest

from fastkit.catalog import features
from fastkit.catalog.seams import Clash, Insertion, insertion, merged, read_insertion
from fastkit.catalog.template import Template
from fastkit.computing.python_lists import Item
from fastkit.errors import TemplateError
from tests.support.folders import write, write_template


def test_an_insertion_names_the_module_of_its_item() -> None:
    given = {"file": "a.py", "list": "ROUTERS", "import": "src.routes.notes", "item": "notes.router"}
    assert read_insertion(given) == Insertion("a.py", Item("ROUTERS", "notes.router", "src.routes", "notes"))


def test_an_insertion_names_what_it_imports_after_a_colon() -> None:
    given = {"file": "a.py", "list": "MODELS", "import": "src.models.notes:Note", "item": "Note"}
    assert read_insertion(given) == Insertion("a.py", Item("MODELS", "Note", "src.models.notes", "Note"))


def test_an_insertion_need_not_import_anything() -> None:
    given = {"file": "a.py", "list": "NAMES", "item": '"notes"'}
    assert read_insertion(given) == Insertion("a.py", Item("NAMES", '"notes"'))


def test_an_insertion_may_be_for_projects_with_a_feature_alone() -> None:
    given = {"file": "a.py", "list": "NAMES", "item": '"notes"', "feature": "exports"}
    found = read_insertion(given)
    assert found == Insertion("a.py", Item("NAMES", '"notes"'), "exports")
    assert (found.is_for(["exports", "cache"]), found.is_for(["cache"])) == (True, False)


@pytest.mark.parametrize(
    "value",
    [
        "a.py",
        {"file": "a.py", "list": "NAMES"},
        {"file": "a.py", "list": "NAMES", "item": 1},
        {"file": "a.py", "list": "NAMES", "item": ""},
        {"file": "a.py", "list": "NAMES", "item": "1", "line": "2"},
        {"file": "../a.py", "list": "NAMES", "item": "1"},
        {"file": "/a.py", "list": "NAMES", "item": "1"},
    ],
)
def test_an_insertion_that_says_too_little_or_leads_out_is_refused(value: object) -> None:
    assert insertion("`insert`", value)


def test_mappings_are_merged_key_by_key() -> None:
    one = {"redis": {"image": "redis:8", "ports": [1]}}
    other = {"redis": {"ports": [1], "user": "redis"}, "postgres": {}}
    assert merged([one, other]) == {
        "redis": {"image": "redis:8", "ports": [1], "user": "redis"},
        "postgres": {},
    }
    assert one == {"redis": {"image": "redis:8", "ports": [1]}}


@pytest.mark.parametrize("other", [{"a": {"b": 2}}, {"a": 1}])
def test_two_values_for_one_key_clash(other: dict[str, object]) -> None:
    with pytest.raises(Clash):
        merged([{"a": {"b": 1}}, other])


# In feature.yml.

COPIER_YML = "_subdirectory: project\n_fastkit: {features: [cache, jobs, plain]}\n"

CACHE = """\
title: A cache
dependencies: [redis>=8, cashews>=7]
env: {CACHE_URL: redis://127.0.0.1}
services: {redis: {image: redis:8}}
"""
JOBS = """\
title: Jobs
dependencies: [taskiq>=0.13, redis>=8]
services: {redis: {image: redis:8}}
workers: {worker: {command: [taskiq]}}
"""


@pytest.fixture
def template(tmp_path: Path) -> Template:
    write(
        tmp_path / "demo" / "features",
        {"cache/feature.yml": CACHE, "jobs/feature.yml": JOBS, "plain/feature.yml": "title: Plain\n"},
    )
    return write_template(tmp_path / "demo", {"copier.yml": COPIER_YML, "project/a.txt": ""})


def test_files_know_what_the_chosen_features_add(template: Template) -> None:
    chosen = features.chosen(template, ["jobs", "cache"])
    known = features.computed(chosen)
    assert known["features_dependencies"] == ["cashews>=7", "redis>=8", "taskiq>=0.13"]
    assert known["features_env"] == {"CACHE_URL": "redis://127.0.0.1"}
    assert known["features_services"] == {"redis": {"image": "redis:8"}}
    assert known["features_workers"] == {"worker": {"command": ["taskiq"]}}
    assert known["features_environment"] == known["features_checks"] == {}


def test_no_project_can_have_the_name_of_what_a_feature_installs(template: Template) -> None:
    assert features.taken_names(features.offered(template)) == {"redis", "cashews", "taskiq"}


def test_features_that_differ_in_a_value_are_named(template: Template) -> None:
    write(template.folder / "features", {"jobs/feature.yml": JOBS.replace("redis:8}", "redis:9}")})
    with pytest.raises(TemplateError, match=r"`cache` and `jobs` differ in `services.redis.image`"):
        features.computed(features.chosen(template, ["jobs", "cache"]))


def test_an_invalid_insertion_is_refused_with_its_line(template: Template) -> None:
    write(template.folder / "features", {"jobs/feature.yml": "title: Jobs\ninsert: [{file: a.py}]\n"})
    with pytest.raises(TemplateError, match=r"demo/features/jobs/feature.yml:2: .* must be a mapping"):
        features.offered(template)
