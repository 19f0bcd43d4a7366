"""The tests of campaigns: read, checked, and ready to be run. Light imports only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smc.config.document import Document
from smc.config.problem import Place, Problem, nearest
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.case import CampaignCaseSpec, NightExpected
from smc.config.specs.project import FieldsSpec
from smc.segment.trial.check import TESTS, Case, shapes_of
from smc.segment.trial.given import Given, Numbers
from smc.segment.trial.rows import Shape


@dataclass(frozen=True, slots=True)
class Night:
    """What comes before a night, and what it must bring."""

    given: Case
    expect: NightExpected


@dataclass(frozen=True, slots=True)
class CampaignCase:
    """One test of a campaign."""

    name: str
    title: str
    campaign: str
    nights: tuple[Night, ...]
    document: Document[CampaignSpec]

    @property
    def place(self) -> Place:
        return self.document.key_place((TESTS, self.name))


def read_nights(
    documents: Mapping[str, Document[CampaignSpec]], fields: FieldsSpec, taken: Mapping[str, Case]
) -> tuple[dict[str, CampaignCase], list[Problem]]:
    """Every test by its name, and what is wrong with them.

    ``documents``: campaigns by their ids; ``taken``: tests of segments.
    """
    shapes = shapes_of(fields) if any(document.spec.tests for document in documents.values()) else {}
    cases: dict[str, CampaignCase] = {}
    problems: list[Problem] = []
    for campaign, document in documents.items():
        for name, spec in document.spec.tests.items():
            if (other := cases.get(name) or taken.get(name)) is not None:
                message = f"test '{name}' is already written at {other.place}"
                problems.append(document.problem((TESTS, name), message, "Rename one."))
                continue
            cases[name], found = _case(campaign, document, name, spec, shapes)
            problems += found
    return cases, problems


def _case(
    campaign: str, document: Document[CampaignSpec], name: str, spec: CampaignCaseSpec, shapes: Mapping[str, Shape]
) -> tuple[CampaignCase, list[Problem]]:
    numbers: Numbers = {}  # ids that are made count through all nights
    nights: list[Night] = []
    problems: list[Problem] = []
    people: set[str] = set()
    for at, night in enumerate(spec.nights):
        path = (TESTS, name, "nights", at)
        given = Given(shapes, night.as_of, numbers=numbers)
        rows = given.read(night.given, (*path, "given"))
        people |= {*given.customers}
        nights.append(Night(Case(name, spec.title, night.as_of, rows, {}, document), night.expect))
        for told in given.mistakes:
            place = document.key_place(told.path) if told.on_key else document.place(told.path)
            problems.append(Problem(place, told.mistake.message, told.mistake.remedy))
        if not given.mistakes:
            problems += _strangers(document, path, night.expect, people)
    return CampaignCase(name, spec.title, campaign, tuple(nights), document), problems


def _strangers(
    document: Document[CampaignSpec], path: tuple[str | int, ...], expect: NightExpected, people: set[str]
) -> Iterator[Problem]:
    """Ids that nobody has who is given up to that night."""
    for key in ("entered", "messages", "suppressed"):
        for at, one in enumerate(getattr(expect, key) or ()):
            if one not in people:
                way = (*path, "expect", key, at if key == "entered" else one)
                yield document.problem(way, f"nobody in this test has the id '{one}'", nearest(one, sorted(people)))
