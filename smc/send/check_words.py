"""Mistakes in what steps say themselves, and texts that are long: they cost more than their author may think."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.giving import GIVE, LACKS, PRINT, with_codes
from smc.config.specs.messaging import Said
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.step import Path, messages_of
from smc.model.sms import fixed, size
from smc.model.template import CODE, TEXT, Note, Template, TriggerData
from smc.send.check import TRIGGER, check_text, known_in, printing_codes, shape_of, shape_of_trigger

if TYPE_CHECKING:
    from smc.send.names import Use

_DEAR = 2
"""So many segments are worth a word."""


def check_words(
    doc: Document[CampaignSpec] | Document[MailingSpec], fields: FieldsSpec, metrics: MetricsSpec, known: TriggerData
) -> Iterator[Problem]:
    """Syntax and unknown names of what steps and mailings say themselves; promocodes that nothing gives or prints.

    ``known``: what is known of the trigger.
    """
    spoken = [(path, said, given) for path, said, given in _spoken(doc.spec) if said.parts]
    if not spoken:
        return
    from smc.send.render import Renderer

    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    shape: dict[str, Any] = {**shape_of(fields, metrics)}
    shape |= {TRIGGER: shape_of_trigger(known)} if known.fields else {}
    lacks = _Lacks("no step before it gives one", LACKS)
    if isinstance(doc.spec, MailingSpec):
        lacks = _Lacks("the mailing gives none", GIVE)
        yield from _unseen(doc, doc.spec)
    for path, said, given in spoken:
        judge = known_in(shape) if given else partial(_without_code, known_in(shape), lacks)
        for part, source in said.parts:
            yield from check_text(doc, (*path, *part.split(".", 1)), source, renderer, judge)


@dataclass(frozen=True, slots=True)
class _Lacks:
    """Why there is no promocode to print, and what to do about it."""

    why: str
    remedy: str


def _without_code(judge: Callable[[Use], tuple[str, str] | None], lacks: _Lacks, use: Use) -> tuple[str, str] | None:
    if (found := judge(use)) is None and use.path[0] in CODE:
        return f"this prints a promocode, but {lacks.why}", lacks.remedy
    return found


def _unseen(doc: Document[Any], spec: MailingSpec) -> Iterator[Problem]:
    """Messages of a mailing with promocodes that do not print them."""
    notes = {path: Note(spec.channel, said.parts) for path, said in spec.contents if said.parts}
    printing = printing_codes(notes) if spec.promocode else notes
    for path in (one for one in notes if one not in printing):
        yield doc.problem(path, "the message does not print the promocode, so nobody would see it", PRINT)


def long_texts(
    doc: Document[CampaignSpec] | Document[MailingSpec], templates: Mapping[str, Template]
) -> Iterator[Problem]:
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


def _spoken(spec: CampaignSpec | MailingSpec) -> Iterator[tuple[Path, Said, bool]]:
    """What each step says, its place in the YAML, and whether a promocode is given before."""
    if isinstance(spec, MailingSpec):
        yield from ((path, said, spec.promocode is not None) for path, said in spec.contents)
        return
    for path, step, given in with_codes(spec.steps):
        for below, said in messages_of(step):
            yield (*path, *below), said, given
