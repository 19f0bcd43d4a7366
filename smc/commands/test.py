"""smc test: the tests that stand beside rules and campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, load
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.pipeline.trial import CaseResult
    from smc.pipeline.trial_campaign import CampaignResult
    from smc.project import Project
    from smc.segment.trial.check import Case
    from smc.segment.trial.nights import CampaignCase
    from smc.segment.trial.outcome import Stray, Verdict
    from smc.segment.why import Told


def run_tests(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Tests to run, or segments whose tests to run.")
    ] = None,
    project: ProjectFolder = HERE,
    as_json: Json = False,
) -> None:
    """Run the tests beside segments and campaigns: given rows and days, expected members, entries and messages.

    Needs no data; nothing is changed. Whoever is not where he should be is shown, of segments with his way through the
    rule. Exit code 1 when a test fails.

    Example: smc test     or: smc test lapsed_loyal
    """
    from smc.pipeline.trial import run_cases
    from smc.pipeline.trial_campaign import run_campaign_cases

    loaded = load(project)
    cases, nights = _chosen(loaded, names or [])
    with console.progress() as say:
        results = [_of_case(result) for result in run_cases(loaded, cases, say)]
        results += [_of_campaign(result) for result in run_campaign_cases(loaded, nights, say)]
    failed = sum(not result.data["passed"] for result in results)
    if as_json:
        tests = [result.data for result in results]
        console.card({"passed": len(results) - failed, "failed": failed, "tests": tests}, as_json=True)
    else:
        for result in results:
            console.line(f"{'ok    ' if result.data['passed'] else 'FAILED'}  {result.name}")
            for text in result.said:
                console.line(f"        {text}")
        console.line(f"{len(results) - failed} passed, {failed} failed." if results else "There are no tests.")
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A test as it is shown: its name and title, what is wrong with it line by line, and all of it as data."""

    name: str
    said: tuple[str, ...]
    data: dict[str, Any]


def _chosen(project: Project, names: Sequence[str]) -> tuple[list[Case], list[CampaignCase]]:
    """All tests, or those named; ``UsageError`` for a name that is no test and no segment or campaign with tests."""
    from smc.config.problem import nearest

    cases, nights = project.cases, project.campaign_cases
    tested = {segment for case in cases.values() for segment in case.expect} | {one.campaign for one in nights.values()}
    known = [*cases, *nights, *tested]
    for name in names:
        if name not in known and name in project.segments:
            remedy = f"Write one under 'tests' beside it, with expect: {{{name}: […]}}."
            raise UsageError(f"segment '{name}' has no test", remedy=remedy)
        if name not in known and name in project.campaigns:
            raise UsageError(f"campaign '{name}' has no test", remedy="Write one under 'tests' in its file.")
        if name not in known:
            raise UsageError(f"there is no test '{name}'", remedy=nearest(name, known))
    asked = set(names)
    return (
        [case for case in cases.values() if not asked or case.name in asked or asked & case.expect.keys()],
        [case for case in nights.values() if not asked or asked & {case.name, case.campaign}],
    )


def _of_case(result: CaseResult) -> Shown:
    segments = [
        {
            "segment": verdict.segment,
            "members": list(verdict.members),
            "missing": [_stray_data(stray) for stray in verdict.missing],
            "unexpected": [_stray_data(stray) for stray in verdict.unexpected],
        }
        for verdict in result.verdicts
    ]
    wrong = (text for verdict in result.verdicts for text in _of_segment(verdict))
    return _shown(result, wrong, {"as_of": result.case.as_of, "segments": segments})


def _of_campaign(result: CampaignResult) -> Shown:
    wrong = [(night.as_of, *one) for night in result.verdicts for one in night.wrong]
    said = (f"{as_of}: {key} should be {_listed(want)}, and is {_listed(found)}" for as_of, key, want, found in wrong)
    names = ("as_of", "what", "expected", "found")
    told = [dict(zip(names, one, strict=True)) for one in wrong]
    return _shown(result, said, {"campaign": result.case.campaign, "wrong": told})


def _shown(result: CaseResult | CampaignResult, wrong: Iterable[str], more: dict[str, Any]) -> Shown:
    case = result.case
    title = f"  {case.title}" if case.title else ""
    said = () if result.passed else (str(case.place), *result.problem.splitlines(), *wrong)
    data = {
        "name": case.name,
        "title": case.title,
        "file": str(case.place.file),
        "line": case.place.line,
        "passed": result.passed,
        "seconds": result.seconds,
        "problem": result.problem,
    }
    return Shown(f"{case.name}{title}", said, {**data, **more})


def _listed(value: list[str] | dict[str, str]) -> str:
    pairs = [f"{one}: {other}" for one, other in value.items()] if isinstance(value, dict) else value
    return ", ".join(pairs) or "nobody"


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


def _stray_data(stray: Stray) -> dict[str, Any]:
    return {"customer": stray.customer, "way": _told_data(stray.way) if stray.way else None}


def _told_data(told: Told) -> dict[str, Any]:
    parts = [_told_data(part) for part in told.parts]
    return {"rule": told.rule, "holds": told.holds, "has": told.has, "parts": parts}
