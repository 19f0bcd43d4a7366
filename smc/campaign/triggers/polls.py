"""The trigger by answers to polls: of each poll once, at the first answer or when it is complete."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlglot import exp

from smc.config.specs.poll import Item, Matrix, PollSpec, Question, Shown, body_of
from smc.config.specs.trigger_poll import OnPoll
from smc.warehouse import all_of, any_of, sql


def completed(trigger: OnPoll, since: date, until: date) -> exp.Expr:
    """His last answer of these days, where he has answered all that he must. What nobody knows is never complete."""
    return sql(
        """
        select w.customer_key, w.occurrence, w.happened_on, w.happened_at, w.context
        from (
            select customer_key, row_key as occurrence, day as happened_on, happened_at, context,
                row_number() over (
                    partition by customer_key, row_key order by happened_at desc, day desc, context
                ) as nth
            from watch_row
            where watch = $watch and day between $since and $until
        ) as w
        join (
            select a.customer_key, a.poll
            from poll_answer as a
            group by a.customer_key, a.poll
            having $complete
        ) as c on c.customer_key = w.customer_key and c.poll = w.occurrence
        where w.nth = 1
        """,
        watch=trigger.row.key, since=since, until=until, complete=any_of([*_complete(trigger)]),
    )  # fmt: skip


def _complete(trigger: OnPoll) -> Iterator[exp.Expr]:
    yield sql("false")
    for name, poll in trigger.polls.items():
        yield all_of([sql("a.poll = $poll", poll=name), *_answered(poll)])


def _answered(poll: PollSpec) -> Iterator[exp.Expr]:
    """Of each question that must be answered: that it is, or that it is not shown."""
    for name, item in poll.questions.items():
        body = body_of(item)
        if isinstance(body, Question) and body.mandatory:
            answer = any_of([_has(name), *_rows(name, item)])
            yield answer if body.show_if is None else any_of([answer, sql("not $shown", shown=_shown(body.show_if))])


def _rows(name: str, item: Item) -> Iterator[exp.Expr]:
    """Answers to a matrix may come row by row."""
    body = body_of(item)
    if isinstance(body, Matrix):
        yield all_of([_has(f"{name}.{row}") for row in body.rows])


def _has(question: str) -> exp.Expr:
    return sql("bool_or(a.question = $question)", question=question)


def _shown(shown: Shown) -> exp.Expr:
    if shown.answered:
        return sql(
            "bool_or(a.question = $question and a.answer in $answers)",
            question=shown.question, answers=list(shown.answered),
        )  # fmt: skip
    return sql(
        "bool_or(a.question = $question and coalesce(try_cast(a.answer as integer) between $low and $high, false))",
        question=shown.question,
        low=shown.at_least if shown.at_least is not None else 0,
        high=shown.at_most if shown.at_most is not None else 1_000_000,
    )
