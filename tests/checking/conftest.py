from pathlib import Path

import pytest

from fastkit.catalog.template import Template
from tests.support.folders import write_template
from tests.support.good_template import GOOD


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return write_template(tmp_path / "good", GOOD)
