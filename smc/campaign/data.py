"""What a trigger knew when it let a customer in: which fields there are. Light imports only: validation reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smc.campaign.kept import DETAILED, KEPT, nothing
from smc.config.document import Document
from smc.config.facts import watched_facts
from smc.config.pairs import pairs
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.project import FieldsSpec
from smc.config.specs.trigger import Trigger
from smc.config.specs.watch import Watched
from smc.config.values import Kind, detail_kind
from smc.model.facts import CONTEXT, Fact
from smc.model.template import TriggerData

LINES = ("product", "name", "quantity", "amount")
"""Fields of ``trigger.lines``."""
_LINED = frozenset({"receipts", "lines", "orders", "order_lines", "order_changes", "containers"})
Used = Document[CampaignSpec] | Document[MailingSpec]


def fields_of(trigger: Trigger, facts: Mapping[str, Fact]) -> dict[str, Kind]:
    """Fields of the data by name; ``facts`` are those whose rows can be waited for."""
    if isinstance(trigger, Watched):
        return {field.name: field.type for field in facts[trigger.row.over].fields if field.shown}
    return dict(KEPT.get(type(trigger), nothing)(trigger))


def details_of(trigger: Trigger, facts: Mapping[str, Fact]) -> bool:
    """Whether there are details by any key, named ``context.KEY``."""
    if isinstance(trigger, Watched):
        return facts[trigger.row.over].context is not None
    return type(trigger) in DETAILED


def lines_of(trigger: Trigger) -> bool:
    """Whether there are ``lines``."""
    return isinstance(trigger, Watched) and trigger.row.over in _LINED


def known_of(trigger: Trigger, facts: Mapping[str, Fact]) -> TriggerData:
    """What texts may read of a trigger; ``facts`` as for ``fields_of``."""
    lines = LINES if lines_of(trigger) else ()
    return TriggerData(tuple(fields_of(trigger, facts)), lines, details_of(trigger, facts))


def used_by(texts: Iterable[Used], fields: FieldsSpec) -> dict[str, dict[str, TriggerData]]:
    """Per template what the triggers of those know who use it, by their files."""
    facts = watched_facts(fields)
    found: dict[str, dict[str, TriggerData]] = {}
    for text in texts:
        spec = text.spec
        known = known_of(spec.trigger, facts) if isinstance(spec, CampaignSpec) else TriggerData()
        for template in (one for key, one in pairs(spec) if key == "template" and isinstance(one, str)):
            found.setdefault(template, {})[f"{text.file.parent.name}/{text.file.name}"] = known
    return found


def kind_in(name: str, operator: str, operand: object, fields: Mapping[str, Kind]) -> Kind:
    """The type as which a field is compared. ``KeyError`` for one that is not there."""
    return detail_kind(operator, operand) if name.startswith(CONTEXT) else fields[name]
