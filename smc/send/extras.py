"""What a letter has beside its template, as the outbox keeps it: a JSON object, nothing where there is nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from smc.model.extras import NONE, Extras

_OF_HAND_OVER = frozenset({"watchers", "subject", "sender", "attachments", "per_minute"})
"""What is done with before a letter is in the outbox."""


@lru_cache(maxsize=64)
def dumped(extras: Extras) -> str | None:
    """As text; None for nothing."""
    kept = {key: value for key, value in asdict(extras).items() if value and key not in _OF_HAND_OVER}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None


@lru_cache(maxsize=64)
def loaded(text: str | None) -> Extras:
    """What ``dumped`` wrote."""
    if text is None:
        return NONE
    kept = json.loads(text)
    return Extras(**{field.name: _frozen(kept[field.name]) for field in fields(Extras) if field.name in kept})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
