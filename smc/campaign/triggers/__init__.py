"""What makes a customer enter: per trigger one SELECT of (customer_key, occurrence, happened_on, happened_at, context).

One module for each family of triggers; each says what its kinds are. ``happened_at`` is the instant, null where only
the day is known; ``context`` is a JSON object with what was so at that moment, as text, or null. Every SELECT looks at
the days ``since`` to ``until``, both included, so that missed nights are caught up.
"""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.campaign.triggers import anniversaries, elapsed, receipts, segments
from smc.campaign.triggers.kind import Kind
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.trigger import OnDate

__all__ = ["KINDS", "Kind", "fixed_day", "hits"]

KINDS: dict[type[Spec], Kind] = {
    kind.spec: kind for family in (segments, anniversaries, elapsed, receipts) for kind in family.KINDS
}
"""Every kind by its spec; a test holds them against the union of specs."""


def hits(spec: CampaignSpec | MailingSpec, since: date, until: date) -> exp.Expr:
    """The SELECT of a campaign's or mailing's trigger for the days ``since`` to ``until``."""
    if isinstance(spec, MailingSpec):
        return segments.audience(spec.send_on, spec.audience, spec.exclude, since, until)
    return KINDS[type(spec.trigger)].hits(spec.trigger, since, until)


def fixed_day(spec: CampaignSpec | MailingSpec) -> date | None:
    """The one day on which a mailing or a date trigger draws its audience; None for triggers that happen every day."""
    if isinstance(spec, MailingSpec):
        return spec.send_on
    return spec.trigger.date.on if isinstance(spec.trigger, OnDate) else None
