"""Mistakes of meaning in steps that are no messages: unknown groups, fields, lists, people, webhooks and polls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.effect import (
    AttributeStep,
    BonusesStep,
    CallStep,
    NotifyStep,
    PointsStep,
    WebhookStep,
)
from smc.config.specs.giving import LACKS, with_codes
from smc.config.specs.project import FieldsSpec, FieldType, ProjectSpec
from smc.config.specs.step import Path, PollStep, PromocodeStep, Step, messages_of


@dataclass(frozen=True, slots=True)
class EffectNames:
    """What steps that are no messages may name. ``coded``: templates that print a promocode; ``fields``: writable ones
    with their types; ``accruals``: whether it is said where they go."""

    groups: Collection[str] = ()
    coded: Collection[str] = ()
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    lists: Collection[str] = ()
    people: Collection[str] = ()
    webhooks: Collection[str] = ()
    polls: Collection[str] = ()
    accruals: bool = False

    @classmethod
    def of(
        cls, settings: ProjectSpec, fields: FieldsSpec, *, groups: Collection[str], coded: Collection[str],
        polls: Collection[str],
    ) -> EffectNames:  # fmt: skip
        return cls(
            groups=groups,
            coded=coded,
            fields={name: one.type for name, one in fields.customer.items() if one.writable},
            lists=settings.calls.lists if settings.calls else (),
            people=settings.people,
            webhooks=settings.webhooks,
            polls=polls,
            accruals=settings.accruals is not None,
        )


def check_effects(
    doc: Document[Any], steps: Sequence[Step], names: EffectNames, channels: Collection[str]
) -> Iterator[Problem]:
    """Every step of the tree; and who gets a letter with a code may have got a code before, whichever way he came."""
    for path, step, given in with_codes(steps):
        for below, said in messages_of(step):
            if said.template in names.coded and not given:
                yield doc.problem(
                    (*path, *below, "template"),
                    f"the template '{said.template}' prints a promocode, but no step before it gives one",
                    LACKS,
                )
        if isinstance(step, NotifyStep) and "email" not in channels:
            yield doc.problem(path, "the channel 'email' is not set up", "Describe it in channels.yaml.")
        yield from _step(doc, path, step, names)


def _step(doc: Document[Any], path: Path, step: Step, names: EffectNames) -> Iterator[Problem]:
    match step:
        case PromocodeStep(promocode=code):
            where = "Declare it in promocodes.yaml."
            yield from _known(
                doc, (*path, "promocode", "group"), "group of promocodes", code.group, names.groups, where
            )
        case PointsStep() | BonusesStep() if not names.accruals:
            message = "smc.yaml does not say where points and bonuses go"
            yield doc.problem(path, message, "Write there: accruals: {files: {local: {path: out/accruals}}}")
        case AttributeStep(attribute=body):
            yield from _fields(doc, (*path, "attribute", "set"), body.set, names.fields)
        case CallStep(call=call):
            where = "Declare it in smc.yaml under 'calls', 'lists'."
            yield from _known(doc, (*path, "call", "list"), "list of calls", call.list, names.lists, where)
        case NotifyStep(notify=notice):
            for number, person in enumerate(notice.to):
                where = "Write the address in smc.yaml under 'people'."
                yield from _known(doc, (*path, "notify", "to", number), "person", person, names.people, where)
        case WebhookStep(webhook=hook):
            where = "Declare it in smc.yaml under 'webhooks'."
            yield from _known(doc, (*path, "webhook", "to"), "webhook", hook.to, names.webhooks, where)
        case PollStep(poll=poll):
            yield from _known(doc, (*path, "poll", "poll"), "poll", poll.poll, names.polls, "Write polls/NAME.yaml.")


def _fields(
    doc: Document[Any], path: Path, values: Mapping[str, Any], known: Mapping[str, FieldType]
) -> Iterator[Problem]:
    for name, value in values.items():
        if name not in known:
            where = "Only fields of customers that fields.yaml declares with 'writable: true' can be set."
            yield from _known(doc, (*path, name), "writable field", name, known, where)
        elif not _fits(value, known[name]):
            yield doc.problem((*path, name), f"'{value}' is no {known[name]}", _LIKE[known[name]])


_LIKE: Mapping[FieldType, str] = {
    "string": "Write it in quotes.", "integer": "Write a whole number.", "decimal": "Write a number.",
    "boolean": "Write true or false.", "date": "Write a day like 2026-01-31.",
    "datetime": "A step cannot set a moment; declare the field as a date.",
}  # fmt: skip


def _fits(value: Any, kind: FieldType) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "decimal":
            return not isinstance(value, bool | str | date)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, date) or (isinstance(value, str) and _is_day(value))
        case "datetime":
            return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _known(  # noqa: PLR0917 - called in one way
    doc: Document[Any], path: Path, what: str, name: str, names: Collection[str], where: str
) -> Iterator[Problem]:
    if name not in names:
        yield doc.problem(path, f"there is no {what} '{name}'", nearest(name, names) if names else where)
