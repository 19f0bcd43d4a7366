"""A night of two hundred campaigns with two million due steps, and the same night once more, when there is no news.

The campaigns are of five kinds: audiences that begin on a day, days since registration, days since the last receipt,
categories bought, birthdays. Each has a filter, a wait, a split and a letter in both arms. The first night lets two
million customers in, who wait for a day; the second night is measured: rules of filters, hits, steps, consent, hours,
caps. What it is compared with writes the same rows, ready-made, into bare tables.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from benchmarks.drops import TIMEZONE
from benchmarks.night import bring
from benchmarks.timing import Took, forget_peak, peak_mb, row
from smc.campaign.codes import Coded
from smc.campaign.plan import plan, rules_needed, watches_needed
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.config.specs.rule import SegmentSpec
from smc.metric.compute import compute
from smc.segment.refresh import refresh
from smc.segment.watch import find_watched
from smc.send.check import printing_codes
from smc.warehouse import Warehouse

_SPEC: TypeAdapter[SegmentSpec] = TypeAdapter(SegmentSpec)
_OF_A_KIND, _PARTS = 40, 8
_BARE = {"entry": "entered_on", "step_log": "done_on", "message": "planned_on"}
"""What a night writes, and the column that says which night."""

_CHANNELS = ChannelsSpec.model_validate(
    {"email": {"title": "E-mail", "sender": "shop@example.com", "route": {"file": {"folder": "letters"}}}}
)
_SETTINGS = ProjectSpec.model_validate(
    {
        "project": "shop", "title": "Shop", "timezone": TIMEZONE, "currency": "USD",
        "categories": {"promo": {"title": "Offers", "consent": "required"}},
        "caps": [{"channel": "email", "category": "promo", "messages": 2, "days": 7}, {"messages": 1, "hours": 20}],
        "unsubscribe": {"mailto": "stop@example.com", "secret": "0123456789abcdef"},
    }
)  # fmt: skip
_RULES: tuple[dict[str, Any], ...] = (
    {"not": {"bought": {"within": "3 days"}}},
    {"any": [{"metric": {"name": "revenue_365d", "at_least": 20}}, {"metric": {"name": "receipts", "at_most": 2}}]},
    {"not": {"tag": "staff"}},
    {"any": [{"attribute": {"field": "gender", "equals": "f"}}, {"metric": {"name": "revenue", "at_least": 30}}]},
    {"not": {"bought": {"category": "D3", "within": "365 days"}}},
)


def run(warehouse: Warehouse, as_of: date, *, customers: int, receipts: int, seed: int) -> list[dict[str, Any]]:
    """Times of the second night and of its repetition; raises ``ValueError`` when the latter writes anything."""
    campaigns, segments = specs(as_of)
    night = partial(_night, warehouse, campaigns, segments)
    _facts(warehouse, as_of - timedelta(days=1), full=True)
    night(as_of - timedelta(days=1))
    _facts(warehouse, as_of)
    night(as_of)
    day = as_of + timedelta(days=1)
    bring(warehouse, day, customers * receipts, customers, seed)
    _facts(warehouse, day)
    warehouse.run("checkpoint")
    forget_peak()
    took = Took.by(lambda: night(day))
    written = _written(warehouse, day)
    again = Took.by(lambda: night(day))
    peak = peak_mb()
    if _written(warehouse, day) != written:
        raise ValueError(f"a second run of the night wrote more: {written}, then {_written(warehouse, day)}")
    bare = Took.by(lambda: _bare(warehouse, day))
    what = f"200 campaigns, {written['step_log']:,} steps"
    planned = warehouse.value("select count(*) from message where planned_on = $day and state = 'planned'", day=day)
    return [
        {**row(f"{what}, messages planned", bare, took, planned), "peak_mb": peak},
        {**row("the same night without news", bare, again, 0), "peak_mb": peak},
    ]


def specs(begin: date) -> tuple[dict[str, CampaignSpec], dict[str, SegmentSpec]]:
    """Two hundred campaigns and their audiences; those of an audience begin on ``begin``."""
    triggers = [
        kind
        for n in range(_OF_A_KIND)
        for kind in (
            {"date": {"on": begin, "segment": f"part_{n % _PARTS}"}},
            {"registered": {"days": 7 * n}},
            {"days_since_last_receipt": 20 + 7 * n},
            {"bought": {"category": f"K{10 * n}"}},
            {"anniversary": {"of": "birth_date", "offset": -n}},
        )
    ]
    campaigns = {f"c{number:03}": _campaign(number, trigger) for number, trigger in enumerate(triggers)}
    segments = {
        f"part_{n}": _SPEC.validate_python(
            {"title": f"Part {n}", "rule": {"sample": {"percent": "0.6%", "salt": str(n)}}}
        )
        for n in range(_PARTS)
    }
    return campaigns, segments


def _campaign(number: int, trigger: dict[str, Any]) -> CampaignSpec:
    held = {"control_group": {"percent": "10%", "salt": f"c{number}"}} if number % 4 == 0 else {}
    letters = [{"email": {"template": f"{arm}{number}"}} for arm in "ab"]
    return CampaignSpec.model_validate(
        {
            "title": f"Campaign {number}", "category": "promo", "priority": number % 100, "trigger": trigger,
            "re_entry": {"after": 30}, **held,
            "steps": [
                {"wait": "1 day"},
                {"filter": {"where": _RULES[number // 5 % len(_RULES)], "otherwise": [{"exit": "no interest"}]}},
                {"split": {"salt": f"s{number}", "arms": [
                    {"name": arm, "share": "50%", "steps": [letter]} for arm, letter in zip("ab", letters, strict=True)
                ]}},
                {"wait": "2 weeks"},
                {"filter": {"where": {"bought": {"within": "2 weeks"}}, "otherwise": [letters[0]]}},
            ],
        }
    )  # fmt: skip


def _facts(warehouse: Warehouse, day: date, *, full: bool = False) -> None:
    compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=day, full=full)


def _night(
    warehouse: Warehouse, campaigns: dict[str, CampaignSpec], segments: dict[str, SegmentSpec], day: date
) -> None:
    """The stages of segments and of campaigns."""
    present, old = rules_needed(warehouse, campaigns)
    known: dict[str, Any] = {"fields": FieldsSpec(), "metrics": MetricsSpec(), "as_of": day}
    refresh(warehouse, segments=segments, rules=present, old_rules=old, categories=_SETTINGS.categories, **known)
    find_watched(warehouse, *watches_needed(warehouse, campaigns, day), **known)
    plan(
        warehouse, campaigns=campaigns, mailings={}, settings=_SETTINGS, channels=_CHANNELS,
        promocodes=PromocodesSpec(), coded=Coded(frozenset(), printing_codes), as_of=day,
        now=datetime.combine(day, time(12), UTC),
    )  # fmt: skip


def _written(warehouse: Warehouse, day: date) -> dict[str, int]:
    return {
        table: warehouse.value(f"select count(*) from {table} where {column} = $day", day=day)
        for table, column in _BARE.items()
    }


def _bare(warehouse: Warehouse, day: date) -> None:
    for table, column in _BARE.items():
        warehouse.run(f"create table bare_{table} as select * from {table} limit 0")
        warehouse.run(f"insert into bare_{table} select * from {table} where {column} = $day", day=day)
        warehouse.run(f"drop table bare_{table}")
