"""Jinja that is left in a project."""

import time

import pytest

from fastkit.catalog.template import Template
from fastkit.checking.finding import File
from fastkit.checking.leftovers import check_leftovers
from tests.support.folders import write_template
from tests.support.good_template import COPIER_YML, copied, rendered


def test_a_name_of_the_template_in_a_copied_file_is_reported_with_its_line(template: Template) -> None:
    (found,) = check_leftovers(template, copied("x.txt", "a\n{{ database }}\n"))
    assert (found.place, found.message) == ("x.txt:2", "contains `{{ database }}`")


def test_a_tag_in_a_rendered_file_is_reported(template: Template) -> None:
    (found,) = check_leftovers(template, rendered("x.txt", "{% anything %}\n", "{{ text }}\n"))
    assert found.message == "`x.txt`, line 1 as rendered: contains `{% anything %}`"


@pytest.mark.parametrize(
    "file",
    [
        copied("x.html", "<p>{{ whatever }}</p>\n"),
        copied("x.html", "<p>{{ databases }} {{ my.database }}</p>\n"),
        copied("ci.yml", "run: ${{ matrix.database }}\n"),
        copied("x.txt", "{{\ndatabase }}\n"),
        rendered("x.html", "{{ database }}\n", "{% raw %}{{ database }}{% endraw %}\n"),
        rendered("x.html", "{{ database }}\n", "{{ '{{' }} database }}\n"),
    ],
    ids=lambda file: file.content.decode()[:30],
)
def test_braces_of_the_projects_own_are_accepted(file: File, template: Template) -> None:
    assert [*check_leftovers(template, file)] == []


def test_a_template_can_have_other_delimiters(template: Template) -> None:
    own = COPIER_YML.replace("{und", '{variable_start_string: "[[", variable_end_string: "]]", und')
    other = write_template(template.folder, {"copier.yml": own})
    (found,) = check_leftovers(other, copied("x.txt", "{{ database }} [[ database ]]\n"))
    assert found.message == "contains `[[ database ]]`"


def test_the_time_for_a_line_grows_with_its_length_alone(template: Template) -> None:
    began = time.process_time()
    for line in ("{{" * 300_000, "{{ {% {# " * 100_000, "{{ database " * 50_000):
        assert [*check_leftovers(template, copied("x.txt", line))] == []
    assert time.process_time() - began < 5
