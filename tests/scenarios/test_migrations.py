"""Migrations: each comes into a project once, after those that are there, and is its owner's from then on."""

from pathlib import Path

import pytest

from fastkit.record.project_yml import read_record
from tests.support.command_line import Run, fastkit
from tests.support.living import World, change, commit, git, read_baseline

FOLDER = "src/versions"


def migration(*tables: str) -> str:
    made = "\n".join(f'    op.create_table("{table}")' for table in tables)
    dropped = "\n".join(f'    op.drop_table("{table}")' for table in reversed(tables))
    return (
        f'"""{" and ".join(tables)}"""\n\nrevision = "0000"\ndown_revision = "0000"\n\n\n'
        f"def upgrade() -> None:\n{made}\n\n\ndef downgrade() -> None:\n{dropped}\n"
    )


TEMPLATE = {
    "migrations/users.py": migration("users"),
    "features/jobs/feature.yml": "title: Jobs\n",
    "features/jobs/project/src/jobs.py": "jobs = 1\n",
    "features/jobs/migrations/jobs.py": migration("jobs"),
    "features/files/feature.yml": "title: Files\nrequires: [jobs]\n",
    "features/files/migrations/files.py": migration("files", "parts"),
    "features/plain/feature.yml": "title: Plain\n",
    "features/plain/project/plain.txt": "plain\n",
}
FILES = {"README.md.jinja": "# {{ project_name }}\n", "src/main.py": "app = 1\n"}
FEATURES = "features: [jobs, files, plain]"
MIGRATIONS = f"migrations: {{folder: {FOLDER}, base: [users]}}"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    world = World(tmp_path / "templates", tmp_path / "place")
    change(world.templates / "demo", TEMPLATE)
    world.template(f"1.0.0, {FEATURES}, {MIGRATIONS}", FILES)
    return world


def run(world: World, *words: str) -> Run:
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    return fastkit(*words, cwd=world.project if world.project.exists() else world.place, env=env)


def chain(project: Path) -> list[str]:
    """Each migration with the one that it follows."""
    lines = []
    for file in sorted((project / FOLDER).glob("*.py")):
        own, before = (line for line in file.read_text().splitlines() if "revision = " in line)
        lines.append(f"{before.partition(' = ')[2]} <- {own.partition(' = ')[2]}".replace('"', ""))
    return lines


def test_a_new_project_has_those_of_its_features_in_the_order_of_the_template(world: World) -> None:
    project = world.start(features=["files", "jobs"])

    assert chain(project) == ["None <- 0001_users", "0001_users <- 0002_jobs", "0002_jobs <- 0003_files"]
    assert (project / FOLDER / "0002_jobs.py").read_text() == (
        migration("jobs")
        .replace('\nrevision = "0000"', '\nrevision = "0002_jobs"')
        .replace('down_revision = "0000"', 'down_revision = "0001_users"')
    )
    assert git(project, "status", "--porcelain") == ""
    assert not [path for path in read_baseline(project) if path.startswith(FOLDER)]
    assert read_record(project).migrations == {
        "users": "0001_users",
        "jobs": "0002_jobs",
        "files": "0003_files",
    }


def test_a_feature_that_is_added_later_follows_the_owners_migrations(world: World) -> None:
    project = world.start()
    own = '"""mine"""\n\nrevision: str = "0007_mine"\ndown_revision: str | None = "0001_users"\n'
    change(project, {f"{FOLDER}/0007_mine.py": own})
    commit(project)

    done = run(world, "add", "jobs", "-y")

    assert done.code == 0, done
    assert f"{FOLDER}/0008_jobs.py" in done.out
    assert 'down_revision = "0007_mine"' in (project / FOLDER / "0008_jobs.py").read_text()
    assert read_record(project).migrations == {"users": "0001_users", "jobs": "0008_jobs"}
    assert git(project, "diff", "--cached", "--name-only").split() == [
        ".fastkit/baseline.tar.xz",
        ".fastkit/project.yml",
        "src/jobs.py",
        f"{FOLDER}/0008_jobs.py",
    ]


