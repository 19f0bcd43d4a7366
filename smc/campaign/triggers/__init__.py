"""What makes a customer enter: per trigger one SELECT of (customer_key, occurrence, happened_on, happened_at, context).

One module for each family of triggers; each says what its kinds are. ``happened_at`` is the instant, null where only
the day is known; ``context`` is a JSON object with what was so at that moment, as text, or null. Every SELECT looks at
the days ``since`` to ``until``, both included, so that missed nights are caught up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlglot import exp

from smc.campaign.triggers import abandoned, anniversaries, elapsed, fields, goods, people, rows, segments, system
from smc.campaign.triggers.kind import Kind
from smc.config.days import days_until
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.trigger import OnDate
from smc.config.specs.trigger_day import Repeat

__all__ = ["KINDS", "Kind", "delay", "drawn_days", "hits", "newer"]

_FAMILIES = (segments, anniversaries, elapsed, fields, rows, abandoned, goods, people, system)
KINDS: dict[type[Spec], Kind] = {kind.spec: kind for family in _FAMILIES for kind in family.KINDS}
"""Every kind by its spec; a test holds them against the union of specs."""


def hits(spec: CampaignSpec | MailingSpec, since: date, until: date) -> exp.Expr:
    """The SELECT of a campaign's or mailing's trigger for the days ``since`` to ``until``."""
    if isinstance(spec, MailingSpec):
        found = segments.audience(spec.send_on, spec.audience, spec.exclude, since, until)
        return segments.buyers(found, *days_until(spec.bought, spec.send_on)) if spec.bought else found
    return KINDS[type(spec.trigger)].hits(spec.trigger, since, until)


def delay(spec: CampaignSpec | MailingSpec) -> int | None:
    """After how many minutes a hit has its turn; None where it has it in the night that finds it."""
    if isinstance(spec, MailingSpec):
        return None
    found = KINDS[type(spec.trigger)].delay
    return found(spec.trigger) if found else None


def newer(spec: CampaignSpec | MailingSpec) -> bool:
    """Whether a hit must have happened after the one that let the customer in last."""
    return isinstance(spec, CampaignSpec) and KINDS[type(spec.trigger)].newer


def drawn_days(spec: CampaignSpec | MailingSpec, since: date, until: date) -> tuple[date, ...] | None:
    """The days on which an audience is drawn, once each; None for triggers by which something happens to a customer."""
    if isinstance(spec, MailingSpec):
        days: Iterable[date] = (spec.send_on,)
    elif isinstance(spec.trigger, OnDate):
        days = (spec.trigger.date.on,)
    elif isinstance(spec.trigger, Repeat):
        days = spec.trigger.repeat.days(since, until)
    else:
        return None
    return tuple(day for day in days if since <= day <= until)
