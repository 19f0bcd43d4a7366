"""Triggers, rules and steps of a stored campaign in words. Read as JSON: an old version need not fit today's spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from smc.report.effect_words import effect_words
from smc.report.message_words import MESSAGES, message_words
from smc.report.occasions import occasion_words
from smc.report.words_rows import ROWS, goods_words, row_words, tests_words

Json = Mapping[str, Any]

_ABANDONED = {"abandoned_cart": "a cart was left", "abandoned_view": "something was looked at and not bought"}
_REFUSING = frozenset({"filter", "control", "limit", "wait_for", "promocode", "message_status", "poll"})
_OPERATORS = {
    "equals": "is", "not_equals": "is not", "less": "is less than", "at_most": "is at most", "more": "is more than",
    "at_least": "is at least", "in": "is one of", "not_in": "is none of", "contains": "contains",
    "starts_with": "starts with",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepText:
    """``number`` counts in the order of the text, from 1; ``depth`` is the nesting, 0 at the top. ``branch``: the label
    of the branch that begins here, empty within one and at the top."""

    number: int
    depth: int
    kind: str
    text: str
    branch: str = ""


def trigger_words(trigger: Json, segments: Mapping[str, str]) -> str:  # noqa: PLR0911 (one return per kind)
    """One sentence. ``segments`` gives titles by name."""
    kind, value = _only(trigger)
    match kind:
        case "entered_segment":
            return f"The customer entered the segment “{segments.get(value, value)}”."
        case "days_since_last_receipt":
            return f"{_days(value)} after the last receipt."
        case "registered":
            days = int(value.get("days") or 0)
            return f"{_days(days)} after registration." if days else "On the day of registration."
        case "abandoned_cart" | "abandoned_view":
            return f"{_sentence(value.get('after') or '')} after {_ABANDONED[kind]}{goods_words(value)}."
        case _ if kind in ROWS:
            return f"After {row_words({kind: value})}."
        case "date":
            return f"On {value['on']}, for the segment “{segments.get(value['segment'], value['segment'])}”."
        case _:
            return occasion_words(kind, value, segments)


@dataclass(frozen=True, slots=True)
class Branch:
    """A way from a step with the steps on it; there may be none."""

    label: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A step in its tree. ``number`` as in ``StepText``. ``body``: as stored, without its branches."""

    number: int
    kind: str
    text: str
    branches: tuple[Branch, ...]
    body: Any


def tree(steps: Sequence[Json], segments: Mapping[str, str]) -> tuple[Node, ...]:
    """The steps as marketers read them, each with its branches."""
    return _nodes(steps, segments, count(1))


def _nodes(steps: Sequence[Json], segments: Mapping[str, str], numbers: Iterator[int]) -> tuple[Node, ...]:
    """A step is numbered before those in its branches, and these before the next one."""
    found = []
    for step in steps:
        kind, value = _only(step)
        number = next(numbers)
        inner = _branches(kind, value)
        below = tuple(Branch(label, _nodes(some, segments, numbers)) for label, some in inner)
        found.append(Node(number, kind, _step_words(kind, value, segments), below, _without(value, inner)))
    return tuple(found)


def _without(value: Any, inner: Sequence[tuple[str, Sequence[Json]]]) -> Any:
    """The value without the lists that are the steps of branches, and without what is empty."""
    match value:
        case dict():
            kept = {key: one for key, one in value.items() if not any(one is steps for _, steps in inner)}
            return {key: _without(one, inner) for key, one in kept.items() if one not in (None, [])}
        case list():
            return [_without(one, inner) for one in value]
        case _:
            return value


def steps_in_words(steps: Sequence[Json], segments: Mapping[str, str]) -> tuple[StepText, ...]:
    """Every step in the order in which steps are numbered: a step, its branches, then the next one."""
    return tuple(_flat(tree(steps, segments), 0, ""))


def _flat(nodes: Sequence[Node], depth: int, label: str) -> Iterator[StepText]:
    for index, node in enumerate(nodes):
        yield StepText(node.number, depth, node.kind, node.text, "" if index else label)
        for branch in node.branches:
            yield from _flat(branch.nodes, depth + 1, branch.label)


def _branches(kind: str, value: Any) -> list[tuple[str, Sequence[Json]]]:
    if kind == "split":
        return [(arm["name"], arm.get("steps") or ()) for arm in value["arms"]]
    if kind in {"promocode", "poll", "control"} and value.get("otherwise") is None:  # they go on
        return []
    return [("otherwise", value.get("otherwise") or ())] if kind in _REFUSING else []


