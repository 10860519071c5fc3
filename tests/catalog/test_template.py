"""A template, described."""

from pathlib import Path

import pytest

from fastkit.catalog.template import summary
from fastkit.errors import TemplateError
from tests.support.folders import write, write_template

BUNDLED = "fastapi-async-crud"

CONFIG = """\
_subdirectory: project
_envops: {undefined: jinja2.StrictUndefined}
_fastkit:
  title: A demo
  description: To see how it goes
  version: 1.10
  tags: [a, 2]
  dependencies: [fastapi, "Uvicorn[standard]"]
  other_dependencies: [pytest_asyncio]
  features: [docker]
  layers: [_base]
name: shop
"""


def test_a_template_is_described_by_its_settings(tmp_path: Path) -> None:
    write(tmp_path, {"_base/x": ""})
    template = write_template(tmp_path / "demo", {"copier.yml": CONFIG})
    assert summary(template) == {
        "name": "demo",
        "title": "A demo",
        "description": "To see how it goes",
        "version": "1.1",
        "tags": ("a", "2"),
        "source": "folder",
        "address": "",
        "ref": "",
    }
    assert template.dependencies == ("fastapi", "Uvicorn[standard]")
    assert template.features == ("docker",)
    assert template.taken_names == {"fastapi", "uvicorn", "pytest-asyncio"}
    assert template.layers == (tmp_path / "_base",)
    assert template.envops == {"undefined": "jinja2.StrictUndefined"}
    assert [question.name for question in template.questions if question.when is not False] == ["name"]


def test_a_plain_copier_template_has_its_folders_name_as_its_title(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": "name: shop"})
    assert summary(template) == {
        "name": "demo",
        "title": "demo",
        "description": "",
        "version": "",
        "tags": (),
        "source": "folder",
        "address": "",
        "ref": "",
    }
    assert (template.layers, template.envops, template.subdirectory) == ((), {}, "")


def test_a_list_that_is_left_empty_is_empty(tmp_path: Path) -> None:
    assert write_template(tmp_path / "demo", {"copier.yml": "_fastkit: {tags: }"}).tags == ()


@pytest.mark.parametrize("about", ["hello", "{tags: x}", "{dependencies: 7}"])
def test_a_setting_of_the_wrong_type_is_an_error_of_the_template(about: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"must be a"):
        write_template(tmp_path / "demo", {"copier.yml": f"_fastkit: {about}"})


@pytest.mark.parametrize(
    "layer",
    [
        "_missing",
        "../_base",
        "_base/deep",
        ".",
        "..",
    ],
)
def test_a_layer_must_be_beside_the_template(layer: str, tmp_path: Path) -> None:
    write(tmp_path, {"_base/deep/x": "", "all/demo/x": ""})
    template = write_template(tmp_path / "all/demo", {"copier.yml": f"_fastkit: {{layers: [{layer}]}}"})
    with pytest.raises(TemplateError) as error:
        _ = template.layers
    assert error.value.message == f"demo/copier.yml:1: has no layer `{layer}` beside it"
