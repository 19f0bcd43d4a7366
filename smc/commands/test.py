"""smc test: the tests that stand beside rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, load
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.pipeline.trial import CaseResult
    from smc.project import Project
    from smc.segment.trial.check import Case
    from smc.segment.trial.outcome import Stray, Verdict
    from smc.segment.why import Told


def run_tests(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Tests to run, or segments whose tests to run.")
    ] = None,
    project: ProjectFolder = HERE,
    as_json: Json = False,
) -> None:
    """Run the tests of segments/*.yaml: given rows, expected members, as of a day. Needs no data; nothing is changed.

    Whoever is not where he should be is shown with his way through the rule. Exit code 1 when a test fails.

    Example: smc test     or: smc test lapsed_loyal
    """
    from smc.pipeline.trial import run_cases

    loaded = load(project)
    cases = _chosen(loaded, names or [])
    with console.progress() as say:
        results = list(run_cases(loaded, cases, say))
    if as_json:
        console.card(_data(results), as_json=True)
    else:
        _print(results)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _chosen(project: Project, names: Sequence[str]) -> list[Case]:
    """All tests, or those named; ``UsageError`` for a name that is neither a test nor a segment with tests."""
    from smc.config.problem import nearest

    cases = project.cases
    tested = {segment for case in cases.values() for segment in case.expect}
    for name in names:
        if name in project.segments and name not in cases and name not in tested:
            remedy = f"Write one under 'tests' beside it, with expect: {{{name}: […]}}."
            raise UsageError(f"segment '{name}' has no test", remedy=remedy)
        if name not in cases and name not in tested:
            raise UsageError(f"there is no test '{name}'", remedy=nearest(name, [*cases, *tested]))
    asked = set(names)
    return [case for case in cases.values() if not asked or case.name in asked or asked & case.expect.keys()]


def _print(results: Sequence[CaseResult]) -> None:
    for result in results:
        title = f"  {result.case.title}" if result.case.title else ""
        console.line(f"{'ok    ' if result.passed else 'FAILED'}  {result.case.name}{title}")
        for text in _said(result):
            console.line(f"        {text}")
    failed = sum(not result.passed for result in results)
    console.line(f"{len(results) - failed} passed, {failed} failed." if results else "There are no tests.")


def _said(result: CaseResult) -> Iterator[str]:
    """What is wrong with a test, line by line."""
    if result.passed:
        return
    yield str(result.case.place)
    if result.problem:
        yield from result.problem.splitlines()
    for verdict in result.verdicts:
        yield from _of_segment(verdict)


def _of_segment(verdict: Verdict) -> Iterator[str]:
    for stray in verdict.missing:
        yield f"{verdict.segment}: {stray.customer} is expected and is no member"
        yield from _way(stray)
    for stray in verdict.unexpected:
        yield f"{verdict.segment}: {stray.customer} is a member and not expected"
        yield from _way(stray)


def _way(stray: Stray) -> Iterator[str]:
    if stray.way is None:
        yield "  he has no profile, so he is in no segment"
        return
    for depth, node in stray.way.lines():
        has = f": {node.has}" if node.has else ""
        yield f"  {'  ' * depth}{'yes' if node.holds else 'no '}  {node.rule}{has}"


def _data(results: Sequence[CaseResult]) -> dict[str, Any]:
    return {
        "passed": sum(result.passed for result in results),
        "failed": sum(not result.passed for result in results),
        "tests": [_result_data(result) for result in results],
    }


def _result_data(result: CaseResult) -> dict[str, Any]:
    case = result.case
    return {
        "name": case.name,
        "title": case.title,
        "file": str(case.place.file),
        "line": case.place.line,
        "as_of": case.as_of,
        "passed": result.passed,
        "seconds": result.seconds,
        "problem": result.problem,
        "segments": [
            {
                "segment": verdict.segment,
                "members": list(verdict.members),
                "missing": [_stray_data(stray) for stray in verdict.missing],
                "unexpected": [_stray_data(stray) for stray in verdict.unexpected],
            }
            for verdict in result.verdicts
        ],
    }


def _stray_data(stray: Stray) -> dict[str, Any]:
    return {"customer": stray.customer, "way": _told_data(stray.way) if stray.way else None}


def _told_data(told: Told) -> dict[str, Any]:
    parts = [_told_data(part) for part in told.parts]
    return {"rule": told.rule, "holds": told.holds, "has": told.has, "parts": parts}
