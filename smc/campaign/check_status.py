"""Mistakes in steps that ask how a message fared: nothing to ask about, nothing known yet, or not known by smc."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.messaging import KNOWN
from smc.config.specs.step import (
    MessageStatusStep,
    Path,
    Step,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
    branches,
    messages_of,
)

State = Literal["none", "new", "old"]
"""Of the last message on the way to a step: there is none, or none of a way; no wait lies behind it; or one does."""


def check_status(doc: Document[Any], steps: Sequence[Step]) -> list[Problem]:
    """Every step ``message_status`` of the tree."""
    found: list[Problem] = []
    _walk(doc, ("steps",), steps, "none", found)
    return found


def _walk(doc: Document[Any], path: Path, steps: Sequence[Step], state: State, found: list[Problem]) -> State:
    """What holds behind the steps."""
    for index, step in enumerate(steps):
        here = (*path, index)
        if isinstance(step, MessageStatusStep):
            found.extend(_problems(doc, (*here, "message_status"), step, state))
        state = _behind(step, state)
        ends = [
            (branch.joins, _walk(doc, (*here, *branch.path), branch.steps, state, found)) for branch in branches(step)
        ]
        if joined := [end for joins, end in ends if joins]:
            state = "new" if "new" in joined else "none" if "none" in joined else "old"
    return state


def _behind(step: Step, state: State) -> State:
    if messages_of(step):
        return "new"
    waits = isinstance(step, WaitStep | WaitUntilStep | WaitForStep)
    return "old" if waits and state == "new" else state


def _problems(doc: Document[Any], path: Path, step: MessageStatusStep, state: State) -> Iterator[Problem]:
    status = step.message_status.is_
    if status not in KNOWN:
        yield doc.problem(
            (*path, "is"), f"nobody tells smc yet which messages were {status}",
            f"Reports of delivery and the collector will tell. Ask for {', '.join(KNOWN)}.",
        )  # fmt: skip
    if state == "none":
        yield doc.problem(path, "no message is sent on every way to this step", "Put it behind one.")
    if state == "new":
        yield doc.problem(
            path, "nobody knows yet how the message fared that was asked for just before", "Put a wait between them."
        )
