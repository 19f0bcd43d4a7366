"""A project's folder → Project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from smc.errors import ConfigError
from smc.project import Project, check_project, load_project

ROOT = Path(__file__).parents[2]
BASE = ROOT / "tests" / "problems" / "base"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMC_TEST_SECRET", "only-for-tests-0123456789")
    shutil.copytree(BASE, tmp_path / "shop")
    return tmp_path / "shop"


def test_everything_is_read_under_its_name(shop: Path) -> None:
    project = load_project(shop)
    assert project.settings.timezone == "Europe/Berlin"
    assert sorted(project.feeds) == ["customers", "receipts", "subscriptions"]
    assert sorted(project.segments) == ["dairy", "families", "loyal"]
    assert list(project.campaigns) == ["birthday"]
    assert list(project.mailings) == ["spring"]
    assert project.templates["hello"].html.startswith("<html>")
    assert project.templates["hello"].text is None
    assert project.metrics.metrics
    assert project.rfm.cells
    assert project.fields.customer
    assert project.channels.email is not None
    assert "only-for-tests" not in repr(project)


def test_a_project_is_frozen_and_knows_its_paths(shop: Path) -> None:
    project = load_project(shop)
    assert project.path(project.settings.warehouse.path) == shop / "data" / "warehouse.duckdb"
    assert project.path("/var/lib/smc") == Path("/var/lib/smc")
    with pytest.raises(FrozenInstanceError):
        project.folder = Path()  # type: ignore[misc]  # that is the test


def test_the_smallest_project_is_its_settings_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMC_TEST_SECRET", "only-for-tests-0123456789")
    text = (BASE / "smc.yaml").read_text(encoding="utf-8")
    text = text.replace("  - channel: email\n    category: news\n", "  - category: news\n")
    (tmp_path / "smc.yaml").write_text(text, encoding="utf-8")
    project = load_project(tmp_path)
    assert project.channels.email is None
    assert not project.segments


def test_the_id_of_a_campaign_may_differ_from_its_file(shop: Path) -> None:
    (shop / "campaigns" / "birthday.yaml").rename(shop / "campaigns" / "Birth-Day 2026.yaml")
    path = shop / "campaigns" / "Birth-Day 2026.yaml"
    path.write_text("id: birthday\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert list(load_project(shop).campaigns) == ["birthday"]


def test_all_problems_come_at_once_in_the_order_of_their_places(shop: Path) -> None:
    for name in ("smc.yaml", "rfm.yaml", "mailings/spring.yaml"):
        path = shop / name
        path.write_text(path.read_text(encoding="utf-8") + "zzz: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_project(shop)
    files = [problem.place.file.relative_to(shop).as_posix() for problem in caught.value.problems]
    assert files == ["mailings/spring.yaml", "rfm.yaml", "smc.yaml"]
    assert caught.value.exit_code == 2
    assert str(caught.value).count("Unknown key 'zzz'.") == 3


def test_notes_and_hidden_files_are_nobodys_business(shop: Path) -> None:
    for name in ("README.md", "feeds/README.md", "segments/.main.yaml.swp", "templates/hello/notes.md", ".gitignore"):
        (shop / name).write_text("x", encoding="utf-8")
    (shop / "sample_data").mkdir()
    (shop / "Makefile").write_text("x", encoding="utf-8")
    assert check_project(shop)[1] == []


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_folder_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    project, problems = check_project(tmp_path / name)
    assert project is None
    assert len(problems) == 1
    assert "cannot be read" in problems[0].message
    assert "smc init" in problems[0].remedy


def test_a_folder_without_settings_leads_to_init(tmp_path: Path) -> None:
    assert "smc init" in check_project(tmp_path)[1][0].remedy
    (tmp_path / "smc.yml").write_text("x", encoding="utf-8")
    assert "Rename" in check_project(tmp_path)[1][0].remedy


def test_a_part_that_is_a_file_instead_of_a_folder(shop: Path) -> None:
    shutil.rmtree(shop / "mailings")
    (shop / "mailings").write_text("x", encoding="utf-8")
    (problem,) = check_project(shop)[1]
    assert str(problem.place) == str(shop / "mailings")


def test_a_valid_project_or_its_problems(shop: Path) -> None:
    project, problems = check_project(shop)
    assert isinstance(project, Project)
    assert problems == []
    (shop / "rfm.yaml").write_text("period: x\n", encoding="utf-8")
    nothing, (problem,) = check_project(shop)
    assert nothing is None
    assert str(problem.place) == f"{shop / 'rfm.yaml'}:1:9"


HEAVY = {
    "aiohttp", "aiosmtplib", "altair", "asyncio", "asyncmy", "backports.zstd", "botocore", "charset_normalizer",
    "defusedxml", "duckdb", "email_validator", "fsspec", "http.client", "httpx", "jinja2", "jsonschema", "numpy",
    "paramiko", "phonenumbers", "pika", "polars", "psycopg", "pyarrow", "pytz", "rapidfuzz", "rich", "s3fs",
    "sqlalchemy", "sqlglot", "sqlite3", "ssl", "structlog", "unittest",
    "smc.registry", "smc.warehouse.connection",
}  # fmt: skip


def test_validating_loads_nothing_heavy() -> None:
    """Start-up time is a promise: what is listed here costs tenths of a second each. Templates need jinja2."""
    code = f"""
import atexit, sys
atexit.register(lambda: print(*sorted({HEAVY!r} & set(sys.modules))))
sys.argv = ["smc", "validate", "--project", "configs"]
from smc.__main__ import main
main()
"""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    said, loaded = done.stdout.splitlines()
    assert said.startswith("Valid: ")
    assert loaded.split() == ["jinja2"]


def test_the_example_shop_is_valid() -> None:
    assert check_project(ROOT / "configs")[1] == []
