"""A YAML file read into its spec, with the way back to line and column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import SecretStr, ValidationError

from smc.config.explain import problems_of
from smc.config.layout import Keys, Layout
from smc.config.problem import Place, Problem
from smc.config.secret import Secrets
from smc.config.specs.base import Spec
from smc.config.yaml import parse_yaml, read_yaml

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Document(Generic[S]):
    """A valid spec and where its values stand. A path is the keys of the YAML, such as ``("caps", 0, "days")``."""

    spec: S
    file: Path
    layout: Layout = field(repr=False)

    def place(self, path: Keys) -> Place:
        """Where the value stands; the key of a mapping or list; the nearest known when the way is not written."""
        return self.layout.place(path)

    def key_place(self, path: Keys) -> Place:
        """Where the key stands."""
        return self.layout.key_place(path)

    def problem(self, path: Keys, message: str, remedy: str = "") -> Problem:
        return Problem(self.place(path), message, remedy)


@dataclass(frozen=True, slots=True)
class Reading(Generic[S]):
    """What came of a file: the document when there is no problem, and the layout to name what a broken file defines."""

    document: Document[S] | None
    problems: list[Problem]
    layout: Layout


def read(file: Path, kind: type[S], *, secrets: Secrets | None = None) -> tuple[Document[S] | None, list[Problem]]:
    """A file of the project: either the document, or at least one problem, in the order of their places."""
    reading = attempt(file, kind, secrets=secrets or Secrets(file.parent))
    return reading.document, reading.problems


def attempt(file: Path, kind: type[S], *, secrets: Secrets) -> Reading[S]:
    """As ``read``, keeping the layout of a file with problems."""
    return checked(kind, *read_yaml(file, secrets))


def parse(
    text: str, kind: type[S], *, file: Path, secrets: Secrets | None = None
) -> tuple[Document[S] | None, list[Problem]]:
    """As ``read``, for a text that is already there; ``file`` only names it."""
    reading = checked(kind, *parse_yaml(text, file, secrets or Secrets(file.parent)))
    return reading.document, reading.problems


def checked(kind: type[S], layout: Layout, data: Any, problems: list[Problem]) -> Reading[S]:
    """What was parsed, as its spec. ``data`` is None when nothing could be parsed."""
    if data is None:
        return Reading(None, problems, layout)
    try:
        spec = kind.model_validate(data, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        told = {problem.place for problem in problems}
        more = (problem for problem in problems_of(error, kind, layout) if problem.place not in told)
        return Reading(None, sorted({*problems, *more}), layout)
    problems = sorted({*problems, *_typed_secrets(spec, layout, ())})
    return Reading(None if problems else Document(spec, layout.file, layout), problems, layout)


def _typed_secrets(value: Any, layout: Layout, path: Keys) -> list[Problem]:
    """Secrets that stand in the file itself, where everyone who sees the project sees them."""
    match value:
        case SecretStr():
            item = layout.items.get(path)
            if item is None or "${" in item.raw:
                return []
            place = layout.key_place(path)
            remedy = "Write ${env:NAME} or ${file:PATH}, and change the secret if others have seen this file."
            return [Problem(place, "A secret does not stand in the file itself.", remedy)]
        case Spec():
            names = {name: info.alias or name for name, info in type(value).model_fields.items()}
            return _each(((names[name], held) for name, held in value), layout, path)
        case dict():
            return _each(value.items(), layout, path)
        case tuple():
            return _each(enumerate(value), layout, path)
    return []


def _each(pairs: Any, layout: Layout, path: Keys) -> list[Problem]:
    return [problem for key, held in pairs for problem in _typed_secrets(held, layout, (*path, key))]
