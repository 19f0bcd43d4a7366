"""Where in a tree of steps customers have a promocode."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from smc.config.specs.step import ExitStep, Path, PromocodeStep, Step, branches

LACKS = "Put a step promocode: {group: …} before it, on every way that leads to it."
"""What to do about what prints a promocode that is not given."""
GIVE = "Write promocode: {group: …}"
"""The same in a mailing."""
PRINT = "Print it: {{ promocode }}"
"""What to do about a mailing that gives a promocode and does not print it."""


def with_codes(
    steps: Sequence[Step], path: Path = ("steps",), *, given: bool = False
) -> Generator[tuple[Path, Step, bool], None, bool]:
    """Every step with its place in the YAML, and whether all who come to it have passed a step that gives a code.

    Who takes ``otherwise`` of such a step has none; behind a split have one who have it at the end of every arm.
    """
    for index, step in enumerate(steps):
        here = (*path, index)
        yield here, step, given
        ends = []
        for branch in branches(step):
            had = given and not isinstance(step, PromocodeStep)
            end = yield from with_codes(branch.steps, (*here, *branch.path), given=had)
            if branch.joins:
                ends.append(end)
        given = all(ends) if ends else given or isinstance(step, PromocodeStep | ExitStep)
    return given
