"""The demo: a real grocer's year becomes drops, and smc runs four of its nights."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from smc.errors import UsageError, writing
from smc.pipeline import STAGES, Progress, RunReport, run
from smc.project import load_project

MARK = ".smc-demo"
_ELSEWHERE = "Name a new folder in a place that you may write to."
HISTORY_STAGES = ("import", "compute", "predict", "segment")


@dataclass(frozen=True, slots=True)
class Example:
    """A shop to show: how its drops are made, the last day of its history, and how many nights follow."""

    title: str
    make_drops: Callable[[Path, Callable[[str], None]], None]
    loaded_until: date
    nights: int


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo lies and what its runs did; the first one loaded the history."""

    folder: Path
    runs: tuple[RunReport, ...]
    report: Path


def example_folder(name: str) -> Path:
    """``configs``, ``sample_data`` or ``schemas``: inside the installed package, or in the repository."""
    package = Path(__file__).parent
    for place in (package / "example" / name, package.parent / name):
        if place.is_dir():
            return place
    raise UsageError(f"the folder '{name}' of the example shop is not installed", remedy="Reinstall smc.")


def make(folder: Path, example: Example, progress: Progress) -> Demo:
    """Make the drops in ``folder``, load the history, and run the nights one by one.

    A folder of an earlier demo is made anew; any other folder with something in it is refused, and so is a place that
    cannot be written (``UsageError``).
    """
    with writing(folder, "the demo", UsageError, remedy=_ELSEWHERE):
        _clear(folder)
        progress(f"Making the drops of {example.title}")
        example.make_drops(folder / "drops", progress)
        shop = folder / "shop"
        shutil.copytree(example_folder("configs"), shop, ignore=shutil.ignore_patterns("data", "inbox", "report"))
        shutil.copytree(example_folder("schemas"), folder / "schemas")
    project = load_project(shop)

    _arrive(folder / "drops" / "history", shop / "inbox")
    for day in sorted((folder / "drops" / "days").iterdir()):
        if date.fromisoformat(day.name) <= example.loaded_until:
            _arrive(day, shop / "inbox")
    runs = [run(project, command="demo", stages=HISTORY_STAGES, as_of=example.loaded_until, progress=progress)]
    for night in (example.loaded_until + timedelta(days=step + 1) for step in range(example.nights)):
        _arrive(folder / "drops" / "days" / night.isoformat(), shop / "inbox")
        progress(f"Night of {night}")
        stages = [stage.name for stage in STAGES]
        runs.append(run(project, command="run nightly", stages=stages, as_of=night, progress=progress))
    return Demo(folder, tuple(runs), project.path(project.settings.report) / "index.html")


def _from_script(name: str) -> Callable[[Path, Callable[[str], None]], None]:
    """The ``main`` of a script of sample_data."""

    def make_drops(target: Path, progress: Callable[[str], None]) -> None:
        runpy.run_path(str(example_folder("sample_data") / name))["main"](target, progress)

    return make_drops


GROCER = Example("a real grocer's year", _from_script("complete_journey.py"), date(2017, 12, 28), nights=4)
TINY = Example("a small made-up shop", _from_script("tiny.py"), date(2026, 2, 27), nights=3)


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UsageError(f"{folder} is not empty and was not made by the demo", remedy="Name another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _arrive(drop: Path, inbox: Path) -> None:
    """The files of a drop come into the inbox, as a till system would leave them there."""
    with writing(inbox, "the inbox of the demo", UsageError, remedy=_ELSEWHERE):
        inbox.mkdir(parents=True, exist_ok=True)
        for file in sorted(drop.iterdir()):
            shutil.copyfile(file, inbox / file.name)
