"""Recipes: ready campaigns, each with segments, letters and tests, copied into a project under a name of its own.

A recipe is a folder: ``README.md``, ``campaign.yaml``, perhaps ``segments.yaml``, and for each language a folder of
templates, perhaps with ``poll.yaml``. Every name in it begins with the recipe's, so that giving it another name is one
replacement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
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
"""Categories of messages that recipes name, and the consent that e-mail must need in the project's, the best first."""
_SWITCHED_OFF = "active: false # look at steps, links and offers first, then write true"


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

    The copy is switched off. Nothing is ever overwritten (``UsageError``), and what the project could not run is taken
    back: ``ConfigError`` says what is missing, such as a feed.
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
    _write(project, texts)
    return list(texts)


def _write(project: Path, texts: dict[Path, str]) -> None:
    """All or nothing. The campaign comes last, so that even after a kill nothing in the project is half a campaign."""
    made = {folder for target in texts for folder in target.parents if not folder.exists()}
    try:
        with writing(project, "the recipe", UsageError, remedy="Name a project that you may write to."):
            for target, text in reversed(texts.items()):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
        _check(project)
    except BaseException:
        _take_back(texts, made)
        raise


def _check(project: Path) -> None:
    _, problems = check_project(project, secrets_needed=False)
    if problems:
        raise ConfigError(problems)


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
    if source.name == "campaign.yaml" and not re.search(r"^active:", text, re.MULTILINE):
        text = re.sub(r"^(title: .*\n)", rf"\g<1>{_SWITCHED_OFF}\n", text, count=1, flags=re.MULTILINE)
    text = re.sub(rf"(?<=category: )({'|'.join(categories)})\b", lambda found: _theirs(found[1], categories), text)
    schemas = target.parents[2 if source.name == "template.yaml" else 1] / "schemas"
    first = f"{modeline(target, schemas)}\n" if schemas.is_dir() else ""
    return first + _renamed(text, old, new)


def _theirs(ours: str, categories: Mapping[str, str | None]) -> str:
    if theirs := categories[ours]:
        return theirs
    raise UsageError(
        f"the project has no category of messages like '{ours}' of the recipe: one whose e-mail needs the consent "
        f"{' or '.join(_CONSENT[ours])}",
        remedy=f"Add one with consent: {_CONSENT[ours][0]} to 'categories' in smc.yaml.",
    )


def _category(ours: str, theirs: Mapping[str, CategorySettings]) -> str | None:
    """The project's category that is meant: never one whose e-mail needs less consent than the recipe's.

    Of those that need the same, the one of the same name or else the first.
    """
    for consent in _CONSENT[ours]:
        fitting = [name for name, spec in theirs.items() if spec.needs("email") == consent]
        if fitting:
            return ours if ours in fitting else fitting[0]
    return None


def _take_back(written: Iterable[Path], made: Collection[Path]) -> None:
    """Remove the files, and the folders that were made for them, the deepest first."""
    for path in written:
        path.unlink(missing_ok=True)
    for folder in sorted(made, key=lambda one: len(one.parts), reverse=True):
        if folder.exists():
            folder.rmdir()
