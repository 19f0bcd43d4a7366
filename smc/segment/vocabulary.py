"""Fields whose values somebody defines: the project's files are asked at validate, the warehouse later.

Light imports only: validation reads it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from smc.config.problem import nearest
from smc.config.specs.poll import Answers, Questions
from smc.config.values import Mistake
from smc.model.facts import Fact
from smc.segment.rows import Asked
from smc.segment.walk import Path

EXACT = ("equals", "not_equals", "in_", "not_in")
"""Operators behind which a text is a name; a text that is searched for is none."""

Word = Literal["campaign", "category", "channel", "group", "poll"]
_DEFINED: Mapping[tuple[str, str], Word] = {
    ("entries", "campaign"): "campaign",
    ("steps", "campaign"): "campaign",
    ("messages", "campaign"): "campaign",
    ("reactions", "campaign"): "campaign",
    ("messages", "category"): "category",
    ("messages", "channel"): "channel",
    ("reactions", "channel"): "channel",
    ("promocodes", "group"): "group",
    ("poll_answers", "poll"): "poll",
}
_WORDS: Mapping[Word, str] = {
    "campaign": "campaign or mailing",
    "category": "message category",
    "channel": "channel",
    "group": "group of promocodes",
    "poll": "poll",
}
_KEPT = " One that is over keeps its file, with active: false."
ALWAYS = frozenset({"email", "sms"})
"""Channels of which every customer has an address or none, whatever the project sends by."""
_MAILED = frozenset({"past_mailing", "past_message", "past_message_event"})
_FOREIGN: Mapping[tuple[Word, str], frozenset[str]] = {
    ("channel", "messages"): frozenset({"past_mailing"}),
    ("channel", "reactions"): frozenset({"past_mailing"}),
    ("channel", "reachable"): frozenset({"contact_point"}),
    ("campaign", "messages"): _MAILED,
    ("campaign", "reactions"): _MAILED,
    ("group", "promocodes"): frozenset({"promocode", "promocode_use"}),
    ("poll", "poll_answers"): frozenset({"poll_answer"}),
}
"""Objects that bring names of other systems, by what asks for them."""


@dataclass(frozen=True, slots=True)
class Defined:
    """What the files of the project define. ``campaigns``: numbers of steps by id, mailings too. ``brought``: objects
    that its feeds bring. ``groups``: of promocodes. ``polls``: with what they ask; None of one that could not be
    read."""

    campaigns: Mapping[str, int] = field(default_factory=dict)
    channels: Collection[str] = frozenset()
    categories: Collection[str] = frozenset()
    brought: Collection[str] = frozenset()
    groups: Collection[str] = frozenset()
    polls: Mapping[str, Questions | None] = field(default_factory=dict)

    def names(self, word: Word, asker: str) -> Collection[str] | None:
        """Every name that there is; None when the warehouse may know more."""
        if _FOREIGN.get((word, asker), frozenset()) & {*self.brought}:
            return None
        match word:
            case "campaign":
                return self.campaigns
            case "category":
                return self.categories
            case "channel":
                return ALWAYS | {*self.channels}
            case "group":
                return self.groups
            case "poll":
                return self.polls
            case _:
                assert_never(word)


def texts_of(asked: Asked) -> tuple[object, ...]:
    return asked.operand if isinstance(asked.operand, tuple) else (asked.operand,)


def unknown_names(tests: Iterable[Asked], fact: Fact, defined: Defined) -> Iterator[tuple[Path, Mistake]]:
    """Names that no file of the project defines."""
    tests = tuple(tests)
    for asked in tests:
        word = _DEFINED.get((fact.name, asked.field))
        if word is None or asked.operator not in EXACT or (known := defined.names(word, fact.name)) is None:
            continue
        for text in texts_of(asked):
            if text not in known:
                remedy = nearest(str(text), known) + (_KEPT if word == "campaign" else "")
                yield asked.path, Mistake(f"there is no {_WORDS[word]} '{text}'", remedy)
    if fact.name == "poll_answers":
        yield from _unknown_answers(tests, defined)


def _unknown_answers(tests: Collection[Asked], defined: Defined) -> Iterator[tuple[Path, Mistake]]:
    """Questions and answers that the polls asked for do not have. What the files do not tell of is left alone."""
    polls = _named(tests, "poll") or (None if defined.names("poll", "poll_answers") is None else [*defined.polls])
    found = [defined.polls.get(poll) for poll in polls or ()]
    asked = [one for one in found if one is not None]
    if not found or len(asked) < len(found):
        return
    questions: dict[str, Answers | None] = {}
    for one in asked:
        for name, answers in one.items():
            known = questions.get(name, Answers())
            questions[name] = None if answers is None or known is None else known | answers
    yield from _strangers(tests, "question", questions)
    of = _named(tests, "question") or [*questions]
    given = [questions[name] for name in of if name in questions]
    if given and None not in given:
        yield from _strangers(tests, "answer", Answers.union(*(one for one in given if one is not None)))


def _named(tests: Iterable[Asked], field_: str) -> list[str]:
    """What a field must be, where that is said by name."""
    return [str(text) for one in tests if one.field == field_ and one.operator in ("equals", "in_")
            for text in texts_of(one)]  # fmt: skip


def _strangers(tests: Iterable[Asked], field_: str, known: Collection[str]) -> Iterator[tuple[Path, Mistake]]:
    for asked in tests:
        for text in texts_of(asked) if asked.field == field_ and asked.operator in EXACT else ():
            if text not in known:
                message = f"the poll has no {field_} '{text}'"
                yield asked.path, Mistake(message, nearest(str(text), known))


def unknown_channel(channel: str, defined: Defined) -> Mistake | None:
    """What is wrong with a channel in which customers are to be reached."""
    known = defined.names("channel", "reachable")
    if known is None or channel in known:
        return None
    return Mistake(f"there is no channel '{channel}'", nearest(channel, known))


def unknown_steps(tests: Collection[Asked], defined: Defined) -> Iterator[tuple[Path, Mistake]]:
    """Numbers of steps that none of the campaigns asked for has; of all campaigns where none is named."""
    named = _named(tests, "campaign") or defined.campaigns
    counts = {name: defined.campaigns[name] for name in named if name in defined.campaigns}
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
