"""Every bundled feature alone, in pairs and all together, for every package manager: what it renders."""

from fastkit.catalog.find import list_templates
import itertools
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastkit.catalog import template, features
from fastkit.catalog.template import Template
from fastkit.checking.formats import format_of, markdown
from fastkit.catalog.features import Feature
from tests.support.folders import tree
from tests.support.projects import ANSWERS, MANAGERS, render

OFFERING = [template for template in list_templates() if template.source == "bundled" and template.features]

every_template = pytest.mark.parametrize("template", OFFERING, ids=lambda template: template.name)

every_template_for_kubernetes = pytest.mark.parametrize(
    "template",
    [template for template in OFFERING if "kubernetes" in template.features],
    ids=lambda template: template.name,
)

every_manager = pytest.mark.parametrize("manager", MANAGERS)

Rendered = Callable[..., Path]

TITLE = re.compile(r"^## ", re.MULTILINE)

GITHUB_EXPRESSION = re.compile(r"\$\{\{ [\w.()' /*-]+? (== '\w+' )?\}\}")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """A project with features, rendered once."""
    made: dict[tuple[str, ...], Path] = {}

    def project(template: Template, manager: str, *names: str) -> Path:
        key = (template.name, manager, *names)
        if key not in made:
            parent = tmp_path_factory.mktemp("features")
            made[key] = render(template, {**ANSWERS, "package_manager": manager}, parent, names)
        return made[key]

    return project


