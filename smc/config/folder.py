"""What lies in a project's folder: the files that are read, and those that somebody expects to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from smc.config.kinds import FOLDERS, SINGLE
from smc.config.problem import Place, Problem
from smc.config.specs.base import NAME

_BODY = ("template.yaml", "body.html", "body.txt")
_FREE = (".md",)


@dataclass(frozen=True, slots=True)
class Listing:
    """``single``: the files of the project's top by name; ``several``: the files (of templates: folders) by folder.

    ``misnamed``: files and folders that are there under a wrong name, so that nothing is said about what they define.
    """

    single: dict[str, Path] = field(default_factory=dict)
    several: dict[str, list[Path]] = field(default_factory=dict)
    misnamed: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def look(folder: Path) -> Listing:
    """List a project. Problems: not a project, not readable, files that look like parts of it but are not read."""
    listing = Listing(several={name: [] for name in FOLDERS})
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Name the project's folder with --project, or make one: smc init."
        listing.problems.append(Problem(Place(folder), f"The project's folder cannot be read: {reason}.", remedy))
        return listing
    if not any(entry.name == "smc.yaml" for entry in entries):
        remedy = "Make a project here: smc init. Or name the project's folder with --project."
        if any(entry.name == "smc.yml" for entry in entries):
            remedy = "Rename 'smc.yml' to 'smc.yaml'."
        listing.problems.append(Problem(Place(folder / "smc.yaml"), "The project has no smc.yaml.", remedy))
        return listing
    for entry in entries:
        _top(entry, listing)
    return listing


def _top(entry: Path, listing: Listing) -> None:
    if entry.name in SINGLE:
        listing.single[entry.name] = entry
    elif entry.name in FOLDERS:
        _inner(entry, listing)
    elif entry.suffix in {".yaml", ".yml"} and not _hidden(entry):
        near = get_close_matches(entry.with_suffix(".yaml").name, SINGLE, n=1)
        listing.misnamed.update(near)
        remedy = f"Did you mean '{near[0]}'?" if near else f"The project reads {', '.join(SINGLE)} and its folders."
        listing.problems.append(Problem(Place(entry), "This file is not read.", remedy))
    elif (near := get_close_matches(entry.name, FOLDERS, n=1, cutoff=0.75)) and any(entry.rglob("*.yaml")):
        listing.misnamed.update(near)
        listing.problems.append(Problem(Place(entry), "This folder is not read.", f"Did you mean '{near[0]}'?"))


def _inner(folder: Path, listing: Listing) -> None:
    try:
        entries = [entry for entry in sorted(folder.iterdir()) if not _hidden(entry) and entry.suffix not in _FREE]
    except OSError as error:
        reason = error.strerror or str(error)
        listing.problems.append(Problem(Place(folder), f"The folder cannot be read: {reason}.", "Make it a folder."))
        return
    templates = folder.name == "templates"
    for entry in entries:
        if templates != entry.is_dir() and not (entry.suffix == ".yaml" and not templates):
            what = "A template is a folder with template.yaml and body.html." if templates else "Move its files up."
            listing.problems.append(Problem(Place(entry), "This is not read here.", what))
        elif not templates and entry.suffix != ".yaml":
            listing.misnamed.add(folder.name)
            near = entry.suffix.lower() in {".yml", ".yaml"}
            remedy = f"Rename it to '{entry.with_suffix('.yaml').name}'." if near else "Move it to another folder."
            listing.problems.append(Problem(Place(entry), "Only files that end in .yaml are read here.", remedy))
        else:
            listing.several[folder.name].append(entry)
    if templates:
        for template in listing.several["templates"]:
            listing.problems.extend(_template(template))


def _template(folder: Path) -> Iterator[Problem]:
    yield from name_problems(folder, folder.name, "folder")
    names = [entry.name for entry in sorted(folder.iterdir())]
    for name in ("template.yaml", *(() if "body.txt" in names else ("body.html",))):
        if name not in names:
            yield Problem(Place(folder / name), f"The template has no {name}.", "Write this file.")
    for name in names:
        entry = folder / name
        if name not in _BODY and not _hidden(entry) and entry.suffix not in _FREE:
            near = get_close_matches(name, _BODY, n=1, cutoff=0.6)
            remedy = f"Did you mean '{near[0]}'?" if near else f"A template has {', '.join(_BODY)}."
            yield Problem(Place(entry), "This file is not read.", remedy)


def name_problems(file: Path, name: str, what: str = "file") -> Iterator[Problem]:
    """A name taken from a file must be a name, because rules, tables and commands use it."""
    if not NAME.fullmatch(name):
        remedy = f"Rename the {what}: lower-case letters, digits and _, beginning with a letter."
        yield Problem(Place(file), f"'{name}' cannot serve as a name.", remedy)


def _hidden(entry: Path) -> bool:
    return entry.name.startswith((".", "~")) or entry.name.endswith("~")
