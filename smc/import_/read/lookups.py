"""Words looked up in a list: their word → ours.

A short list stands in the statement. A long one is joined, for looking through it costs rows times words: a load of
100,000 rows with 20,000 words took 13.5 s, and takes 0.7 s with the join.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smc.import_.read.reading import quoted

_LONG = 100
"""Words from which on a list is joined."""


@dataclass(frozen=True, slots=True)
class Found:
    """SQL: our word, null where there is none; the same with their word kept where the list lacks it; why it fails."""

    ours: str
    kept: str
    missing: str


def is_long(words: Mapping[str, str]) -> bool:
    return len(words) >= _LONG


def join(text: str, words: Mapping[str, str], name: str) -> str:
    """The join that ``looked_up`` of a long list needs behind ``from``. ``name``: tells several of one query apart."""
    pairs = f"unnest({_texts(list(words))}) as l{name}, unnest({_texts(list(words.values()))}) as r{name}"
    return f"left join (select {pairs}) on l{name} = {text}"


def looked_up(text: str, words: Mapping[str, str], name: str) -> Found:
    """``text`` looked up in a list; of a long one the query has the ``join`` of the same name."""
    if is_long(words):
        ours, lacks = f"r{name}", f"l{name} is null"
    else:
        place = f"list_position({_list(list(words))}, {text})"
        ours, lacks = f"{_list(list(words.values()))}[{place}]", f"coalesce({place}, 0) = 0"
    ours = f"nullif({ours}, '')"
    # Without the word: reasons are shown where values are not.
    said = quoted("not in the list of lookup")
    return Found(
        ours,
        f"case when {lacks} then {text} else {ours} end",
        f"case when {text} is not null and {lacks} then {said} end",
    )


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, values))}]"


def _texts(values: Sequence[str]) -> str:
    """A long list as one literal, which is read much faster than many."""
    return f"from_json({quoted(json.dumps(values, ensure_ascii=False))}, '[\"VARCHAR\"]')"
