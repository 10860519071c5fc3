"""What a project had before it was a feature."""

from pathlib import Path

from fastkit.record.project_yml import Record
from fastkit.update.built_in import with_built_in
from tests.support.folders import write_template


def test_a_feature_that_the_project_has_or_the_template_lacks_is_not_added(tmp_path: Path) -> None:
    about = "features: [box, jobs], built_in: {'1.0': {features: [box, jobs, gone]}}"
    template = write_template(tmp_path / "demo", {"copier.yml": f"_fastkit: {{{about}}}\n"})
    record, notes = with_built_in(template, Record("demo", "folder", version="0.9", features=("box",)))
    assert record.features == ("box", "jobs")
    assert notes == ("`jobs` became features in 1.0: the project keeps them",)
