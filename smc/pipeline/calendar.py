"""The calendar of what is going to be sent: what the campaign stage knows of days to come, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from smc.campaign.calendar import Ahead, ahead
from smc.config.specs.campaign import MailingSpec
from smc.errors import UsageError
from smc.pipeline.store import open_snapshot
from smc.pipeline.why import texts_on_record
from smc.project import Project
from smc.report.message_words import content_words
from smc.report.words import StepText
from smc.warehouse import Warehouse


def calendar(project: Project, since: date | None, days: int) -> list[dict[str, Any]]:
    """Rows by day. ``since`` None: from the day after the last night on; ``UsageError`` when there was none."""
    specs = project.programmes
    with open_snapshot(project) as warehouse:
        if since is None:
            since = _last_night(warehouse) + timedelta(days=1)
        found = ahead(warehouse, specs, since, since + timedelta(days=days - 1))
        texts = texts_on_record(warehouse, project, since)
    rows = [_row(project, one, texts) for one in found] + list(_holidays(project, since, days))
    return sorted(rows, key=lambda row: row["day"])


def _last_night(warehouse: Warehouse) -> date:
    found: date | None = warehouse.value("select max(as_of) from watermark where name in ('campaign', 'metric')")
    if found is None:
        raise UsageError(
            "there has been no night yet", remedy="Run 'smc run nightly' first, or give the first day: --from DATE."
        )
    return found


def _holidays(project: Project, since: date, days: int) -> Iterator[dict[str, Any]]:
    """Days on which nothing goes out, with what they are for."""
    for holidays in project.settings.sending.holidays:
        scope = ", ".join(filter(None, [holidays.channel, holidays.category])) or "all channels"
        for day in holidays.dates:
            if 0 <= (day - since).days < days:
                yield {
                    "day": day,
                    "weekday": f"{day:%a}",
                    "campaign": "",
                    "what": f"holiday: {scope}",
                    "customers": None,
                }


def _row(project: Project, one: Ahead, texts: Mapping[str, Mapping[tuple[int, int], StepText]]) -> dict[str, Any]:
    text = texts.get(one.name, {}).get((one.version or 0, one.step or 0))
    spec = project.programmes[one.name]
    what = f"step {one.step} “{text.text if text else '?'}” is due" if one.what == "is due" else one.what
    if isinstance(spec, MailingSpec) and one.what == "sends":
        sent = content_words(said for _, said in spec.contents)
        what = f"sends {sent} at {spec.send_at or project.settings.send_at}"
    return {"day": one.day, "weekday": f"{one.day:%a}", "campaign": one.name, "what": what, "customers": one.customers}
