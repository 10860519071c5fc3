"""Reading and comparing addresses of git repositories."""

from pathlib import Path

import pytest

from fastkit.errors import InvalidAddress
from fastkit.repositories.address import (
    GitAddress,
    comparable_parts,
    read_address,
    without_password,
    without_passwords,
)


def read(text: str) -> GitAddress:
    address = read_address(text)
    assert address is not None
    return address


@pytest.mark.parametrize(
    ("text", "url", "address", "ref"),
    [
        ("gh:o/r", "https://github.com/o/r.git", "gh:o/r", ""),
        ("gh:o/r.git@v1", "https://github.com/o/r.git", "gh:o/r", "v1"),
        ("gh:o/r//a/b@v1.2", "https://github.com/o/r.git", "gh:o/r//a/b", "v1.2"),
        ("gh:o/r//a/", "https://github.com/o/r.git", "gh:o/r//a", ""),
        ("gh:o/r@feature/x", "https://github.com/o/r.git", "gh:o/r", "feature/x"),
        ("gh:o/r@pkg@1.0", "https://github.com/o/r.git", "gh:o/r", "pkg@1.0"),
        ("gh:o/r//packages/@scope/x@v1", "https://github.com/o/r.git", "gh:o/r//packages/@scope/x", "v1"),
        ("gl:group/sub/r", "https://gitlab.com/group/sub/r.git", "gl:group/sub/r", ""),
        ("https://git.example/o/r", "https://git.example/o/r", "https://git.example/o/r", ""),
        ("git+https://git.example/o/r@v1", "https://git.example/o/r", "https://git.example/o/r", "v1"),
        (
            "http://127.0.0.1:8080/r.git//a",
            "http://127.0.0.1:8080/r.git",
            "http://127.0.0.1:8080/r.git//a",
            "",
        ),
        ("https://ada:secret@h.example/r@v1", "https://h.example/r", "https://h.example/r", "v1"),
        ("https://ada:s@cret@h.example/r", "https://h.example/r", "https://h.example/r", ""),
        ("https://a:b@h.example/r//@feature/x", "https://h.example/r", "https://h.example/r", "feature/x"),
        ("https://token@h.example/r", "https://h.example/r", "https://h.example/r", ""),
        ("http://a:b@[::1]:80/r", "http://[::1]:80/r", "http://[::1]:80/r", ""),
        ("git+ssh://git@h.example/o/r", "ssh://git@h.example/o/r", "ssh://git@h.example/o/r", ""),
        ("ssh://git:pw@h.example:22/r", "ssh://git@h.example:22/r", "ssh://git@h.example:22/r", ""),
        ("git@h.example:o/r.git", "git@h.example:o/r.git", "git@h.example:o/r.git", ""),
        ("git@h.example:o/r.git//a@v1", "git@h.example:o/r.git", "git@h.example:o/r.git//a", "v1"),
        ("git@h.example:o/r@v1", "git@h.example:o/r", "git@h.example:o/r", "v1"),
        ("git://h.example/r", "git://h.example/r", "git://h.example/r", ""),
        ("/srv/r.git", "/srv/r.git", "file:///srv/r.git", ""),
        ("/srv/r.git//a@v1", "/srv/r.git", "file:///srv/r.git//a", "v1"),
        ("git+/srv/r@v1", "/srv/r", "file:///srv/r", "v1"),
        ("file:///srv/r", "/srv/r", "file:///srv/r", ""),
        ("git+file:///srv/a%20b@v1", "/srv/a b", "file:///srv/a%20b", "v1"),
        ("/srv/x/../r.git", "/srv/r.git", "file:///srv/r.git", ""),
    ],
)
def test_an_address_is_a_repository_a_folder_and_a_ref(text: str, url: str, address: str, ref: str) -> None:
    read_as = read(text)
    assert (read_as.url, read_as.text, read_as.ref) == (url, address, ref)


@pytest.mark.parametrize("text", ["gh:o/r//a@v1", "git@h.example:o/r.git@v1", "/srv/r.git//a@v1"])
def test_an_address_and_its_ref_are_read_as_the_same_address(text: str) -> None:
    first = read(text)
    assert read(f"{first.text}@{first.ref}") == first


def test_a_local_repository_may_have_an_at_sign_in_its_path(tmp_path: Path) -> None:
    for name in ("ada@work/r.git", "r@2.git"):
        (tmp_path / name).mkdir(parents=True)
        for text in (f"{tmp_path}/{name}", f"git+{tmp_path}/{name}", f"file://{tmp_path}/{name}"):
            assert (read(text).url, read(text).ref) == (f"{tmp_path}/{name}", "")
            assert read(read(text).text) == read(text)
    assert read(f"{tmp_path}/ada@work/r.git@v1").url == f"{tmp_path}/ada@work/r.git"


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read("./r.git").text == (tmp_path / "r.git").as_uri()
    assert read("git+./r").text == (tmp_path / "r").as_uri()


def test_home_is_spelled_out(home: Path) -> None:
    assert read("~/r.git").url == str(home / "r.git")
    assert read("git+~/r").url == str(home / "r")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gh:o/api-template@v1", "api-template"),
        ("gh:o/r//templates/web", "web"),
        ("git@h.example:r.git", "r"),
        ("/srv/my%20template.git", "my%20template"),
        ("/srv/my template.git", "my template"),
        ("file:///srv/web/.git", "web"),
    ],
)
def test_a_template_is_named_after_the_end_of_its_address(text: str, name: str) -> None:
    assert read(text).name == name


