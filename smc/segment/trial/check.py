"""The tests of a project: read, checked, and ready to be run. Light imports only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from smc.config.document import Document
from smc.config.layout import Keys
from smc.config.objects import custom_of, objects_of
from smc.config.problem import Place, Problem, nearest
from smc.config.specs.case import CaseSpec, Expected
from smc.config.specs.project import FieldsSpec
from smc.config.specs.rule import SegmentsSpec
from smc.model.field import Field
from smc.segment.trial.given import Given
from smc.segment.trial.own import OWN
from smc.segment.trial.rows import Row, Shape

TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who must be a member and who must not. ``exact``: nobody else may be one."""

    has: frozenset[str]
    has_not: frozenset[str]
    exact: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One test, its rows as feeds would bring them. ``expect``: by segment."""

    name: str
    title: str
    as_of: date
    rows: tuple[Row, ...]
    expect: Mapping[str, Wanted]
    document: Document[Any]

    @property
    def path(self) -> Keys:
        return (TESTS, self.name)

    @property
    def place(self) -> Place:
        return self.document.key_place(self.path)


def read_cases(
    documents: Sequence[Document[SegmentsSpec]], segments: Collection[str], fields: FieldsSpec
) -> tuple[dict[str, Case], list[Problem]]:
    """Every test by its name, and what is wrong with them. ``segments``: all names of the project."""
    shapes = shapes_of(fields) if any(document.spec.tests for document in documents) else {}
    cases: dict[str, Case] = {}
    problems: list[Problem] = []
    for document in documents:
        for name, spec in document.spec.tests.items():
            path = (TESTS, name)
            if name in cases:
                message = f"test '{name}' is already written at {cases[name].place}"
                problems.append(document.problem(path, message, "Rename one."))
                continue
            case, found = _case(document, name, spec, shapes)
            cases[name] = case
            problems += [*found, *_expectations(case, spec, segments, complete=not found)]
    return cases, problems


def shapes_of(fields: FieldsSpec) -> dict[str, Shape]:
    """Every object that a test may give, with the fields of the project."""
    objects = objects_of(fields) | OWN
    return {
        name: Shape(item, {own: Field(own, spec.type, spec.title) for own, spec in custom_of(fields, name).items()})
        for name, item in objects.items()
    }


def _case(
    document: Document[SegmentsSpec], name: str, spec: CaseSpec, shapes: Mapping[str, Shape]
) -> tuple[Case, list[Problem]]:
    given = Given(shapes, spec.as_of)
    rows = given.read(spec.given, (TESTS, name, "given"))
    wanted = {segment: _wanted(expected) for segment, expected in spec.expect.items()}
    case = Case(name, spec.title, spec.as_of, rows, wanted, document)
    return case, [
        Problem(
            document.key_place(told.path) if told.on_key else document.place(told.path),
            told.mistake.message,
            told.mistake.remedy,
        )
        for told in given.mistakes
    ]


def _wanted(expected: Expected) -> Wanted:
    if expected.exactly is not None:
        return Wanted(frozenset(expected.exactly), frozenset(), exact=True)
    return Wanted(frozenset(expected.has), frozenset(expected.not_), exact=False)


def _expectations(case: Case, spec: CaseSpec, segments: Collection[str], *, complete: bool) -> Iterator[Problem]:
    """Segments that are not there, and people who are not. ``complete``: every row of the test could be read."""
    people = [row.cells.get("customer_id") or "" for row in case.rows if row.object == "customer"]
    for segment, expected in spec.expect.items():
        path: Keys = (*case.path, "expect", segment)
        if segment not in segments:
            place = case.document.key_place(path)
            yield Problem(place, f"there is no segment '{segment}'", nearest(segment, segments))
        plain = case.document.layout.kind(path) == "list"
        for key, ids in (("exactly", expected.exactly or ()), ("has", expected.has), ("not", expected.not_)):
            for at, one in enumerate(ids):
                if complete and one not in people:
                    message = f"nobody in this test has the id '{one}'"
                    yield case.document.problem((*path, *([] if plain else [key]), at), message, nearest(one, people))
        if both := set(expected.has) & set(expected.not_):
            yield case.document.problem(path, f"'{min(both)}' is expected and not expected", "Decide for one.")
