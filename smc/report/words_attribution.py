"""Which receipts count for a campaign or mailing, and of which days they must be, in words."""

from __future__ import annotations

import json

from smc.config.specs.attribution import Attribution, Receipts
from smc.config.specs.comparison import Window
from smc.report.words_rows import goods_words, row_words


def attribution_words(asked: Attribution | None) -> str:
    """``14 days``; ``2026-12-01 to 2026-12-31, for a receipt of 50 or more``."""
    if asked is None:
        return "none"
    span = f"{asked.since} to {asked.until}" if asked.since else f"up to {asked.until}"
    return f"{f'{asked.length} days' if asked.length else span}{receipts_words(asked.receipts)}"


def window_words(asked: Attribution | None) -> str:
    """``within 14 days``; ``from 2026-12-01 to 2026-12-31, for a receipt of 50 or more``."""
    words = attribution_words(asked)
    return f"within {words}" if asked and asked.length else f"from {words}" if asked and asked.since else words


def receipts_words(asked: Receipts | None) -> str:
    """What a receipt must be to count."""
    if asked is None:
        return ""
    value = json.loads(asked.model_dump_json(by_alias=True, exclude_none=True))
    goods = goods_words(value.get("bought") or {})
    return f", for {row_words({'receipt': value})}{f' with goods{goods}' if asked.bought is not None else ''}"


def time_words(asked: Window) -> str:
    """``within 90 days``; ``from 2026-10-01 to yesterday``."""
    if asked.within is not None:
        return f"within {asked.within} days"
    since, until = asked.between or (asked.since, asked.until)
    parts = (f"from {since}" if since else "", f"{'to' if since else 'up to'} {until}" if until else "")
    return " ".join(filter(None, parts)) or "ever"
