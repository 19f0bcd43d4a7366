"""Mistakes of meaning in polls: questions that depend on what does not come before them, or are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.poll import (
    Information,
    Item,
    Matrix,
    Open,
    PollSpec,
    Question,
    Scale,
    Several,
    Shown,
    Single,
    body_of,
)
from smc.config.specs.rule import only_key

OTHER = "other"


def check_poll(doc: Document[PollSpec]) -> Iterator[Problem]:
    """Conditions name an earlier question and answers it has; there is something to answer."""
    before: dict[str, Item] = {}
    for name, item in doc.spec.questions.items():
        kind = only_key(item) or ""
        body, path = body_of(item), ("questions", name, kind)
        if body.show_if is not None:
            yield from _shown(doc, (*path, "show_if"), body.show_if, before)
        if isinstance(body, Single | Several) and body.other and OTHER in body.options:
            yield doc.problem((*path, "options", OTHER), "'other' is the option with free text", "Name it otherwise.")
        before[name] = item
    if all(isinstance(body_of(item), Information) for item in doc.spec.questions.values()):
        yield doc.problem(("questions",), "there is nothing to answer", "Put a question into the poll.")


def _shown(
    doc: Document[PollSpec], path: tuple[str, ...], shown: Shown, before: Mapping[str, Item]
) -> Iterator[Problem]:
    if shown.question not in before:
        later = shown.question in doc.spec.questions
        remedy = f"Move '{shown.question}' up." if later else nearest(shown.question, before)
        message = f"there is no question '{shown.question}' before this one"
        yield doc.problem((*path, "question"), message, remedy)
        return
    body = body_of(before[shown.question])
    if shown.answered:
        yield from _answered(doc, path, shown, body)
    elif not isinstance(body, Scale):
        yield doc.problem(path, f"'{shown.question}' has no numbers for answers", "Name options with answered.")
    elif (shown.at_least or body.lowest) > body.highest or (shown.at_most is not None and shown.at_most < body.lowest):
        message = f"no answer of '{shown.question}' lies there, so this is never shown"
        yield doc.problem(path, message, f"Its answers are {body.lowest} to {body.highest}.")


def _answered(
    doc: Document[PollSpec], path: tuple[str, ...], shown: Shown, body: Question | Information
) -> Iterator[Problem]:
    match body:
        case Single() | Several():
            known = {*body.options, *([OTHER] if body.other else [])}
            for number, option in enumerate(shown.answered):
                if option not in known:
                    message = f"'{shown.question}' has no option '{option}'"
                    yield doc.problem((*path, "answered", number), message, nearest(option, known))
        case Scale():
            yield doc.problem(path, f"'{shown.question}' is a scale", "Write at_least or at_most.")
        case Matrix() | Open() | Information() | Question():
            yield doc.problem(path, f"what is shown cannot depend on '{shown.question}'", "Ask it with options.")
