"""Steps that send messages, or ask how one fared, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smc.config.specs.messaging import Said

_LONGEST = 60
_TITLES = {
    "email": "E-mail", "sms": "Text message", "push": "Push", "viber": "Viber", "messenger": "Messenger",
    "in_app": "In the app", "popup": "Pop-up",
}  # fmt: skip
MESSAGES = frozenset({*_TITLES, "cascade", "message_status"})
"""Kinds of steps."""


def message_words(kind: str, value: Any) -> str:
    if kind == "message_status":
        return f"Only if the last message was {value['is']}"
    if kind == "cascade":
        tries = [next((channel, one) for channel, one in each.items() if one and channel != "within")
                 for each in value["tries"]]  # fmt: skip
        return "The first that works: " + ", ".join(message_words(channel, one) for channel, one in tries)
    return _words(kind, value.get("template") or "", value.get("text") or "")


def content_words(contents: Iterable[Said]) -> str:
    """What is sent, each once."""
    words = (_words(said.channel, said.template, dict(said.parts).get("text", "")) for said in contents)
    return ", ".join(dict.fromkeys(words))


def _words(channel: str, template: str, text: str) -> str:
    return f"{_TITLES[channel]} “{template or _cut(text)}”"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
