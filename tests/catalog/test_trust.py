"""The sources that a person trusts to run code."""

from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from fastkit.catalog.template import Template, load_template
from fastkit.catalog.trust import is_trusted, settings_file, settle_trust
from fastkit.errors import SettingsError, UntrustedTemplate
from tests.support.folders import write, write_template

CONFIG = {"_tasks": ["make"]}


def trust(*entries: str) -> None:
    write_settings("trust:\n" + "".join(f"  - '{entry}'\n" for entry in entries))


def write_settings(text: str) -> None:
    write(settings_file().parent, {settings_file().name: text})


def cloned(address: str) -> Template:
    return Template("demo", Path("/cache/demo"), "git", CONFIG, address, "v1")


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("gh:good", "gh:good/demo"),
        ("gh:good/", "gh:good/demo//web"),
        ("gh:good/demo", "gh:good/demo"),
        ("gh:good/demo", "gh:good/demo//web"),
        ("gh:good/demo//web", "gh:good/demo//web/deep"),
        ("https://github.com/good", "gh:good/demo"),
        ("gh:good", "https://github.com/good/demo.git"),
        ("https://h.example", "https://h.example/any/demo"),
        ("git@h.example:good", "git@h.example:good/demo.git"),
        ("git@h.example:good", "ssh://git@h.example/good/demo"),
        ("/srv/good", "file:///srv/good/demo.git"),
        ("file:///srv/good", "file:///srv/good/demo.git//web"),
    ],
)
def test_an_address_is_trusted_with_all_that_is_below_it(entry: str, address: str) -> None:
    trust("gh:else", entry)
    assert is_trusted(cloned(address))


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("gh:good", "gh:goodevil/demo"),
        ("gh:good/demo", "gh:good/demo-evil"),
        ("gh:good/demo", "gh:good"),
        ("gh:good/demo//web", "gh:good/demo"),
        ("gh:good/demo//web", "gh:good/demo//website"),
        ("gh:good", "gl:good/demo"),
        ("gh:good", "http://github.com/good/demo"),
        ("gh:good", "https://github.com.evil.example/good/demo"),
        ("gh:good", "https://evil.example/github.com/good/demo"),
        ("gh:good", "https://github.com/evil/../good/demo"),
        ("gh:good", "https://github.com/good/../evil/demo"),
        ("gh:good", "https://github.com/good/%2e%2e/evil/demo"),
        ("gh:good", "https://github.com:444/good/demo"),
        ("https://h.example", "https://h.example.evil.example/demo"),
        ("https://h.example", "https://h.example@evil.example/demo"),
        ("git@h.example:good", "eve@h.example:good/demo"),
        ("git@h.example:good", "git@h.example:goodevil/demo"),
        ("/srv/good", "file:///srv/goodevil/demo.git"),
        ("/srv/good", "file:///srv/good/../evil/demo.git"),
        ("/cache", "gh:evil/demo"),
    ],
)
def test_nothing_else_is_trusted(entry: str, address: str) -> None:
    trust(entry)
    assert not is_trusted(cloned(address))


def folder(path: Path, source: str = "folder") -> Template:
    return load_template(path.name, write(path, {"copier.yml": "_tasks: [make]"}), source)


def test_a_folder_is_trusted_with_all_that_is_below_it(tmp_path: Path, home: Path) -> None:
    trust(str(tmp_path / "good"), "~/mine/")
    assert is_trusted(folder(tmp_path / "good"))
    assert is_trusted(folder(tmp_path / "good/deep/demo", "user"))
    assert is_trusted(folder(home / "mine/demo"))
    assert not is_trusted(folder(tmp_path / "goodevil"))
    assert not is_trusted(folder(tmp_path / "other/good"))


def test_a_link_in_a_trusted_folder_leads_to_what_it_leads_to(tmp_path: Path) -> None:
    folder(tmp_path / "evil")
    write(tmp_path, {"good/demo": "-> ../evil"})
    trust(str(tmp_path / "good"))
    assert not is_trusted(load_template("demo", tmp_path / "good/demo", "user"))


def test_without_settings_nothing_is_trusted(tmp_path: Path) -> None:
    assert not is_trusted(folder(tmp_path / "demo"))
    for text in ("", "trust:\n", "trust: []\n", "{}"):
        write_settings(text)
        assert not is_trusted(folder(tmp_path / "demo"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("trust: [\n", "`{}`, line 2 is not YAML: "),
        ("a: \0", "`{}` is not YAML: "),
        ("trust: [2024-99-99]", "`{}`, line 1 holds `2024-99-99`, which is not a valid timestamp"),
        ("trust: [2024-01-01]", "`{}` trusts `2024-01-01`, which is neither"),
        ("just text", "`{}` must be a mapping"),
        ("- gh:good", "`{}` must be a mapping"),
        ("trsut: []", "`{}` has the unknown setting `trsut`"),
        ("trust: gh:good", "`{}` must have a list in `trust`"),
        ("trust: [7]", "`{}` trusts `7`, which is neither an address without a ref nor an absolute folder"),
        ("trust: ['']", "`{}` trusts ``, which is neither"),
        ("trust: [demo]", "`{}` trusts `demo`, which is neither"),
        ("trust: [./demo]", "`{}` trusts `./demo`, which is neither"),
        ("trust: ['gh:good/demo@v1']", "`{}` trusts `gh:good/demo@v1`, which is neither"),
        ("trust: ['https://']", "`{}` trusts `https://`, which is neither"),
    ],
)
def test_invalid_settings_are_one_line(text: str, problem: str, tmp_path: Path) -> None:
    write_settings(text)
    with pytest.raises(SettingsError) as error:
        is_trusted(folder(tmp_path / "demo"))
    assert error.value.message.startswith(problem.format(settings_file()))
    assert error.value.hint


def test_settings_that_cannot_be_read_are_reported(tmp_path: Path) -> None:
    settings_file().mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be read"):
        is_trusted(folder(tmp_path / "demo"))


def test_settings_are_not_read_for_a_bundled_template_or_with_trust(tmp_path: Path) -> None:
    write_settings("[")
    assert settle_trust(find_template("fastapi-async-crud"), False) is False
    assert settle_trust(folder(tmp_path / "demo"), True) is True
    with pytest.raises(SettingsError):
        settle_trust(folder(tmp_path / "demo"), False)


def test_a_trusted_source_is_trusted_where_it_runs_no_code(tmp_path: Path) -> None:
    plain = write_template(tmp_path / "plain", {})
    assert settle_trust(plain, False) is False
    trust(str(tmp_path))
    assert settle_trust(plain, False) is True


def test_a_trusted_source_needs_no_trust_of_the_call(tmp_path: Path) -> None:
    template = folder(tmp_path / "demo")
    with pytest.raises(UntrustedTemplate) as error:
        settle_trust(template, False)
    assert error.value.tail == ("task: make",)
    assert str(settings_file()) in error.value.hint
    trust(str(tmp_path))
    assert settle_trust(template, False) is True
