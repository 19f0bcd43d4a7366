"""Short messages as records: one JSON object, which a file has alone and the console as a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from smc.model.sms import size
from smc.model.template import TEXT
from smc.send.records import Claimed
from smc.warehouse.permitted import DEVICES


def record(item: Claimed, parts: Mapping[str, str]) -> bytes:
    """One line of JSON in UTF-8, the same for the same message. ``to``: the address, or a list of devices."""
    found: dict[str, Any] = {
        "key": item.message_key,
        "channel": item.channel,
        "to": json.loads(item.address) if item.channel in DEVICES else item.address,
        "customer_id": item.customer_id,
        **({"sender": item.sender} if item.sender else {}),
        "due_at": item.due_at.astimezone(UTC).isoformat(timespec="seconds"),
        "expires_at": item.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
        **_nested(parts),
    }
    if item.channel == "sms":
        of = size(parts[TEXT])
        found |= {"encoding": of.encoding, "segments": of.segments}
    return json.dumps(found, ensure_ascii=False).encode() + b"\n"


def _nested(parts: Mapping[str, str]) -> dict[str, Any]:
    """``button.title`` is the ``title`` of an object ``button``."""
    found: dict[str, Any] = {}
    for name, text in parts.items():
        outer, dot, inner = name.partition(".")
        if dot:
            found.setdefault(outer, {})[inner] = text
        else:
            found[name] = text
    return found
