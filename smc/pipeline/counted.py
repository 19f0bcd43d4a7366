"""Receipts that count for mailings: the report says which mailings ask, and the segment stage how that is read."""

from __future__ import annotations

from datetime import date

from smc.errors import RunError
from smc.pipeline.session import Session
from smc.project import Project
from smc.segment.counted import Counted
from smc.warehouse import Warehouse


def receipts_counted(warehouse: Warehouse, project: Project, as_of: date) -> Counted:
    """Of every mailing that says what receipts must be to count, those that have gone among them."""
    from smc.report.attributed import receipts_asked
    from smc.segment.counted import counted

    return counted(
        warehouse, receipts_asked(warehouse, project.mailings, as_of),
        fields=project.fields, metrics=project.metrics, as_of=as_of, defined=project.defined,
    )  # fmt: skip


def say_uncounted(session: Session, found: Counted) -> None:
    """Mailings that name what is not there; of those that have gone or are drafts nobody needs to know."""
    mailings = session.project.mailings
    session.failures.extend(
        f"no receipt counts for mailing '{name}' until this is corrected or imported: {problem}"
        for name, problem in found.problems.items()
        if name in mailings and mailings[name].status != "draft"
    )


def refuse_uncounted(found: Counted, chosen: tuple[str, ...]) -> None:
    """Where a mailing is tried, its figures must not be empty silently."""
    for name, problem in found.problems.items():
        if name in chosen:
            raise RunError(f"mailing '{name}': {problem}", remedy="Correct the name, or import the catalogue first.")
