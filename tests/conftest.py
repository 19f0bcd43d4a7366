"""Fixtures shared by all rooms."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from smc.warehouse import Warehouse

pytest_plugins = (
    "tests.servers.user",  # these two first: others import them
    "tests.servers.tls",
    "tests.servers.dropbox",
    "tests.servers.flaky",
    "tests.servers.ftp",
    "tests.servers.hooks",
    "tests.servers.mysql",
    "tests.servers.postgresql",
    "tests.servers.rabbitmq",
    "tests.servers.s3",
    "tests.servers.ssh",
    "tests.servers.webdav",
)

settings.register_profile("smc", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# CI tries the same examples every time, so that a failure is one of the change; everybody else looks further.
settings.register_profile("ci", settings.get_profile("smc"), derandomize=True)
settings.load_profile("ci" if os.environ.get("SMC_REQUIRE_SERVERS") == "1" else "smc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what is made now as the expected files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Being traced makes a test half as long again: coverage is that of quick examples, which reach nearly all."""
    for item in items:
        if item.get_closest_marker("slow") or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def untraced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What slow tests start is not traced either."""
    if request.node.get_closest_marker("slow"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty warehouse, closed. Copying it costs a tenth of making one."""
    path = tmp_path_factory.mktemp("migrated") / "warehouse.duckdb"
    Warehouse.open(path, timezone="America/New_York", memory="1GB", threads=1).close()
    return path


@pytest.fixture
def warehouse(tmp_path: Path, migrated: Path) -> Iterator[Warehouse]:
    """An open, migrated, empty warehouse in the zone of the example shop."""
    path = tmp_path / "warehouse.duckdb"
    shutil.copyfile(migrated, path)
    with Warehouse.open(path, timezone="America/New_York", memory="1GB", threads=2) as opened:
        yield opened
