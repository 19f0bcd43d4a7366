"""Places that cannot be written and values that make no sense: one message with place and remedy, never a traceback."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from smc.demo import TINY, make
from smc.errors import DiskFullError, RunError, UsageError, writing
from smc.log import run_log
from smc.pipeline import moment_of
from smc.project import load_project
from tests.commands.line import smc
from tests.scenarios.harness import ShopFolder


def refused(code: int, *words: str | Path, folder: Path | None = None) -> str:
    """What stderr says of a command that must end with this code; what would be a traceback is raised."""
    done = smc(*words, folder=folder)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(("smc: ", "\nsmc: ")) or "\nsmc: " in done.stderr
    return done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file where somebody gives a folder."""
    path = tmp_path / "file"
    path.write_text("mine", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after one night with one customer."""
    made = ShopFolder.create(tmp_path_factory.mktemp("crashes") / "shop", {})
    made.arrive(
        {
            "customers_1.csv": "card,first_name,last_name,email,born,joined\n"
            "001,Anna,A,anna@example.com,,2026-03-01 10:00:00\n"
        }
    )
    made.night(date(2026, 3, 1))
    return made.folder


@pytest.mark.slow
@pytest.mark.parametrize("place", ["file", "file/below", "/proc/x/y", "/dev/null/x"])
@pytest.mark.parametrize("words", [["init"], ["demo", "--tiny"]])
def test_new_folder_in_an_impossible_place(words: list[str], place: str, file: Path) -> None:
    said = refused(2, *words, file.parent / place)
    assert f"{file.parent / place}: the {'project' if words == ['init'] else 'demo'} cannot be written" in said
    assert "Name a new folder" in said
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
@pytest.mark.parametrize("place", ["file/x.csv", "file/x.parquet", "/proc/x.csv", "/dev/null/x.csv", "folder.csv"])
def test_export_to_an_impossible_place(shop: Path, place: str, file: Path) -> None:
    (file.parent / "folder.csv").mkdir()
    said = refused(2, "segment", "export", "reachable", file.parent / place, folder=shop)
    assert f"{file.parent / place}: the file cannot be written" in said
    assert "a folder that you may write to" in said
    assert sorted(path.name for path in file.parent.iterdir()) == ["file", "folder.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("day", ["0001-01-05", "1969-12-31"])
@pytest.mark.parametrize("words", [["compute"], ["run", "nightly"], ["plan"], ["send"]])
def test_day_that_no_shop_had(shop: Path, words: list[str], day: str) -> None:
    said = refused(2, *words, "--as-of", day, folder=shop)
    assert f"--as-of {day}" in said
    assert "1970 to 2200" in said


def test_first_possible_day(shop: Path) -> None:
    project = load_project(shop)
    assert moment_of(project, date(1970, 1, 1)).as_of == date(1970, 1, 1)
    with pytest.raises(UsageError, match="in the future"):
        moment_of(project, date(9999, 12, 31))


@pytest.mark.parametrize(("name", "what"), [("smc.log", "the log"), ("warehouse.lock", "the lock of the project")])
def test_folder_in_the_place_of_a_file_of_the_run(shop: Path, name: str, what: str) -> None:
    place = shop / "data" / name
    kept = place.rename(place.with_suffix(".kept"))
    place.mkdir()
    try:
        said = refused(1, "compute", folder=shop)
    finally:
        place.rmdir()
        kept.rename(place)
    assert f"data/{name}: {what} cannot be written: Is a directory" in said
    assert "See who may write there" in said


def test_log_on_a_full_disk() -> None:
    with pytest.raises(DiskFullError, match="the log is not written") as caught, run_log(Path("/dev/full"), "r") as log:
        log.info("run begins")
    assert caught.value.where == "/dev/full"


def test_demo_that_finds_a_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="was not made by the demo"):
        make(tmp_path, TINY, lambda *_: None)


def test_what_the_system_says_is_kept(tmp_path: Path) -> None:
    inner = tmp_path / "deep" / "file"
    cannot = "the thing cannot be written: No such file or directory"
    with pytest.raises(RunError, match=cannot) as caught, writing(tmp_path, "the thing", remedy="Do."):
        inner.write_text("", encoding="utf-8")
    assert str(caught.value) == (f"{tmp_path}: the thing cannot be written: No such file or directory ({inner})\n  Do.")
    with pytest.raises(BrokenPipeError), writing(tmp_path, "the thing", remedy="Do."):
        raise BrokenPipeError


@pytest.mark.parametrize("memory", ["900%", "0%", "101%", "0GB", "0.0MB", "100.5%", "0.5%", "-1GB", "50"])
def test_memory_that_no_machine_has(tmp_path: Path, memory: str) -> None:
    made = ShopFolder.create(tmp_path / "shop", {}).folder
    _set_memory(made, memory)
    with pytest.raises(UsageError, match="Memory is 1% to 100%"):
        load_project(made)


@pytest.mark.parametrize("memory", ["1%", "100%", "100.0%", "99.9 %", "4GB", "0.5GB", "800 MB", "10GB"])
def test_memory_that_is_fine(tmp_path: Path, memory: str) -> None:
    made = ShopFolder.create(tmp_path / "shop", {}).folder
    _set_memory(made, memory)
    assert load_project(made).settings.warehouse.memory == memory


def _set_memory(shop: Path, memory: str) -> None:
    settings = shop / "smc.yaml"
    text = settings.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "memory:" not in line]
    if "warehouse:" in lines:
        lines.insert(lines.index("warehouse:") + 1, f"  memory: {memory!r}")
    else:
        lines.append(f"warehouse: {{memory: {memory!r}}}")
    settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