def test_an_undo_takes_the_migration_back(world: World) -> None:
    project = world.start()
    assert run(world, "add", "jobs", "-y").code == 0
    assert run(world, "update", "--undo", "-y").code == 0
    assert chain(project) == ["None <- 0001_users"]
    assert git(project, "status", "--porcelain") == ""


def test_a_feature_that_goes_leaves_its_tables_and_says_so(world: World) -> None:
    project = world.start(features=["jobs", "files"])

    assert run(world, "remove", "files", "jobs", "-y").code == 0

    assert chain(project)[3:] == [
        "0003_files <- 0004_without_files",
        "0004_without_files <- 0005_without_jobs",
    ]
    kept = (project / FOLDER / "0004_without_files.py").read_text()
    assert 'kept = ("files", "parts")\n' in kept
    assert 'kept = ("jobs",)\n' in (project / FOLDER / "0005_without_jobs.py").read_text()
    assert (project / FOLDER / "0002_jobs.py").exists()
    assert not (project / "src/jobs.py").exists()


def test_a_feature_that_comes_back_finds_its_tables(world: World) -> None:
    project = world.start(features=["jobs"])
    assert run(world, "remove", "jobs", "-y").code == 0
    commit(project)

    assert run(world, "add", "jobs", "-y").code == 0

    assert [line.rpartition(" ")[2] for line in chain(project)] == [
        "0001_users",
        "0002_jobs",
        "0003_without_jobs",
    ]


def test_tables_are_dropped_on_request_and_made_anew(world: World) -> None:
    project = world.start(features=["jobs", "files"])
    assert run(world, "remove", "files", "jobs", "--drop-table", "-y").code == 0
    commit(project)

    dropped = (project / FOLDER / "0004_drop_files.py").read_text()
    assert dropped.startswith('"""drop files"""\n\nrevision = "0004_drop_files"\n')
    upgrade, _, downgrade = dropped.partition("def downgrade")
    steps = [('drop_table("parts")', 'drop_table("files")'), ('create_table("files")',)]
    assert all(step in upgrade for step in steps[0])
    assert all(step in downgrade for step in steps[1])

    assert run(world, "add", "jobs", "-y").code == 0
    assert chain(project)[-1] == "0005_drop_jobs <- 0006_jobs"
    assert read_record(project).migrations == {"users": "0001_users", "jobs": "0006_jobs"}


def test_an_update_touches_no_migration(world: World) -> None:
    project = world.start(features=["jobs"])
    mine = (project / FOLDER / "0002_jobs.py").read_text() + "\n# mine\n"
    change(project, {f"{FOLDER}/0002_jobs.py": mine})
    commit(project)
    change(world.templates / "demo", {"features/jobs/migrations/jobs.py": migration("tasks")})
    world.template(f"1.1.0, {FEATURES}, {MIGRATIONS}", FILES | {"src/main.py": "app = 2\n"})

    assert run(world, "update", "-y").code == 0

    assert (project / FOLDER / "0002_jobs.py").read_text() == mine
    assert len(chain(project)) == 2


def test_a_change_of_a_table_comes_into_older_projects_alone(world: World) -> None:
    project = world.start()
    settings = f"migrations: {{folder: {FOLDER}, base: [users], changes: {{exact: 1.1.0}}}}"
    change(world.templates / "demo", {"migrations/exact.py": migration("exact")})
    world.template(f"1.1.0, {FEATURES}, {settings}", FILES)

    assert run(world, "update", "-y").code == 0
    assert chain(project)[1:] == ["0001_users <- 0002_exact"]
    commit(project)
    assert "up to date" in run(world, "update", "-y").out
    assert run(world, "add", "jobs", "-y").code == 0
    assert chain(project)[2:] == ["0002_exact <- 0003_jobs"]


def test_two_heads_are_refused_by_name(world: World) -> None:
    project = world.start()
    for name in ("mine", "yours"):
        text = f'revision = "{name}"\ndown_revision = "0001_users"\n'
        change(project, {f"{FOLDER}/0002_{name}.py": text})
    commit(project)

    done = run(world, "add", "jobs", "-y")

    assert done.code == 1
    assert done.err == (
        "error: the project's migrations have 2 heads: `mine`, `yours`\n"
        "hint: merge them with `alembic merge heads`, commit the result, and try again\n"
    )
    assert git(project, "status", "--porcelain") == ""
    assert run(world, "add", "plain", "-y").code == 0


