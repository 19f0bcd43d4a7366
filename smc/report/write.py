"""From a snapshot of the warehouse to a folder of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlglot import exp

from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.project import ProjectSpec, RfmSpec
from smc.config.specs.rule import SegmentSpec
from smc.report import mail, overview
from smc.report import rfm as scores
from smc.report.attributed import NO_RECEIPTS, Window, fill_windows
from smc.report.figure import FIGURES
from smc.report.programme import Programme, programmes
from smc.report.site import Site, environment, replaced
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement

PAST_DAYS = 14
"""Attribution window of past mailings, in days that begin with the day of delivery."""


def write_report(
    warehouse: Warehouse,
    *,
    target: Path,
    settings: ProjectSpec,
    segments: Mapping[str, SegmentSpec],
    campaigns: Mapping[str, CampaignSpec],
    mailings: Mapping[str, MailingSpec],
    rfm: RfmSpec,
    as_of: date,
    counted: Mapping[str, exp.Expr] = NO_RECEIPTS,
) -> Path:
    """Write the report of the day into ``target`` and return its first page.

    ``warehouse`` may be open for reading only; ``counted`` as of ``fill_windows``. The same data give the same bytes.
    The old report stays until the new one is whole. Raises ``UsageError`` when ``target`` holds something else,
    ``DiskFullError``, ``RunError``.
    """
    about = {"made_by": "smc", "project": settings.project, "as_of": as_of.isoformat()}
    with replaced(target, about) as folder:
        site = Site(warehouse, folder, settings, as_of, environment(settings, as_of), {"past_days": PAST_DAYS})
        titles = {name: spec.title for name, spec in segments.items()}
        known = programmes(site.rows("campaign_versions"), campaigns, mailings, titles)
        attribute(warehouse, known, as_of=as_of, counted=counted)
        overview.write(site, titles, scores.write(site, rfm))
        overview.write_import(site)
        mail.write(site, known)
        site.page("queries.html", "queries.html", figures=_statements(), parameters={"as_of": as_of, **site.params})
    return target / "index.html"


def attribute(
    warehouse: Warehouse,
    known: tuple[Programme, ...],
    *,
    as_of: date,
    past_days: int = PAST_DAYS,
    counted: Mapping[str, exp.Expr] = NO_RECEIPTS,
) -> None:
    """Leave the temporary table ``attribution``: each receipt with the one message it is attributed to.

    A message counts from the moment the outbox reported that it had left (``state_at``), not from when it was due.
    ``counted`` as of ``fill_windows``.
    """
    fill_windows(warehouse, (Window(item.kind, item.name, item.attribution) for item in known), counted)
    query = sql(statement("smc.report", "attribution"), as_of=as_of, past_days=past_days)
    DuckDBEngine(warehouse).materialise("attribution", query)


def _statements() -> list[tuple[str, str, str]]:
    return [(name, figure.title, statement(figure.package, name)) for name, figure in FIGURES.items()]
