"""A warehouse written row by row, so that a reader can compute every figure in his head."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.project import ProjectSpec, RfmSpec
from smc.config.specs.rule import SegmentSpec
from smc.report.write import write_report
from smc.warehouse import Warehouse

AS_OF = date(2018, 1, 31)
Scores = tuple[int | None, int | None, int | None, str | None]
SCORES = ("recency", "frequency", "monetary", "cell")
ZONE = ZoneInfo("America/New_York")
SETTINGS = ProjectSpec.model_validate(
    {
        "project": "shop",
        "title": "Corner Shop & Sons",
        "timezone": "America/New_York",
        "currency": "USD",
        "categories": {"news": {"title": "News"}},
        "unsubscribe": {"mailto": "leave@example.com", "secret": "sixteen-characters"},
    }
)
WIN_BACK = {
    "title": "Win back",
    "category": "news",
    "trigger": {"days_since_last_receipt": 30},
    "attribution": 3,
    "control_group": {"percent": 20, "salt": "a"},
    "steps": [
        {"filter": {"where": {"tag": "vip"}, "otherwise": [{"exit": "no vip"}]}},
        {"email": {"template": "come_back"}},
        {"wait": 2},
    ],
}


def local(text: str) -> datetime:
    """``2018-01-05 12:00`` in the shop's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass(slots=True)
class World:
    """Adds rows; ids are integers that are their own keys."""

    warehouse: Warehouse
    receipts: int = 0
    messages: int = 0
    segments: dict[str, SegmentSpec] = field(default_factory=dict)
    campaigns: dict[str, CampaignSpec] = field(default_factory=dict)
    mailings: dict[str, MailingSpec] = field(default_factory=dict)

    def add(self, table: str, **values: object) -> None:
        names = ", ".join(values)
        holes = ", ".join(f"${name}" for name in values)
        self.warehouse.run(f"insert into {table} ({names}) values ({holes})", **values)

    def customer(self, key: int, registered: str | None = None) -> None:
        self.add("customer_ident", customer_key=key, customer_id=f"c{key}")
        self.add("customer", customer_key=key, registered_at=local(registered) if registered else None)

    def receipt(self, customer: int | None, at: str, total: str, status: str = "paid") -> int:
        self.receipts += 1
        when = local(at)
        self.add(
            "receipt", receipt_key=self.receipts, customer_key=customer, purchased_at=when, day=when.date(),
            status=status, total=Decimal(total),
        )  # fmt: skip
        return self.receipts

    def past(
        self, mailing: str, delivered: Mapping[int, str], ends: str | None = None, title: str | None = None
    ) -> None:
        days = {key: date.fromisoformat(day) for key, day in delivered.items()}
        self.add(
            "past_mailing", mailing=mailing, title=title, channel="post", starts_on=min(days.values()),
            ends_on=date.fromisoformat(ends) if ends else None,
        )  # fmt: skip
        for key, day in days.items():
            self.add("past_message", mailing=mailing, customer_key=key, delivered_on=day)

    def message(
        self,
        campaign: str,
        customer: int,
        due: str,
        state: str = "accepted",
        *,
        reason: str | None = None,
        kind: str = "campaign",
        arm: str = "test",
        sent: str | None = None,
    ) -> None:
        """``sent``: when the outbox reported the state, when that was not the moment it was due."""
        self.messages += 1
        at = local(due)
        self.add(
            "message", message_key=f"m{self.messages:04}", entry_key=f"e{customer}", campaign=campaign, kind=kind,
            version=1, step=3, customer_key=customer, channel="email", category="news", template="t", arm=arm,
            planned_on=at.date(), due_at=at, expires_at=at + timedelta(days=2), state=state, reason=reason,
            state_at=local(sent) if sent else None,
        )  # fmt: skip

    def metric(self, customer: int, revenue: str, receipts: int) -> None:
        """Only what the report reads; every other stored sum is 0."""
        known: dict[str, object] = {
            "customer_key": customer, "revenue_365d": Decimal(revenue), "receipts_365d": receipts,
            "first_receipt": AS_OF, "last_receipt": AS_OF,
        }  # fmt: skip
        needed = self.warehouse.rows(
            "select column_name from information_schema.columns where table_name = $t and is_nullable = 'NO'",
            t="customer_metric",
        )
        self.add("customer_metric", **{**{name: 0 for (name,) in needed}, **known})

    def score(self, customer: int, recency: int, frequency: int, monetary: int, cell: str | None = None) -> None:
        self.add("rfm", customer_key=customer, recency=recency, frequency=frequency, monetary=monetary, cell=cell)

    def scored(self, day: date, before: Mapping[int, Scores] | None = None) -> None:
        """The scores given so far are those of ``day``; ``before``: they were others on the day noted before."""
        now: dict[int, Scores] = {row[0]: row[1:] for row in self.warehouse.rows("select * from rfm")}
        old = before or {}
        for key in sorted(who for who in {*now, *old} if now.get(who) != old.get(who)):
            values = [*old.get(key, (None,) * 4), *now.get(key, (None,) * 4)]
            names = [f"{when}_{name}" for when in ("old", "new") for name in SCORES]
            self.add("rfm_change", as_of=day, customer_key=key, **dict(zip(names, values, strict=True)))
        self.add("rfm_day", as_of=day, period=365, customers=len(now), changed=0, definition="x", redefined=not before)
        self.warehouse.run("delete from watermark where name = 'rfm_scores'")
        self.add("watermark", name="rfm_scores", as_of=day, definition="x")

    def version(self, name: str, spec: Mapping[str, Any], kind: str = "campaign", version: int = 1) -> None:
        self.add(
            "campaign_version", campaign=name, kind=kind, version=version, sha256="x", spec=json.dumps(spec),
            valid_from=date(2018, 1, version),
        )  # fmt: skip

    def entry(self, customer: int, campaign: str, day: str, *, arm: str = "test", step: int | None = None) -> None:
        left = None if step else date.fromisoformat(day)
        self.add(
            "entry", entry_key=f"e{customer}", campaign=campaign, kind="campaign", version=1, customer_key=customer,
            occurrence="o", entered_on=date.fromisoformat(day), arm=arm, step=step, due_at=None, exited_on=left,
            exit_reason=None if step else "finished",
        )  # fmt: skip

    def log(self, customer: int, step: int, outcome: str, day: str) -> None:
        self.add(
            "step_log", entry_key=f"e{customer}", step=step, visit=1, done_on=date.fromisoformat(day), outcome=outcome
        )

    def segment(self, name: str, title: str) -> None:
        self.segments[name] = SegmentSpec.model_validate({"title": title, "rule": {"tag": "x"}})

    def report(self, target: Path, rfm: RfmSpec | None = None) -> Path:
        return write_report(
            self.warehouse, target=target, settings=SETTINGS, segments=self.segments, campaigns=self.campaigns,
            mailings=self.mailings, rfm=rfm or RfmSpec(), as_of=AS_OF,
        )  # fmt: skip


