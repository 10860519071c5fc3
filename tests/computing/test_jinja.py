"""What a text may compute."""

import re

import pytest

from fastkit.computing.jinja import LARGEST_POWER, LONGEST
from fastkit.computing.texts import RenderError, Sandbox


@pytest.mark.parametrize(
    ("most", "more", "operator"),
    [
        (f"2 ** {LARGEST_POWER // 2}", f"2 ** {LARGEST_POWER // 2 + 1}", "**"),
        (f"n * 2 ** {LARGEST_POWER // 4}", "n * (n * n * n * n * n)", "*"),
        (f"'a' * {LONGEST}", f"'a' * {LONGEST + 1}", "*"),
        (f"{LONGEST} * [1]", f"{LONGEST + 1} * [1]", "*"),
    ],
)
def test_what_would_fill_the_memory_is_not_computed(most: str, more: str, operator: str) -> None:
    known = {"n": 2 ** (LARGEST_POWER // 4)}
    sandbox = Sandbox(trusted=False)
    assert sandbox.render(f"{{{{ 'done' if {most} }}}}", known) == "done"
    with pytest.raises(RenderError, match=f"^the result of `{re.escape(operator)}` is too large$"):
        sandbox.render(f"{{{{ 'done' if {more} }}}}", known)
    assert Sandbox(trusted=True).render(f"{{{{ 'done' if {more} }}}}", known) == "done"
