"""Features: found beside a template, chosen by name, laid over the project and told of in its README."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.catalog import features
from fastkit.catalog.questions import Answers
from fastkit.catalog.template import Template
from fastkit.errors import TemplateError, UnknownName, UsageError
from fastkit.plan import Recipe
from fastkit.rendering.stage import staged
from tests.support.command_line import fastkit
from tests.support.demo import WORDS
from tests.support.folders import read, write, write_template

COPIER_YML = """\
_subdirectory: project
_envops: {undefined: jinja2.StrictUndefined}
_fastkit: {features: [docker, kubernetes, bare]}
project_name: {type: str, help: Enter the project name}
author: {type: str}
author_email: {type: str}
description: {type: str}
features: {type: yaml, when: false, default: []}
features_readme: {type: str, when: false, default: ""}
features_dev_dependencies: {type: yaml, when: false, default: []}
"""

FEATURES: dict[str, str | bytes] = {
    "docker/feature.yml": "title: A container\nconflicts: [bare]\ndev_dependencies: ['hadolint>=1', 'b']\n",
    "docker/README.md.jinja": "\n## Docker\n\nBuild {{ project_name }}.\n\n",
    "docker/project/Dockerfile.jinja": "LABEL {{ project_name }} {{ features | join('+') }}\n",
    "docker/project/shared.txt": "shared\n",
    "kubernetes/feature.yml": "title: A cluster\nrequires: [docker]\ndev_dependencies: [b, c]\n",
    "kubernetes/README.md.jinja": "## Kubernetes\n",
    "kubernetes/project/k8s/base.yaml": "kind: List\n",
    "bare/feature.yml": "title: Bare\n",
}

PROJECT: dict[str, str | bytes] = {
    "copier.yml": COPIER_YML,
    "project/README.md.jinja": (
        "# {{ project_name }}{% if features_readme %}\n\n{{ features_readme }}{% endif %}\n"
    ),
    "project/deps.jinja": "{{ features_dev_dependencies | to_json }}",
    "project/Dockerfile": "its own\n",
}


@pytest.fixture
def template(tmp_path: Path) -> Template:
    write(tmp_path / "_features", FEATURES)
    return write_template(tmp_path / "demo", PROJECT)


def render(template: Template, *names: str) -> dict[str, str | bytes]:
    answers = {"project_name": "shop", "author": "", "author_email": "", "description": ""}
    recipe = Recipe(template, Answers(answers), "shop", features.chosen(template, names))
    with staged(recipe, template.folder.parent) as it:
        return read(it)


# Which there are.


def test_a_template_offers_its_features_in_its_own_order(template: Template) -> None:
    found = features.offered(template)
    assert [feature.name for feature in found] == ["docker", "kubernetes", "bare"]
    assert (found[0].title, found[1].requires, found[0].conflicts) == ("A container", ("docker",), ("bare",))


def test_a_template_without_features_offers_none(tmp_path: Path) -> None:
    assert features.offered(write_template(tmp_path / "plain", {})) == ()


def test_a_feature_that_is_not_beside_the_template_is_fastkits_own(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": COPIER_YML.replace(", kubernetes, bare", "")})
    write(tmp_path / "bundled", {"_features/docker/feature.yml": "title: The bundled one\n"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "bundled_folder", lambda: tmp_path / "bundled")
        assert features.offered(template)[0].title == "The bundled one"
        write(tmp_path, {"_features/docker/feature.yml": "title: The one beside\n"})
        assert features.offered(template)[0].title == "The one beside"


def test_a_template_can_have_a_feature_of_its_own(template: Template) -> None:
    write(template.folder, {"features/bare/feature.yml": "title: Barer\n", "features/bare/project/x": "y"})
    assert features.offered(template)[2].title == "Barer"
    assert render(template, "bare")["x"] == "y"


@pytest.mark.parametrize("name", ["nothing", "../docker", "", "."])
def test_a_missing_feature_is_an_error_of_the_template(name: str, tmp_path: Path) -> None:
    template = write_template(
        tmp_path / "demo", {"copier.yml": f"_fastkit: {{features: ['{name}']}}\n_subdirectory: p"}
    )
    with pytest.raises(
        TemplateError, match=re.escape(f"offers the feature `{name}`, which has no feature.yml")
    ):
        features.offered(template)


def test_a_requirement_that_is_not_offered_is_an_error_of_the_template(template: Template) -> None:
    config = {"_subdirectory": "project", "_fastkit": {"features": ["kubernetes"]}}
    without = Template("demo", template.folder, "folder", config)
    with pytest.raises(TemplateError, match="offers the feature `kubernetes` but not `docker`"):
        features.offered(without)


def test_a_question_cannot_have_a_name_that_features_need(tmp_path: Path) -> None:
    config = "_subdirectory: project\n_fastkit: {features: [docker]}\nfeatures: {type: str}\n"
    with pytest.raises(TemplateError, match="asks `features`"):
        features.offered(write_template(tmp_path / "demo", {"copier.yml": config}))


def test_a_copier_template_can_ask_a_question_called_features(tmp_path: Path) -> None:
    config = "_subdirectory: project\nfeatures: {type: yaml, default: [a, b]}\n"
    template = write_template(tmp_path / "demo", {"copier.yml": config, "project/x.jinja": "{{ features }}"})
    run = fastkit(
        "startdemo", str(template.folder), "--project-name", "shop", "--yes", "--no-git", cwd=tmp_path
    )
    assert (run.code, (tmp_path / "shop/x").read_text()) == (0, "['a', 'b']")


def test_a_template_with_features_must_have_a_subdirectory(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": "_fastkit: {features: [docker]}\n"})
    with pytest.raises(TemplateError, match="must have a `_subdirectory`"):
        features.offered(template)


BROKEN = {
    "title: [": ":2: is not YAML: ",
    f"title: {'[' * 60}": ":1: nests deeper than 50 levels",
    "- title": ":1: is not a mapping",
    "": ":1: is not a mapping",
    "description: x": ": must have a `title`",
    "title: x\n\nrequire: [a]": ":3: has the unknown setting `require`; there are title, ",
    "requires: docker\ntitle: x": ":1: `requires` must be a list",
    "title: x\nconflicts: [1]": ":2: `1` in `conflicts` must be text",
    "title: 3": ":1: `title` must be text",
}


@pytest.mark.parametrize("text", BROKEN)
def test_an_invalid_feature_yml_is_reported_with_its_line(text: str, template: Template) -> None:
    write(template.folder.parent, {"_features/bare/feature.yml": f"{text}\n"})
    with pytest.raises(TemplateError) as caught:
        features.offered(template)
    assert caught.value.message.startswith(f"_features/bare/feature.yml{BROKEN[text]}")
    assert caught.value.hint == "fix the feature `bare`"


# Choosing.


def test_chosen_features_come_once_and_in_the_templates_order(template: Template) -> None:
    found = features.chosen(template, ["kubernetes", "docker", "kubernetes"])
    assert [feature.name for feature in found] == ["docker", "kubernetes"]


def test_no_feature_is_read_if_none_is_chosen(tmp_path: Path) -> None:
    assert features.chosen(write_template(tmp_path / "demo", {"copier.yml": COPIER_YML}), []) == ()


def test_an_unknown_feature_is_refused_with_the_closest_name(template: Template) -> None:
    with pytest.raises(UnknownName) as caught:
        features.chosen(template, ["dokcer"])
    assert caught.value.message == "there is no feature of `demo` called `dokcer`"
    assert caught.value.hint == "did you mean `docker`?"
    with pytest.raises(UnknownName) as caught:
        features.chosen(template, ["zzz"])
    assert caught.value.hint == "`demo` offers docker, kubernetes, bare"


def test_a_missing_requirement_is_refused(template: Template) -> None:
    with pytest.raises(UsageError, match="the feature `kubernetes` requires `docker`") as caught:
        features.chosen(template, ["kubernetes"])
    assert caught.value.hint == "choose `docker` as well"


def test_features_that_exclude_each_other_are_refused(template: Template) -> None:
    with pytest.raises(UsageError, match="the features `docker` and `bare` exclude each other"):
        features.chosen(template, ["bare", "docker"])


# What the project gets.


def test_the_files_of_features_win_over_those_of_the_template(template: Template) -> None:
    assert render(template)["Dockerfile"] == "its own\n"
    made = render(template, "docker", "kubernetes")
    assert made["Dockerfile"] == "LABEL shop docker+kubernetes\n"
    assert made["k8s/base.yaml"] == "kind: List\n"


def test_a_templates_variant_replaces_whole_files_and_the_section(template: Template) -> None:
    own: dict[str, str | bytes] = {"project/Dockerfile": "a variant\n", "README.md.jinja": "## Ours\n"}
    write(template.folder / "features/docker", own)
    made = render(template, "docker")
    assert (made["Dockerfile"], made["shared.txt"]) == ("a variant\n", "shared\n")
    assert made["README.md"] == "# shop\n\n## Ours\n"


def test_the_readme_has_a_section_for_each_feature(template: Template) -> None:
    assert render(template)["README.md"] == "# shop\n"
    made = render(template, "kubernetes", "docker")["README.md"]
    assert made == "# shop\n\n## Docker\n\nBuild shop.\n\n## Kubernetes\n"


def test_the_requirements_of_features_come_once(template: Template) -> None:
    assert render(template)["deps"] == "[]"
    assert render(template, "docker", "kubernetes")["deps"] == '["hadolint>=1", "b", "c"]'


def test_jinja_and_copier_make_the_same_of_features(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_copier = render(template, "docker", "kubernetes")
    monkeypatch.setattr("fastkit.rendering.with_copier.render", None)
    assert render(replace(template, source="bundled"), "docker", "kubernetes") == by_copier


def test_a_section_that_cannot_be_rendered_is_named_with_its_line(template: Template) -> None:
    for text in ("# x\n\n{{ nothing }}", "# x\n\n{% if %}"):
        write(template.folder, {"features/docker/README.md.jinja": text})
        with pytest.raises(TemplateError) as caught:
            render(template, "docker")
        assert caught.value.message.startswith("demo/features/docker/README.md.jinja:3: cannot be rendered: ")


# At the command line.


CALL = ("startdemo", "demo", *WORDS, "--no-git", "--yes")


def test_startdemo_makes_a_project_with_features(template: Template) -> None:
    cwd = template.folder.parent
    run = fastkit(*CALL, "--with", "docker", cwd=cwd, env={"FASTKIT_TEMPLATES": str(cwd)})
    assert run.code == 0, run
    assert (cwd / "shop/Dockerfile").read_text() == "LABEL shop docker\n"
    assert re.search(r"│ Features +│ docker ", run.out)
    assert " --with docker " in run.command_after("The same project again, without questions")


def test_json_names_the_features(template: Template) -> None:
    cwd = template.folder.parent
    env = {"FASTKIT_TEMPLATES": str(cwd)}
    run = fastkit(*CALL, "--json", "--with", "kubernetes", "--with", "docker", cwd=cwd, env=env)
    assert run.answer["features"] == ["docker", "kubernetes"]


def test_a_wrong_feature_is_refused_before_anything_is_asked(template: Template) -> None:
    cwd = template.folder.parent
    run = fastkit("startdemo", "demo", "--with", "dockre", cwd=cwd, env={"FASTKIT_TEMPLATES": str(cwd)})
    assert (run.code, run.out) == (2, "")
    assert run.error_lines == [
        "error: there is no feature of `demo` called `dockre`",
        "hint: did you mean `docker`?",
    ]


def test_a_project_cannot_have_the_name_of_what_a_feature_installs(template: Template) -> None:
    cwd = template.folder.parent
    words = [word if word != "shop" else "hadolint" for word in CALL]
    env = {"FASTKIT_TEMPLATES": str(cwd)}
    assert fastkit(*words, "--with", "docker", cwd=cwd, env=env).code == 2
    assert fastkit(*words, cwd=cwd, env=env).code == 0


def test_show_lists_the_features(template: Template) -> None:
    cwd = template.folder.parent
    env = {"FASTKIT_TEMPLATES": str(cwd)}
    assert re.search(r"│ kubernetes +│ A cluster ", fastkit("show", "demo", cwd=cwd, env=env).out)
    shown = fastkit("show", "demo", "--json", cwd=cwd, env=env).answer["features"]
    assert [feature["name"] for feature in shown] == ["docker", "kubernetes", "bare"]
    assert shown[1]["requires"] == ["docker"]