def test_migrations_that_the_owner_merged_are_one_head(world: World) -> None:
    project = world.start()
    for name, before in (("a", '"0001_users"'), ("b", '"0001_users"'), ("ab", '("a", "b")')):
        change(project, {f"{FOLDER}/{name}.py": f'revision = "{name}"\ndown_revision = {before}\n'})
    change(project, {f"{FOLDER}/notes.py": "not Python (\n", f"{FOLDER}/other.py": "x = 1\n"})
    commit(project)

    assert run(world, "add", "jobs", "-y").code == 0
    assert 'down_revision = "ab"' in (project / FOLDER / "0002_jobs.py").read_text()


# Projects from before there were features for what they have.


def test_an_old_project_keeps_what_became_features(world: World) -> None:
    before = FILES | {
        "src/jobs.py": "jobs = 1\n",
        f"{FOLDER}/0001.py": '"""users, jobs"""\nrevision = "0001"\ndown_revision = None\n',
    }
    world.template("0.9.0, features: [plain]", before)
    project = world.start(features=["plain"])
    assert "migrations" not in (project / ".fastkit/project.yml").read_text()
    for path in before.keys() - FILES.keys():
        (world.templates / "demo/project" / path).unlink()
    made = "built_in: {'1.0.0': {features: [jobs], migrations: {users: '0001', jobs: '0001'}}}"
    world.template(f"1.0.0, {FEATURES}, {MIGRATIONS}, {made}", FILES)

    done = run(world, "update", "-y")

    assert done.code == 0, done
    assert "`jobs` became features in 1.0.0: the project keeps them" in done.out
    record = read_record(project)
    assert (record.features, record.migrations) == (("jobs", "plain"), {"users": "0001", "jobs": "0001"})
    assert chain(project) == ["None <- 0001"]
    assert (project / "src/jobs.py").exists()
    commit(project)
    assert run(world, "remove", "jobs", "-y").code == 0
    assert chain(project)[1:] == ["0001 <- 0002_without_jobs"]
    assert not (project / "src/jobs.py").exists()


# Presets.

PRESET = "presets: {whole: {title: All of it, description: Everything, features: [jobs, files]}}"


def test_a_preset_is_a_name_for_a_template_with_features(world: World) -> None:
    world.template(f"1.0.0, title: Demo, {FEATURES}, {MIGRATIONS}, {PRESET}", FILES)

    made = run(world, "startdemo", "whole", "--with", "plain", "--project-name", "shop", "--yes")

    assert made.code == 0, made
    assert read_record(world.project).template == "demo"
    assert read_record(world.project).features == ("jobs", "files", "plain")
    assert "fastkit startdemo whole --project-name shop --with plain" in made.out


def test_presets_are_listed_and_shown(world: World) -> None:
    world.template(f"1.0.0, title: Demo, {FEATURES}, {MIGRATIONS}, {PRESET}", FILES)

    lines = [line.split() for line in run(world, "list-templates").out.splitlines()]
    assert ["│", "whole", "│", "│", "All", "of", "it", "│", "preset", "│"] in lines
    assert run(world, "list-templates", "--json").answer["presets"][:1] == [
        {
            "name": "whole",
            "template": "demo",
            "title": "All of it",
            "description": "Everything",
            "features": ["jobs", "files"],
        }
    ]
    assert "All of it" in run(world, "show", "whole").out
    assert "did you mean `whole`?" in run(world, "show", "whol").err


def test_a_template_wins_over_a_preset_of_its_name(world: World) -> None:
    world.template(f"1.0.0, {FEATURES}, {MIGRATIONS}, {PRESET}", FILES)
    change(world.templates / "whole", {"copier.yml": "_fastkit: {title: Its own}\n"})
    assert run(world, "show", "whole", "--json").answer["title"] == "Its own"
