"""Mistakes in filters on the data of triggers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from smc.campaign.data import details_of, fields_of, kind_in
from smc.config.document import Document
from smc.config.facts import watched_facts
from smc.config.problem import Problem, nearest
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.project import FieldsSpec
from smc.config.specs.step import FilterStep, Path, every
from smc.config.values import Kind, Mistake, key_of_operator, typed_by
from smc.model.facts import CONTEXT

_ANY_DAY = date(2000, 1, 1)
"""Relative dates are only read here, not used."""


def check_data(doc: Document[CampaignSpec], fields: FieldsSpec) -> Iterator[Problem]:
    """Unknown fields, and operands that do not fit their types."""
    facts = watched_facts(fields)
    known = fields_of(doc.spec.trigger, facts)
    details = details_of(doc.spec.trigger, facts)
    for path, step in every(doc.spec.steps):
        if isinstance(step, FilterStep) and step.filter.trigger is not None:
            for name, test in step.filter.trigger.items():
                here: Path = (*path, "filter", "trigger", name)
                if name in known or (details and name.startswith(CONTEXT)):
                    yield from _operands(doc, here, name, test.given, known)
                else:
                    yield doc.problem(here, f"the data of the trigger have no field '{name}'", _remedy(name, known))


def _remedy(name: str, known: Mapping[str, Kind]) -> str:
    return nearest(name, known) if known else "This trigger has no data; its day is all that is known."


def _operands(
    doc: Document[Any], path: Path, name: str, given: tuple[tuple[str, Any], ...], known: Mapping[str, Kind]
) -> Iterator[Problem]:
    for operator, operand in given:
        try:
            typed_by(kind_in(name, operator, operand, known), operator, operand, _ANY_DAY)
        except Mistake as mistake:
            here: Path = (*path, key_of_operator(operator))
            place = here if mistake.part is None else (*here, mistake.part)
            yield doc.problem(place, mistake.message, mistake.remedy)
