"""Segments of text messages, as 3GPP TS 23.038 and 23.040 have them and providers bill them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Signs of the GSM alphabet that take two septets; one of them is never divided between segments."""
_SEPTETS, _SEPTETS_OF_MANY = 160, 153
_UNITS, _UNITS_OF_MANY = 70, 67
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Size:
    """``units``: septets in GSM-7, 16-bit units in UCS-2. ``segments``: what the message is billed as."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def size(text: str) -> Size:
    """How a text is sent: in the GSM alphabet if it has every sign, else in UCS-2, where signs beyond 16 bits take two
    units that are never divided. A text of several segments has less room in each, for they are numbered."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        costs = [2 if sign in _EXTENDED else 1 for sign in text]
        return Size("GSM-7", sum(costs), _segments(costs, _SEPTETS, _SEPTETS_OF_MANY))
    costs = [2 if ord(sign) > 0xFFFF else 1 for sign in text]  # noqa: PLR2004 - the last sign of 16 bits
    return Size("UCS-2", sum(costs), _segments(costs, _UNITS, _UNITS_OF_MANY))


def _segments(costs: list[int], alone: int, of_many: int) -> int:
    if sum(costs) <= alone:
        return 1
    segments, room = 1, of_many
    for cost in costs:
        if cost > room:
            segments, room = segments + 1, of_many
        room -= cost
    return segments


def fixed(template: str) -> str:
    """What a template says to everyone: its text without variables and blocks."""
    return _CODE.sub("", template).strip()