def busy(world: World) -> World:
    """A little of everything, for pages: names that try to be HTML among it."""
    for key in range(1, 7):
        world.customer(key, f"2018-01-0{key} 09:00")
        world.receipt(key, f"2017-12-1{key} 10:00", "20.00")
        world.metric(key, f"{key}00.00", key)
    _scored(world)
    for key, day in ((1, "05"), (2, "06"), (3, "11")):
        world.receipt(key, f"2018-01-{day} 12:00", "10.50")
    world.receipt(1, "2018-01-07 12:00", "-3.00", "returned")
    world.receipt(2, "2018-01-07 12:00", "99.00", "cancelled")
    world.receipt(None, "2018-01-08 12:00", "7.25")
    for measure, bounds in (("recency", (40, 20, 9, 2)), ("frequency", (2, 3, 4, 5)), ("monetary", (50, 80, 90, 120))):
        for score, bound in enumerate(bounds, start=2):
            world.add("rfm_boundary", as_of=AS_OF, measure=measure, score=score, bound=Decimal(bound))
    world.past("Spring <b>1</b>", {1: "2018-01-04", 2: "2018-01-04"}, title="<script>alert(1)</script>")
    world.segment("vip", "Best & <script>alert(2)</script>")
    world.segment("none", "Nobody")
    world.add("segment_member", customer_key=6, segment="vip", entered_on=AS_OF, left_on=None, initial=False)
    _mailed(world)
    _imported(world)
    return world


def _scored(world: World) -> None:
    """Two months: in the second one customer dropped out, one came, and one came into the cell with a name."""
    before: dict[int, Scores] = {4: (5, 4, 4, None), 5: (1, 5, 5, "gone<b>"), 6: (2, 5, 5, None), 7: (1, 1, 1, None)}
    for key, scores in before.items():
        world.add("rfm", customer_key=key, **dict(zip(SCORES, scores, strict=True)))
    world.scored(date(2017, 12, 30))
    world.warehouse.run("delete from rfm")
    for key in range(1, 7):
        world.score(key, 6 - key if key < 6 else 5, min(key, 5), min(key, 5), "loyal" if key == 6 else None)
    world.scored(AS_OF, before)


def _mailed(world: World) -> None:
    world.campaigns["win_back"] = CampaignSpec.model_validate(WIN_BACK)
    world.version("win_back", WIN_BACK)
    world.version("old", {**WIN_BACK, "title": "Old one", "attribution": 5})
    world.mailings["letter"] = MailingSpec.model_validate(
        {"title": "Letter", "category": "news", "audience": "vip", "send_on": date(2018, 1, 9), "template": "t"}
    )
    for key, arm in ((1, "test"), (2, "test"), (3, "control")):
        world.entry(key, "win_back", "2018-01-05", arm=arm, step=3)
        world.log(key, 1, "passed", "2018-01-05")
        world.log(key, 3, "messaged", "2018-01-05")
    world.message("win_back", 1, "2018-01-05 10:00")
    world.message("win_back", 2, "2018-01-05 10:00", "suppressed", reason="consent")
    world.message("win_back", 3, "2018-01-10 10:00", "suppressed", reason="control_group", arm="control")
    world.message("letter", 3, "2018-01-09 10:00", kind="mailing")


def _imported(world: World) -> None:
    world.add(
        "import_file", file_key=1, feed="customers", name="customers_1.csv", sha256="a", bytes=10, state="loaded",
        changed=False, as_of=AS_OF, rows_read=10, rows_accepted=7, rows_unchanged=1, rows_rejected=1,
        rows_duplicate=1, amount=None,
    )  # fmt: skip
    world.add(
        "reject", file_key=1, line=4, field="email", source_column="mail", value="ann.smith<at>example.com",
        reason="not an e-mail",
    )  # fmt: skip
    started = local("2018-02-01 01:00")
    world.add(
        "run", run_id="r1", command="run nightly", as_of=AS_OF, started_at=started,
        ended_at=started + timedelta(minutes=1), state="done",
    )  # fmt: skip
    world.add("run_stage", run_id="r1", stage="segment", seconds=1.25, summary='{"members": 1234, "list": []}')
