"""Files of mailings: copied as drafts, paused and resumed. Every change is one of YAML, to be seen and reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from smc.config.document import Document, parse, read
from smc.config.edit import with_values, without_key
from smc.config.folder import look
from smc.config.layout import Keys
from smc.config.problem import Problem, nearest
from smc.config.secret import Secrets
from smc.config.specs.base import NAME
from smc.config.specs.campaign import MailingSpec
from smc.errors import ConfigError, UsageError, writing
from smc.project import check_project, load_project

_WRITABLE = "Name a project that you may write to."


def copy(project: Path, name: str, new: str, send_on: date | None) -> Path:
    """Make a draft with the id ``new``. Nothing is overwritten (``UsageError``).

    Salts are new, so that its groups and variants are drawn anew; ``send_on`` None: the day stays to be changed.
    """
    if not NAME.fullmatch(new):
        raise UsageError(f"'{new}' cannot serve as an id", remedy="Take lower-case letters, digits and _.")
    loaded = load_project(project)
    document, target = _document(project, name), project / "mailings" / f"{new}.yaml"
    if target.exists() or new in loaded.programmes:
        raise UsageError(
            f"there is a campaign or mailing '{new}' already, and nothing is ever overwritten",
            remedy="Give the copy another id.",
        )
    values: dict[Keys, str] = {path: f"{new}-{path[0]}" for path in document.layout.items if path[-1:] == ("salt",)}
    values["status",] = "draft"
    if send_on:
        values["send_on",] = send_on.isoformat()
    text = without_key(_changed(document, values), "id")
    if not _says(text, target, status="draft", id=None):
        raise _too_unusual(document)
    with writing(target, "the copy", UsageError, remedy=_WRITABLE), target.open("x", encoding="utf-8") as file:
        file.write(text)
    _, problems = check_project(project, secrets_needed=False)
    if problems:
        target.unlink()
        raise ConfigError(problems)
    return target


def switch(project: Path, name: str, status: Literal["active", "paused"]) -> bool:
    """Write another status into the file of a mailing; whether that changed it. ``UsageError`` for a draft.

    It is the emergency brake, so the rest of the project need not be valid.
    """
    document = _document(project, name)
    if document.spec.status == status:
        return False
    if document.spec.status == "draft":
        raise UsageError(
            f"'{name}' is a draft, which nobody gets",
            where=str(document.file), remedy="Write status: active there when it is ready.",
        )  # fmt: skip
    text = _changed(document, {("status",): status})
    changed, _ = parse(text, MailingSpec, file=document.file)
    if changed is None or changed.spec != document.spec.model_copy(update={"status": status}):
        raise _too_unusual(document)
    fresh = document.file.with_name(f".{document.file.name}.new")
    with writing(document.file, "the mailing", UsageError, remedy=_WRITABLE):
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(document.file)
    return True


def _changed(document: Document[MailingSpec], values: Mapping[Keys, str]) -> str:
    return with_values(document.file.read_text(encoding="utf-8"), document.layout, values)


def _says(text: str, file: Path, **values: str | None) -> bool:
    """Whether a text is a mailing with these values."""
    document, _ = parse(text, MailingSpec, file=file)
    return document is not None and all(getattr(document.spec, key) == value for key, value in values.items())


def _too_unusual(document: Document[MailingSpec]) -> UsageError:
    return UsageError("smc cannot change this file by itself", where=str(document.file), remedy="Change it by hand.")


def _document(project: Path, name: str) -> Document[MailingSpec]:
    """The file of a mailing. Mistakes in other files and secrets that are missing are nothing to it."""
    listing = look(project)
    if "smc.yaml" not in listing.single:
        raise ConfigError(listing.problems)
    names: list[str] = []
    broken: list[Problem] = []
    for file in listing.several["mailings"]:
        document, problems = read(file, MailingSpec, secrets=Secrets(project, needed=False))
        if document is None:
            broken += problems
            continue
        names.append(document.spec.id or file.stem)
        if names[-1] == name:
            return document
    if broken:
        raise ConfigError(broken)
    raise UsageError(f"there is no mailing '{name}'", remedy=nearest(name, names))
