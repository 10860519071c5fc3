"""Answers that are made up, and those that are given instead."""

from pathlib import Path

import pytest

from fastkit.checking.samples import make_sample
from fastkit.errors import InvalidAnswer
from tests.support.folders import write_template
from tests.support.good_template import GOOD, with_line


def test_a_given_answer_that_cannot_be_is_refused_rather_than_replaced(tmp_path: Path) -> None:
    question = "port: {type: str, placeholder: '8000', validator: \"{{ 'low' if port < '8' }}\"}"
    template = write_template(tmp_path / "shop", {**GOOD, **with_line(question)})
    assert make_sample(template, {}).values["port"] == "8000"
    with pytest.raises(InvalidAnswer, match="is not valid: low"):
        make_sample(template, {"port": "1"})