@pytest.mark.parametrize(
    "text", ["demo", "./demo", "/srv/demo", "C:\\demo", "a@b", "gh:", ".git", "./.git", "a:b"]
)
def test_other_texts_are_not_addresses(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("gh:o", "write `gh:o/REPOSITORY`"),
        ("gh:o/r/a/b", "write `gh:o/r//a/b`"),
        ("https://github.com/o/r/tree/main/a/b", "write `gh:o/r//a/b@main`"),
    ],
)
def test_an_error_suggests_the_right_form(text: str, hint: str) -> None:
    with pytest.raises(InvalidAddress) as error:
        read_address(text)
    assert error.value.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        *("ftp://h.example/r", "git+ext::sh://x/y", "ext://sh/r.git", "https:///r.git", "file://host/r.git"),
        *(
            "https://good.example\\@evil.example/r",
            "https://h.example/o/../r",
            "gh:o/..",
            "gh:../r",
            "gh:o//r",
        ),
        *("gh:o/r//../../etc", "gh:o/r//.git", "gh:o/r//a//b", "gh:o/r//a\\..\\b"),
        *("gh:o/r@", "gh:o/r@-x", "gh:o/r@a..b", "gh:o/r@a b", "gh:o/r@v1//a", "gh:o/r@refs^{x}"),
    ],
)
def test_an_address_that_git_could_misread_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        read_address(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:SECRET@h.example/o/../r", "https://h.example/o/../r"),
        ("https://ada:pa/SECRET@h.example/r", "https://h.example/r"),
        ("https://ada:p@ss/SECRET@h.example/r", "https://h.example/r"),
        ("https://ada:SECRET@h.example/o/r@x//y", "https://x//y"),
        ("https://ada:SECRET@h.example/r@feature/x", "https://feature/x"),
        ("https://ada:SECRET", "https://…"),
        ("https://h.example/r?private_token=SECRET", "https://h.example/r"),
        ("https://h.example/r?private_token=SECRET@v1", "https://h.example/r"),
        ("https://h.example/r#SECRET", "https://h.example/r"),
        ("https://ada:SECRET%0a@h.example/r", "https://h.example/r"),
        ("ftp://ada:SECRET@h.example/r", "ftp://h.example/r"),
        ("ssh://git:SECRET@h.example/o/../r", "ssh://git@h.example/o/../r"),
    ],
)
def test_errors_show_no_password(text: str, shown: str) -> None:
    with pytest.raises(InvalidAddress) as error:
        read_address(text)
    assert error.value.message.startswith(f"`{shown}` ")
    assert "SECRET" not in error.value.message + error.value.hint


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ada:SECRET@h.example:o/r", "h.example:o/r"),
        ("https:/ada:SE@CRET@h.example/r", "h.example/r"),
        ("git@h.example:o/r@v1", "git@h.example:o/r@v1"),
        ("gh:o/r@v1", "gh:o/r@v1"),
        ("C:\\a@b", "C:\\a@b"),
        ("https://h.example:80/o/r@v1", "https://h.example:80/o/r@v1"),
        ("file:///srv/a@b", "file:///srv/a@b"),
        ("./a@b", "./a@b"),
    ],
)
def test_passwords_are_left_out_of_addresses(text: str, shown: str) -> None:
    assert without_password(text) == shown


def test_passwords_are_left_out_of_messages_of_other_programs() -> None:
    said = (
        "fatal: unable to access 'https://ada:SECRET@h.example:80/r/': no (see http://h.example/x?t=SECRET)"
    )
    assert without_passwords(said) == (
        "fatal: unable to access 'https://h.example:80/r/': no (see http://h.example/x"
    )


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("https://ada:s%40cret@h.example/r", "ada:s%40cret"),
        ("https://x-access-token:t@h.example/r@v1", "x-access-token:t"),
        ("https://token@h.example/r", "token"),
        ("ssh://git:pw@h.example/r", ""),
        ("gh:o/r", ""),
    ],
)
def test_the_login_is_separate_from_the_url(text: str, login: str) -> None:
    address = read(text)
    assert address.login == login
    assert not login or login not in repr(address)


@pytest.mark.parametrize("text", ["gh:o/r\n", "gh:o/\x1br", "gh:o/r\0"])
def test_a_text_with_control_characters_is_not_an_address(text: str) -> None:
    assert read_address(text) is None


# Comparing.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gh:o/r", "https://github.com/o/r.git"),
        ("gh:o/r", "https://GitHub.com/o/r/"),
        ("https://token@github.com/o/r", "gh:o/r"),
        ("git+https://h.example/r", "https://h.example/r"),
        ("git@h.example:o/r.git", "ssh://git@h.example/o/r"),
        ("file:///srv/r", "/srv/r"),
    ],
)
def test_two_spellings_of_an_address_are_equal(one: str, other: str) -> None:
    assert comparable_parts(one) == comparable_parts(other) != ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gh:o/r", "gl:o/r"),
        ("https://h.example/r", "http://h.example/r"),
        ("https://h.example/r", "https://h.example:8443/r"),
        ("ssh://git@h.example/r", "ssh://eve@h.example/r"),
        ("https://h.example@evil.example/r", "https://h.example/r"),
        ("/srv/r", "/srv/r.git"),
        ("gh:o/r/a", "gh:o/r//a"),
    ],
)
def test_another_server_user_or_path_differs(one: str, other: str) -> None:
    assert comparable_parts(one) != comparable_parts(other)


@pytest.mark.parametrize(
    "text",
    [
        *("gh:o/../r", "gh:o/%2e%2e/r", "gh:o/./r", "gh:o//../r", "gh:o/r?x", "gh:o/r#x", "gh:o/a\\b"),
        *("gh:o/r@v1", "relative/folder", "demo", "https://", ""),
    ],
)
def test_an_ambiguous_address_has_no_comparable_parts(text: str) -> None:
    assert comparable_parts(text) == ()
