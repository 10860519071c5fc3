"""A template whose Jinja extensions cannot be loaded: one error says what is missing and how to get it."""

from pathlib import Path

import pytest

from fastkit.catalog.template import Template, load_template
from fastkit.errors import TemplateError
from fastkit.testing import RenderTemplate
from tests.support.command_line import Run, fastkit
from tests.support.folders import write
from tests.support.living import git
from tests.support.repositories import make_repository

QUESTIONS = 'project_name: shop\nn: {type: str, default: "{{ 1 + 1 }}"}\n'
CONFIG = f"_jinja_extensions:\n  - absent_here.time.Extension\n{QUESTIONS}"

MESSAGE = "copier.yml:1: its Jinja extensions need the module `absent_here`, which is not installed"
HINT = (
    "install it next to fastkit: `pip install absent_here`, `pipx inject fastkit-startdemo absent_here`, "
    "or `uv tool install` with `--with absent_here`"
)


def demo(folder: Path, config: str = CONFIG) -> Path:
    return write(folder / "demo", {"copier.yml": config, "a.txt": "one\n"})


def loaded(folder: Path, extension: str) -> Template:
    return load_template("demo", demo(folder, f"_jinja_extensions: [{extension}]\n{QUESTIONS}"), "folder")


def refusal(template: Template) -> TemplateError:
    with pytest.raises(TemplateError) as error:
        template.sandbox(trusted=True)
    return error.value


def check(run: Run) -> None:
    assert run.code == 1, run
    assert run.err.splitlines()[-2:] == [f"error: demo/{MESSAGE}", f"hint: {HINT}"]


def test_startdemo_names_the_module_and_how_to_install_it(tmp_path: Path) -> None:
    template = demo(tmp_path)
    check(fastkit("startdemo", str(template), "--yes", "--trust", cwd=tmp_path))
    assert not (tmp_path / "shop").exists()


def test_update_names_it_and_changes_nothing(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git", {"copier.yml": QUESTIONS, "a.txt": "one\n"}, "v1.0.0")
    assert fastkit("startdemo", repository.url, "--yes", "--trust", cwd=tmp_path).code == 0
    repository.commit({"copier.yml": CONFIG, "a.txt": "two\n"}, "v2.0.0")
    check(fastkit("update", "--yes", "--trust", cwd=tmp_path / "shop"))
    assert git(tmp_path / "shop", "status", "--porcelain") == ""


def test_template_check_finds_it(tmp_path: Path) -> None:
    run = fastkit("template", "check", str(demo(tmp_path)), "--trust", "--json", cwd=tmp_path)
    assert run.code == 1
    assert "its Jinja extensions need the module `absent_here`, which is not installed" in run.out
    assert HINT in run.out


def test_the_fixture_of_authors_names_it(tmp_path: Path, render_template: RenderTemplate) -> None:
    with pytest.raises(TemplateError) as error:
        render_template(demo(tmp_path), trust=True)
    assert (error.value.message, error.value.hint) == (f"demo/{MESSAGE}", HINT)


def test_without_trust_no_extension_is_loaded(tmp_path: Path) -> None:
    assert loaded(tmp_path, "absent_here.Extension").sandbox(trusted=False).extensions == ()


@pytest.mark.parametrize(
    "code",
    [
        "import absent_here\n",
        "try:\n    import absent_here.x\nexcept ImportError as e:\n    raise ValueError('no') from e\n",
    ],
    ids=["raised", "as the cause"],
)
def test_a_module_that_an_extension_lacks_itself_is_named(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(write(tmp_path / "installed", {"extension_that_lacks.py": code}))
    error = refusal(loaded(tmp_path, "extension_that_lacks.Extension"))
    assert (error.message, error.hint) == (f"demo/{MESSAGE}", HINT)


@pytest.mark.parametrize("extension", ["jinja2.ext.nothing", "jinja2.absent.X", "os.path.join", "json"])
def test_an_invalid_extension_is_the_fault_of_the_template(extension: str, tmp_path: Path) -> None:
    error = refusal(loaded(tmp_path, extension))
    assert error.message.startswith("demo/copier.yml:1: its Jinja extensions cannot be loaded: ")
    assert error.hint == "fix the template `demo`, or report this to its author"