def _step_words(kind: str, value: Any, segments: Mapping[str, str]) -> str:  # noqa: C901, PLR0911 (one return per kind)
    match kind:
        case "filter":
            return f"Only if {_filter_words(value, segments)}"
        case "wait_for":
            return f"Wait for {row_words(value['where'])}, at most {value['within']}"
        case _ if kind in MESSAGES:
            return message_words(kind, value)
        case "split" if value.get("by"):
            return f"What has won by {value['by']}: {' or '.join(arm['name'] for arm in value['arms'])}"
        case "split":
            arms = (f"{arm['name']} {_percent(arm['share'])}" for arm in value["arms"])
            return f"A/B test: {', '.join(arms)}"
        case "control":
            return f"Keep {_percent(value['percent'])} back as a control group"
        case "limit":
            per = value.get("per") or "total"
            return f"Only {value['customers']} customers{'' if per == 'total' else f' a {per}'}"
        case "wait":
            return f"Wait {value if isinstance(value, str) else _days(value)}"
        case "wait_until":
            return f"Wait until {_moment(value)}"
        case "tag":
            return f"Add the tag “{value['add']}”" if value.get("add") else f"Remove the tag “{value.get('remove')}”"
        case "exit":
            return f"Leave: {value}"
        case _:
            return effect_words(kind, value)


def aim_words(aim: Json, segments: Mapping[str, str]) -> str:
    """What ends a stay or is its goal, as a sentence."""
    parts = [f"after {row_words(aim['happens'])}"] if aim.get("happens") else []
    parts += [f"if {rule_words(aim['where'], segments)}"] if aim.get("where") else []
    text = _sentence(" or ".join(parts))
    return f"{text}; who has reached it leaves." if aim.get("exit") else f"{text}."


def _filter_words(value: Json, segments: Mapping[str, str]) -> str:
    rule = [rule_words(value["where"], segments)] if value.get("where") else []
    return " and ".join([*rule, *tests_words(value.get("trigger") or {})])


def rule_words(rule: Json, segments: Mapping[str, str]) -> str:  # noqa: PLR0911 (one return per kind)
    """A rule as a phrase that follows “if”."""
    kind, value = _only(rule)
    match kind:
        case "all" | "any":
            word = " and " if kind == "all" else " or "
            parts = [rule_words(part, segments) for part in value]
            return parts[0] if len(parts) == 1 else f"({word.join(parts)})"
        case "not" | "not_":
            return f"not {rule_words(value, segments)}"
        case "attribute" | "metric":
            return f"{value.get('field') or value.get('name')} {_comparison(value)}"
        case "rfm":
            parts = [f"{name} {_list(value[name])}" for name in ("recency", "frequency", "monetary") if value.get(name)]
            return "RFM " + ", ".join([*parts, *([f"cell {value['cell']}"] if value.get("cell") else [])])
        case "bought":
            return _bought(value)
        case "tag":
            return f"tagged “{value}”"
        case "subscribed":
            return f"permission for {value['channel']}, {value['category']} is {value.get('state', 'yes')}"
        case "in_segment":
            return f"in the segment “{segments.get(value, value)}”"
        case "sample":
            return f"in a sample of {value['percent']}%"
        case _:
            return f"{kind} {value}"


def _comparison(value: Json) -> str:
    if value.get("empty") is not None:
        return "is empty" if value["empty"] else "is not empty"
    if (bounds := value.get("between")) is not None:
        return f"is between {bounds[0]} and {bounds[1]}"
    for name, words in _OPERATORS.items():
        operand = value.get(name, value.get(f"{name}_"))
        if operand is not None:
            return f"{words} {_list(operand) if isinstance(operand, list) else operand}"
    return ""


def _bought(value: Json) -> str:
    what = [f"{name} {value[name]}" for name in ("category", "product", "brand", "store") if value.get(name)]
    text = f"bought {', '.join(what) or 'anything'}"
    if value.get("within"):
        text += f" within {_days(value['within'])}"
    bounds = [f"{name} {_range(value[name])}" for name in ("receipts", "quantity", "amount") if value.get(name)]
    return f"{text} ({', '.join(bounds)})" if bounds else text


def _range(value: Json) -> str:
    parts = [f"{words} {value[name]}" for name, words in (("at_least", "at least"), ("at_most", "at most"))
             if value.get(name) is not None]  # fmt: skip
    return " and ".join(parts)


def _list(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)


def _days(count: Any) -> str:
    return f"{count} day{'' if int(count) == 1 else 's'}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percent(share: Any) -> str:
    return f"{Decimal(str(share)).normalize():f} %"


def _moment(value: Json) -> str:
    parts = [str(value[key]) for key in ("day", "weekday", "at") if value.get(key)]
    return " ".join(parts) + (" by the customer's clock" if value.get("clock") == "customer" else "")


def _only(mapping: Json) -> tuple[str, Any]:
    """The one key that is set: a stored union may carry its empty alternatives."""
    return next(((key, value) for key, value in mapping.items() if value is not None), ("nothing", None))