def combinations(template: Template, sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """Each choice of so many features, with what these require and without what they exclude."""
    offered = {feature.name: feature for feature in features.offered(template)}
    wanted = [names for size in sizes for names in itertools.combinations(offered, size)]
    found = {tuple(sorted(closed(names, offered))) for names in wanted}
    return sorted(names for names in found if not excluded(names, offered))


def closed(names: tuple[str, ...], offered: Mapping[str, Feature]) -> set[str]:
    """The features and all that they require."""
    found = set(names)
    while more := {required for name in found for required in offered[name].requires} - found:
        found |= more
    return found


def excluded(names: tuple[str, ...], offered: Mapping[str, Feature]) -> bool:
    return any(other in names for name in names for other in offered[name].conflicts)


@every_manager
@every_template
def test_each_feature_and_all_together_are_well_formed_and_told_of(
    template: Template, manager: str, rendered: Rendered
) -> None:
    for names in combinations(template, [1, len(template.features)]):
        judge_project(template, manager, names, rendered)


@pytest.mark.slow
@every_manager
@every_template
def test_each_pair_is_well_formed_and_told_of(template: Template, manager: str, rendered: Rendered) -> None:
    for names in combinations(template, [2]):
        judge_project(template, manager, names, rendered)


def judge_project(template: Template, manager: str, names: tuple[str, ...], rendered: Rendered) -> None:
    plain, project = rendered(template, manager), rendered(template, manager, *names)
    for path in sorted(tree(project).keys() - tree(plain).keys()):
        if (project / path).is_file():
            judge(project / path)
    readme = (project / "README.md").read_text("utf-8")
    assert readme.startswith("# ")
    markdown(readme)
    usual = (plain / "README.md").read_text("utf-8")
    added_titles = len(TITLE.findall(readme)) - len(TITLE.findall(usual))
    assert added_titles == len(names), names
    chosen = features.chosen(template, names)
    added = [wanted for feature in chosen for wanted in feature.dev_dependencies]
    assert dev_dependencies(project) == [*dev_dependencies(plain), *added]


def judge(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n"), f"{path}: the last line has no end"
    assert not text.endswith("\n\n"), f"{path}: empty lines at the end"
    assert "\n\n\n\n" not in text, f"{path}: a hole"
    assert not re.search(r"[ \t]$", text, re.MULTILINE), f"{path}: blanks at a line's end"
    if path.name != "justfile":  # its own variables are in such braces
        assert not re.search(r"\{\{|\{%|\{#|%\}", GITHUB_EXPRESSION.sub("", text)), path
    if found := format_of(path.name):
        found[1](text)


def dev_dependencies(project: Path) -> list[str]:
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    return list(pyproject["dependency-groups"]["dev"])


@every_template
def test_the_same_features_make_the_same_bytes(template: Template, tmp_path: Path) -> None:
    names = [feature.name for feature in features.offered(template)]
    first, second = (
        tree(render(template, ANSWERS, tmp_path / side, order))
        for side, order in (("a", names), ("b", names[::-1]))
    )
    assert first == second


@every_template
def test_no_two_features_write_the_same_file(template: Template) -> None:
    owner: dict[str, str] = {}
    for feature in features.offered(template):
        for path in {
            path.relative_to(layer).as_posix() for layer in feature.layers for path in layer.rglob("*")
        }:
            if any((layer / path).is_file() for layer in feature.layers):
                assert owner.setdefault(path, feature.name) == feature.name, path


@every_template_for_kubernetes
def test_features_that_are_rendered_for_a_project_of_any_name(template: Template, tmp_path: Path) -> None:
    """Kubernetes takes no name that begins with a digit, or has dots, capitals or underscores."""
    for number, name in enumerate(("7.Shop_API", "Z" * 64, "x--y..z")):
        answers = {**ANSWERS, "project_name": name}
        project = render(template, answers, tmp_path / str(number), ["docker", "kubernetes"])
        about = yaml.safe_load((project / "k8s/base/kustomization.yaml").read_text("utf-8"))
        prefix = about["namePrefix"]
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*-", prefix)
        assert len(f"{prefix}migrations-1234567890-12345") <= 63 + 8
        assert len(about["images"][0]["newName"]) <= 63


ODD_WORDS = ("null", "true", "on", "No", "y", "NaN", "1e3", "0x1F", "12")
"""Names, authors and descriptions that some reader of YAML takes for something else than a text."""


@every_template
def test_every_answer_is_text_in_yaml(template: Template, rendered: Rendered, tmp_path: Path) -> None:
    names = [feature.name for feature in features.offered(template)]
    plain = rendered(template, "uv", *names)
    for word in ODD_WORDS:
        answers = {**ANSWERS, "project_name": word, "author": word, "description": word}
        project = render(template, answers, tmp_path / word, names)
        for path in sorted(path.relative_to(plain) for path in plain.rglob("*.y*ml")):
            odd, usual = ((root / path).read_text("utf-8") for root in (project, plain))
            assert types(yaml.safe_load(odd)) == types(yaml.safe_load(usual)), (word, path)
            if path.parts[0] != ".fastkit":  # which fastkit alone reads
                assert unquoted(odd).count(word) == unquoted(usual).count(word), (word, path)


def types(value: Any) -> Any:
    """A document with the type of each value in place of the value."""
    if isinstance(value, dict):
        return {key: types(entry) for key, entry in value.items()}
    return [types(entry) for entry in value] if isinstance(value, list) else type(value)


def unquoted(text: str) -> list[str]:
    events = yaml.parse(text)
    return [event.value for event in events if isinstance(event, yaml.ScalarEvent) and not event.style]


# What each file has to say.


@every_manager
@every_template
def test_the_image_is_built_in_two_stages_and_runs_as_nobody(
    template: Template, manager: str, rendered: Rendered
) -> None:
    lines = (rendered(template, manager, "docker") / "Dockerfile").read_text("utf-8").splitlines()
    words = [line.split(maxsplit=1) for line in lines if re.match(r"[A-Z]+ ", line)]
    last = [index for index, (word, _) in enumerate(words) if word == "FROM"][-1]
    final = dict(words[last:])
    assert sum(word == "FROM" for word, _ in words) == 2
    assert final["USER"] == "10001:10001"
    assert "HEALTHCHECK" in final
    assert "/health" in "".join(lines)
    assert not [rest for word, rest in words[last:] if word == "RUN" and "pip" in rest]


@every_manager
@every_template
def test_the_workflow_can_read_and_nothing_else(template: Template, manager: str, rendered: Rendered) -> None:
    project = rendered(template, manager, "github-actions")
    workflow = yaml.safe_load((project / ".github/workflows/checks.yml").read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    for step in steps:
        assert not ({"permissions"} & step.keys())
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
    oldest = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    versions = workflow["jobs"]["tests"]["strategy"]["matrix"]["python"]
    assert (f">={versions[0]}", versions[-1]) == (oldest, "3.14")


SCHEMAS = {
    "compose.yaml": ("docker", "vendor.compose-spec"),
    ".github/workflows/checks.yml": ("github-actions", "vendor.github-workflows"),
    ".github/dependabot.yml": ("github-actions", "vendor.dependabot"),
}
"""Files with a published schema, which the package check-jsonschema brings along."""


@pytest.mark.parametrize("file", SCHEMAS)
@every_template
def test_files_with_a_schema_follow_it(file: str, template: Template, rendered: Rendered) -> None:
    feature, schema = SCHEMAS[file]
    files = [str(rendered(template, manager, feature) / file) for manager in MANAGERS]
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@every_template
def test_a_development_container_is_plain_json(template: Template, rendered: Rendered) -> None:
    text = (rendered(template, "pip", "devcontainer") / ".devcontainer/devcontainer.json").read_text("utf-8")
    about = json.loads(text)
    assert about["image"].startswith("mcr.microsoft.com/devcontainers/python:")
    assert about["forwardPorts"] == [8000]


# Tools that are no part of the environment of the tests.


def tool(name: str, *words: str, cwd: Path) -> str:
    """What a tool prints about the project; skips the test where the tool is not there."""
    program = shutil.which(name) or pytest.skip(f"{name} is not installed")
    done = subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@every_manager
@every_template
def test_hadolint_has_nothing_to_say(template: Template, manager: str, rendered: Rendered) -> None:
    assert tool("hadolint", "Dockerfile", cwd=rendered(template, manager, "docker")) == ""


@pytest.fixture(scope="module")
def objects(rendered: Rendered) -> Callable[[Template], list[dict[str, Any]]]:
    """What `kubectl apply` would send."""

    def built(template: Template) -> list[dict[str, Any]]:
        project = rendered(template, "uv", "docker", "kubernetes")
        return list(yaml.safe_load_all(tool("kubectl", "kustomize", "k8s/base", cwd=project)))

    return built


@every_template_for_kubernetes
def test_the_objects_follow_the_schemas_of_kubernetes(
    template: Template, objects: Callable[[Template], list[dict[str, Any]]]
) -> None:
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    for found in objects(template):
        validator.validate(found, "1.35", strict=True)


@every_template_for_kubernetes
def test_the_objects_fit_together(
    template: Template, objects: Callable[[Template], list[dict[str, Any]]]
) -> None:
    found = {
        thing["kind"]: thing for thing in objects(template) if thing["metadata"]["name"].endswith("-api")
    }
    pod = found["Deployment"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert found["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert (
        found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]
        == (found["Deployment"]["metadata"]["name"])
    )
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in {"/health", "/live"}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]}
    assert "cpu" in container["resources"]["requests"], "the autoscaler has nothing to go by"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


@every_template_for_kubernetes
def test_data_in_files_is_served_by_one_pod(
    template: Template, objects: Callable[[Template], list[dict[str, Any]]]
) -> None:
    found = {
        thing["kind"]: thing["spec"]
        for thing in objects(template)
        if thing["metadata"]["name"].endswith("-api")
    }
    shared = found.get("PersistentVolumeClaim", {}).get("accessModes", ["ReadWriteMany"])
    one_pod = shared != ["ReadWriteMany"]
    assert (found["HorizontalPodAutoscaler"]["maxReplicas"] == 1) is one_pod
    assert (found["Deployment"]["strategy"].get("type") == "Recreate") is one_pod


@every_manager
@every_template
def test_make_and_just_know_each_command(template: Template, manager: str, rendered: Rendered) -> None:
    project = rendered(template, manager, "docker", "makefile", "justfile")
    named = re.findall(r"`make (\w+)`", (project / "README.md").read_text("utf-8"))
    assert named == ["install", "run", "test", "check", "format", "image", "up", "down"]
    shown = tool("make", "--dry-run", *named, cwd=project)
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert f"uvicorn {pyproject['tool']['fastapi']['entrypoint']} --reload" in shown
    for name in named:
        assert re.search(rf"^{name} +\w", tool("make", cwd=project), re.MULTILINE)
    assert tool("just", "--summary", "--unsorted", cwd=project).split() == ["default", *named]


@every_template
def test_make_and_just_have_no_containers_without_docker(template: Template, rendered: Rendered) -> None:
    project = rendered(template, "uv", "makefile", "justfile")
    for file in ("Makefile", "justfile", "README.md"):
        assert "docker" not in (project / file).read_text("utf-8").lower(), file
