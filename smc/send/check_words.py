"""Mistakes in what steps say themselves, and texts that are long: they cost more than their author may think."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.messaging import Said
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.step import Path, PromocodeStep, every, messages_of
from smc.errors import RenderError
from smc.model.sms import fixed, size
from smc.model.template import CODE, TEXT, Template, TriggerData
from smc.send.check import TRIGGER, shape_of, shape_of_trigger, unknown

_DEAR = 2
"""So many segments are worth a word."""


def check_words(
    doc: Document[CampaignSpec], fields: FieldsSpec, metrics: MetricsSpec, known: TriggerData
) -> Iterator[Problem]:
    """Syntax and unknown names of what steps say, and promocodes that nothing gives. ``known``: of the trigger."""
    spoken = list(_spoken(doc.spec))
    if not any(said.parts for _, said, _ in spoken):
        return
    from jinja2 import TemplateSyntaxError

    from smc.send.render import Renderer

    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    shape: dict[str, Any] = {**shape_of(fields, metrics)}
    shape |= {TRIGGER: shape_of_trigger(known)} if known.fields else {}
    for path, said, given in spoken:
        for part, source in said.parts:
            here = (*path, *part.split(".", 1))
            try:
                renderer.check_source(source)
            except TemplateSyntaxError as error:
                yield doc.problem(here, f"the text cannot be read: {error.message}")
                continue
            except RenderError as error:
                yield doc.problem(here, f"the text cannot be used: {error.what}", error.remedy)
                continue
            for use in renderer.uses_of(source):
                if found := unknown(use, shape):
                    yield doc.problem(here, found[1], found[2])
                elif use.path[0] in CODE and not given:
                    message = "this prints a promocode, but no step before it gives one"
                    yield doc.problem(here, message, "Put a step promocode: {group: …} before it.")


def long_texts(doc: Document[CampaignSpec], templates: Mapping[str, Template]) -> Iterator[Problem]:
    """Text messages whose fixed text alone takes several segments."""
    for path, said, _ in _spoken(doc.spec):
        if said.channel != "sms":
            continue
        template = templates.get(said.template)
        source = dict(said.parts).get(TEXT) or (template.text if template else None) or ""
        found = size(fixed(source))
        if found.segments >= _DEAR:
            signs = "it has signs beyond the GSM alphabet, which leave 70 for one" if found.encoding == "UCS-2" else (
                "one takes 160 signs"
            )  # fmt: skip
            where = (*path, "template" if said.template else TEXT)
            yield doc.problem(where, f"The text takes at least {found.segments} segments; {signs}.")


def _spoken(spec: CampaignSpec) -> Iterator[tuple[Path, Said, bool]]:
    """What each step says, its place in the YAML, and whether a step before it gives a promocode."""
    given = False
    for path, step in every(spec.steps):
        given = given or isinstance(step, PromocodeStep)
        for below, said in messages_of(step):
            yield (*path, *below), said, given
