"""Fields whose values somebody defines: the project's files are asked at validate, the warehouse later.

Light imports only: validation reads it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from smc.config.problem import nearest
from smc.config.values import Mistake
from smc.model.facts import Fact
from smc.segment.rows import Asked
from smc.segment.walk import Path

EXACT = ("equals", "not_equals", "in_", "not_in")
"""Operators behind which a text is a name; a text that is searched for is none."""

Word = Literal["campaign", "category", "channel"]
_DEFINED: Mapping[tuple[str, str], Word] = {
    ("entries", "campaign"): "campaign",
    ("steps", "campaign"): "campaign",
    ("messages", "category"): "category",
    ("messages", "channel"): "channel",
    ("reactions", "channel"): "channel",
}
_WORDS: Mapping[Word, str] = {
    "campaign": "campaign or mailing",
    "category": "message category",
    "channel": "channel",
}
ALWAYS = frozenset({"email", "sms"})
"""Channels of which every customer has an address or none, whatever the project sends by."""
_FOREIGN = {"messages": "past_mailing", "reactions": "past_mailing", "reachable": "contact_point"}
"""Objects that bring channels of other systems, by what asks for them."""


@dataclass(frozen=True, slots=True)
class Defined:
    """What the files of the project define. ``campaigns``: numbers of steps by id, mailings too. ``brought``: objects
    that its feeds bring. ``groups``: of promocodes."""

    campaigns: Mapping[str, int] = field(default_factory=dict)
    channels: Collection[str] = frozenset()
    categories: Collection[str] = frozenset()
    brought: Collection[str] = frozenset()
    groups: Collection[str] = frozenset()
    polls: Collection[str] = frozenset()

    def names(self, word: Word, asker: str) -> Collection[str] | None:
        """Every name that there is; None when the warehouse may know more."""
        match word:
            case "campaign":
                return self.campaigns
            case "category":
                return self.categories
            case "channel":
                return None if _FOREIGN.get(asker) in self.brought else ALWAYS | {*self.channels}
            case _:
                assert_never(word)


def texts_of(asked: Asked) -> tuple[object, ...]:
    return asked.operand if isinstance(asked.operand, tuple) else (asked.operand,)


def unknown_names(tests: Iterable[Asked], fact: Fact, defined: Defined) -> Iterator[tuple[Path, Mistake]]:
    """Names that no file of the project defines."""
    for asked in tests:
        word = _DEFINED.get((fact.name, asked.field))
        if word is None or asked.operator not in EXACT or (known := defined.names(word, fact.name)) is None:
            continue
        for text in texts_of(asked):
            if text not in known:
                yield asked.path, Mistake(f"there is no {_WORDS[word]} '{text}'", nearest(str(text), known))


def unknown_channel(channel: str, defined: Defined) -> Mistake | None:
    """What is wrong with a channel in which customers are to be reached."""
    known = defined.names("channel", "reachable")
    if known is None or channel in known:
        return None
    return Mistake(f"there is no channel '{channel}'", nearest(channel, known))


def unknown_steps(tests: Collection[Asked], defined: Defined) -> Iterator[tuple[Path, Mistake]]:
    """Numbers of steps that none of the campaigns asked for has; of all campaigns where none is named."""
    named = [str(text) for one in tests if one.field == "campaign" and one.operator in ("equals", "in_")
             for text in texts_of(one)]  # fmt: skip
    counts = {name: defined.campaigns[name] for name in named or defined.campaigns if name in defined.campaigns}
    if not counts:
        return
    longest = max(counts, key=lambda name: counts[name])
    most = counts[longest]
    for asked in tests:
        for number in texts_of(asked) if asked.field == "step" and asked.operator in EXACT else ():
            if isinstance(number, int) and not 1 <= number <= most:
                whose = f"the campaign '{longest}'" if len(counts) == 1 else "any campaign"
                remedy = f"The steps of '{longest}' have the numbers 1 to {most}."
                yield asked.path, Mistake(f"there is no step {number} in {whose}", remedy)
