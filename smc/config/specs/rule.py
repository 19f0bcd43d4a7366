"""A rule: which customers. One key names each condition; ``all``, ``any`` and ``not`` nest."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from smc.config.specs.base import Name, Spec
from smc.config.specs.case import CaseSpec
from smc.config.specs.comparison import OPERATORS, Comparison, Range, RowTest, Window
from smc.config.specs.condition import (
    AttributeCondition,
    BoughtCondition,
    DictionaryCondition,
    MetricCondition,
    ReachableCondition,
    RfmCondition,
    SampleCondition,
    Score,
    SubscribedCondition,
)
from smc.config.specs.rows import (
    BonusCondition,
    CampaignCondition,
    CampaignStepCondition,
    CardCondition,
    ContactedCondition,
    ContainerCondition,
    EventCondition,
    MartCondition,
    MessageCondition,
    OrderedCondition,
    OrderLineCondition,
    PollCondition,
    PromocodeCondition,
    ReactionCondition,
    ReceiptCondition,
    RowsCondition,
    WebEventCondition,
)

__all__ = [
    "OPERATORS", "AttributeCondition", "BoughtCondition", "Comparison", "DictionaryCondition", "MetricCondition",
    "Range", "ReachableCondition", "RfmCondition", "RowTest", "RowsCondition", "SampleCondition", "Score",
    "SubscribedCondition", "Window",
]  # fmt: skip


class AllRule(Spec):
    all: tuple[Rule, ...] = Field(min_length=1)


class AnyRule(Spec):
    any: tuple[Rule, ...] = Field(min_length=1)


class NotRule(Spec):
    not_: Rule = Field(alias="not")


class AttributeRule(Spec):
    attribute: AttributeCondition


class MetricRule(Spec):
    metric: MetricCondition


class RfmRule(Spec):
    rfm: RfmCondition


class BoughtRule(Spec):
    bought: BoughtCondition


class TagRule(Spec):
    tag: Name


class SubscribedRule(Spec):
    subscribed: SubscribedCondition


class ReachableRule(Spec):
    reachable: ReachableCondition


class ControlGroupRule(Spec):
    """``global``, or a campaign or mailing: who is not messaged, so that others can be compared with him."""

    control_group: Annotated[str, Field(min_length=1)]


class DictionaryRule(Spec):
    dictionary: DictionaryCondition


class InSegmentRule(Spec):
    in_segment: Name


class SampleRule(Spec):
    sample: SampleCondition


class SqlRule(Spec):
    """One SELECT of ``customer_id`` over the tables of the reference; ``$as_of`` is the day."""

    sql: Annotated[str, Field(min_length=1)]


class ContactedRule(Spec):
    contacted: ContactedCondition


class RowsRule(Spec):
    """A condition on rows. Its only key says on which."""

    @property
    def condition(self) -> RowsCondition:
        found: RowsCondition = getattr(self, self.key)
        return found

    @property
    def key(self) -> str:
        return next(iter(type(self).model_fields))


class ReceiptRule(RowsRule):
    receipt: ReceiptCondition


class OrderedRule(RowsRule):
    ordered: OrderedCondition


class OrderLineRule(RowsRule):
    order_line: OrderLineCondition


class EventRule(RowsRule):
    event: EventCondition


class WebEventRule(RowsRule):
    web_event: WebEventCondition


class ContainerRule(RowsRule):
    container: ContainerCondition


class MessageRule(RowsRule):
    message: MessageCondition


class ReactionRule(RowsRule):
    reaction: ReactionCondition


class PromocodeRule(RowsRule):
    promocode: PromocodeCondition


class CardRule(RowsRule):
    card: CardCondition


class BonusRule(RowsRule):
    bonus: BonusCondition


class PollRule(RowsRule):
    poll: PollCondition


class MartRule(RowsRule):
    mart: MartCondition


class CampaignRule(RowsRule):
    campaign: CampaignCondition


class CampaignStepRule(RowsRule):
    campaign_step: CampaignStepCondition


def only_key(value: Any) -> str | None:
    """The one key of a mapping, or of a spec that stands for such a mapping."""
    if isinstance(value, dict):
        return next(iter(value)) if len(value) == 1 else None
    fields = type(value).model_fields if isinstance(value, Spec) else {}
    return next((field.alias or name for name, field in fields.items()), None)


Rule = Annotated[
    Annotated[AllRule, Tag("all")]
    | Annotated[AnyRule, Tag("any")]
    | Annotated[NotRule, Tag("not")]
    | Annotated[AttributeRule, Tag("attribute")]
    | Annotated[MetricRule, Tag("metric")]
    | Annotated[RfmRule, Tag("rfm")]
    | Annotated[BoughtRule, Tag("bought")]
    | Annotated[ReceiptRule, Tag("receipt")]
    | Annotated[OrderedRule, Tag("ordered")]
    | Annotated[OrderLineRule, Tag("order_line")]
    | Annotated[EventRule, Tag("event")]
    | Annotated[WebEventRule, Tag("web_event")]
    | Annotated[ContainerRule, Tag("container")]
    | Annotated[MessageRule, Tag("message")]
    | Annotated[ContactedRule, Tag("contacted")]
    | Annotated[ReactionRule, Tag("reaction")]
    | Annotated[CampaignRule, Tag("campaign")]
    | Annotated[CampaignStepRule, Tag("campaign_step")]
    | Annotated[PromocodeRule, Tag("promocode")]
    | Annotated[CardRule, Tag("card")]
    | Annotated[BonusRule, Tag("bonus")]
    | Annotated[PollRule, Tag("poll")]
    | Annotated[MartRule, Tag("mart")]
    | Annotated[TagRule, Tag("tag")]
    | Annotated[SubscribedRule, Tag("subscribed")]
    | Annotated[ReachableRule, Tag("reachable")]
    | Annotated[ControlGroupRule, Tag("control_group")]
    | Annotated[DictionaryRule, Tag("dictionary")]
    | Annotated[InSegmentRule, Tag("in_segment")]
    | Annotated[SampleRule, Tag("sample")]
    | Annotated[SqlRule, Tag("sql")],
    Discriminator(only_key),
]


class SegmentSpec(Spec):
    """A named rule. Members are kept with the days they entered and left."""

    title: str
    rule: Rule


class SegmentsSpec(Spec):
    """The kind of ``segments/*.yaml``."""

    segments: dict[Name, SegmentSpec] = Field(min_length=1)
    tests: dict[Name, CaseSpec] = Field(default={}, description="Tests of segments, run by smc test.")


def rule_key(rule: Rule) -> str:
    """Name of an unnamed rule in ``rule_member``: the same condition written twice is one rule."""
    text = rule.model_dump_json(by_alias=True, exclude_none=True)
    return sha256(text.encode()).hexdigest()
