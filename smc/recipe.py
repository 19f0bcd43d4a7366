"""Recipes: ready campaigns, each with segments, letters and tests, copied into a project under a name of its own.

A recipe is a folder: ``README.md``, ``campaign.yaml``, perhaps ``segments.yaml``, and for each language a folder of
templates, perhaps with ``poll.yaml``. Every name in it begins with the recipe's, so that giving it another name is one
replacement.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from smc.config.problem import nearest
from smc.config.schema import modeline
from smc.config.specs.base import NAME
from smc.config.specs.project import CategorySettings
from smc.demo import example_folder
from smc.errors import ConfigError, UsageError, writing
from smc.project import check_project, load_project

LANGUAGES = ("en", "ru")
_POLL = "poll.yaml"
_CONSENT = {"marketing": ("required",), "service": ("not_refused", "none")}
"""Categories of messages that recipes name, and the consent that theirs have."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """``title`` and ``summary`` are the first line and the first paragraph of its README.md."""

    name: str
    folder: Path

    @property
    def readme(self) -> str:
        return (self.folder / "README.md").read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        return self.readme.splitlines()[0].removeprefix("#").strip()

    @property
    def summary(self) -> str:
        return " ".join(self.readme.split("\n\n")[1].split())


def recipes() -> dict[str, Recipe]:
    """Every recipe by its name."""
    folders = sorted(folder for folder in example_folder("recipes").iterdir() if (folder / "campaign.yaml").exists())
    return {folder.name: Recipe(folder.name, folder) for folder in folders}


def recipe(name: str) -> Recipe:
    """Raises ``UsageError`` for a name that no recipe has."""
    known = recipes()
    if name not in known:
        raise UsageError(f"there is no recipe '{name}'", remedy=nearest(name, known))
    return known[name]


def add(chosen: Recipe, project: Path, *, name: str, language: str | None) -> list[Path]:
    """Copy a recipe into a project, and say which files are new.

    Nothing is ever overwritten (``UsageError``), and what the project could not run is taken back: ``ConfigError`` says
    what is missing, such as a feed.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot serve as a name", remedy="Take lower-case letters, digits and _.")
    settings = load_project(project).settings
    categories = {ours: _category(ours, settings.categories) for ours in _CONSENT}
    files = dict(_files(chosen, project, name, language or settings.language))
    if there := [target for target in files if target.exists()]:
        raise UsageError(
            f"{there[0].relative_to(project)} is already there, and nothing is ever overwritten",
            remedy="Give the copy another name: --as NAME.",
        )
    texts = {target: _adapted(source, target, chosen.name, name, categories) for target, source in files.items()}
    with writing(project, "the recipe", UsageError, remedy="Name a project that you may write to."):
        for target, text in texts.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    _, problems = check_project(project, secrets_needed=False)
    if problems:
        _take_back(texts)
        raise ConfigError(problems)
    return list(texts)


def _files(chosen: Recipe, project: Path, name: str, language: str) -> Iterator[tuple[Path, Path]]:
    """Where each file goes, and where it comes from."""
    yield project / "campaigns" / f"{name}.yaml", chosen.folder / "campaign.yaml"
    if (segments := chosen.folder / "segments.yaml").exists():
        yield project / "segments" / f"{name}.yaml", segments
    for part in sorted((chosen.folder / language).iterdir()):
        if part.name == _POLL:
            yield project / "polls" / f"{name}.yaml", part
            continue
        for source in sorted(part.iterdir()):
            yield project / "templates" / _renamed(part.name, chosen.name, name) / source.name, source


def _renamed(text: str, old: str, new: str) -> str:
    """Every name that is the old one or begins with it and an underscore."""
    return re.sub(rf"(?<![a-z0-9_]){old}(?=_|\b)", new, text)


def _adapted(source: Path, target: Path, old: str, new: str, categories: Mapping[str, str | None]) -> str:
    text = source.read_text(encoding="utf-8")
    if source.suffix != ".yaml":
        return text
    for ours, theirs in categories.items():
        pattern = rf"(?<=category: ){ours}\b"
        if theirs is None and re.search(pattern, text):
            raise UsageError(
                f"the project has no category of messages like '{ours}' of the recipe",
                remedy=f"Add one with consent: {_CONSENT[ours][0]} to 'categories' in smc.yaml.",
            )
        text = re.sub(pattern, theirs or ours, text)
    schemas = target.parents[2 if source.name == "template.yaml" else 1] / "schemas"
    first = f"{modeline(target, schemas)}\n" if schemas.is_dir() else ""
    return first + _renamed(text, old, new)


def _category(ours: str, theirs: Mapping[str, CategorySettings]) -> str | None:
    """The project's category that is meant: of the same name, or the first that asks for the same consent."""
    fitting = [name for name, spec in theirs.items() if spec.consent in _CONSENT[ours]]
    return ours if ours in theirs else next(iter(fitting), None)


def _take_back(written: Mapping[Path, str]) -> None:
    for path in written:
        path.unlink()
        if path.parent.parent.name == "templates" and not any(path.parent.iterdir()):
            shutil.rmtree(path.parent)
