"""Every recipe is copied into a project, is right there, and does what its tests say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import smc
from smc.config.problem import Problem
from smc.config.specs.project import CategorySettings
from smc.errors import ConfigError, UsageError
from smc.pipeline.trial import run_cases
from smc.pipeline.trial_campaign import run_campaign_cases
from smc.project import load_project
from smc.recipe import LANGUAGES, _category, add, recipe, recipes

STARTER = Path(smc.__file__).parent / "starter"
SHOP = Path(__file__).parent / "shop"
NAMES = sorted(recipes())
PARTS = ("When to use it", "How many to expect", "What to measure", "What it needs", "Change first")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of smc init, with feeds for everything that a shop may have."""
    folder = tmp_path / "shop"
    shutil.copytree(STARTER, folder)
    shutil.copytree(SHOP, folder, dirs_exist_ok=True)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "link_secret").write_text("a secret for tests only\n", encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_works(project: Path, name: str) -> None:
    """Under another name, in Russian, so that everything in it is seen to follow."""
    written = add(recipe(name), project, name="our_own", language="ru")
    assert len(written) == len(set(written))
    assert not any(re.search(rf"\b{name}", path.read_text(encoding="utf-8")) for path in written)
    loaded = load_project(project)
    tests = [case for case in loaded.campaign_cases.values() if case.campaign == "our_own"]
    assert tests, "a recipe has a test"
    failed = [
        (result.case.name, result.problem, [(verdict.as_of, verdict.wrong) for verdict in result.verdicts])
        for result in run_campaign_cases(loaded, tests, lambda *_: None)
        if not result.passed
    ]
    assert failed == []
    own = [case for case in loaded.cases.values() if any(one.startswith("our_own") for one in case.expect)]
    assert [result.case.name for result in run_cases(loaded, own, lambda *_: None) if not result.passed] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_whole(name: str) -> None:
    """Its page says what one must know, and it has the same letters in every language."""
    found = recipe(name)
    assert [line.removeprefix("## ") for line in found.readme.splitlines() if line.startswith("## ")] == [*PARTS]
    assert found.title
    assert found.summary.endswith(".")
    letters = [sorted(path.name for path in (found.folder / language).iterdir()) for language in LANGUAGES]
    assert letters[0] == letters[1] != []
    assert all(letter in {name, "poll.yaml"} or letter.startswith(f"{name}_") for letter in letters[0])
    for language in LANGUAGES:
        for body in (found.folder / language).glob("*/body.html"):
            assert f'<html lang="{language}">' in body.read_text(encoding="utf-8")


def test_nothing_is_overwritten(project: Path) -> None:
    add(recipe("win_back_days"), project, name="win_back_days", language=None)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="nothing is ever overwritten"):
        add(recipe("win_back_days"), project, name="win_back_days", language="ru")
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_what_the_project_lacks_is_said_and_nothing_stays(project: Path) -> None:
    (project / "feeds" / "shop_bonuses.yaml").unlink()
    before = sorted(project.rglob("*"))
    with pytest.raises(ConfigError, match=r"(?i)no feed brings the object 'bonus_balance'") as raised:
        add(recipe("bonuses_expiring"), project, name="bonuses_expiring", language=None)
    assert all(isinstance(problem, Problem) and problem.remedy for problem in raised.value.problems)
    assert sorted(project.rglob("*")) == before


def test_categories_follow_the_project(project: Path) -> None:
    settings = project / "smc.yaml"
    text = (
        settings.read_text(encoding="utf-8")
        .replace("marketing:", "offers:")
        .replace("category: marketing", "category: offers")
    )
    settings.write_text(text, encoding="utf-8")
    for file in (project / "campaigns" / "welcome.yaml", project / "segments" / "base.yaml"):
        file.write_text(
            file.read_text(encoding="utf-8").replace("category: marketing", "category: offers"), encoding="utf-8"
        )
    add(recipe("win_back_days"), project, name="back", language=None)
    assert load_project(project).campaigns["back"].category == "offers"
    settings.write_text(text.replace("service:", "other:").replace("not_refused", "required"), encoding="utf-8")
    with pytest.raises(UsageError, match="no category of messages like 'service'"):
        add(recipe("first_purchase_thanks"), project, name="thanks", language=None)


@pytest.mark.parametrize(
    ("categories", "marketing", "service"),
    [
        ("{marketing: {title: M}, service: {title: S, consent: not_refused}}", "marketing", "service"),
        ("{marketing: {title: M, consent: not_refused}, offers: {title: O}}", "offers", "marketing"),
        ("{marketing: {title: M, channels: {email: none}}}", None, "marketing"),
        ("{news: {title: N, consent: none, channels: {email: required}}}", "news", None),
        ("{bills: {title: B, consent: none}, care: {title: C, consent: not_refused}}", None, "care"),
        ("{service: {title: S}, care: {title: C, consent: not_refused}}", "service", "care"),
    ],
)
def test_no_category_with_less_consent_is_taken(categories: str, marketing: str | None, service: str | None) -> None:
    """What e-mail needs counts, not the name."""
    found = {name: CategorySettings.model_validate(one) for name, one in yaml.safe_load(categories).items()}
    assert (_category("marketing", found), _category("service", found)) == (marketing, service)


def test_a_category_is_followed_once(project: Path) -> None:
    """The project's 'service' asks for a yes: it is meant by 'marketing', and by nothing else."""
    settings = project / "smc.yaml"
    text = settings.read_text(encoding="utf-8")
    swapped = re.sub(r"\b(marketing|service)\b(?=:)", lambda one: {"marketing": "service"}.get(one[0], "care"), text)
    settings.write_text(swapped.replace("category: marketing", "category: service"), encoding="utf-8")
    for file in (project / "campaigns" / "welcome.yaml", project / "segments" / "base.yaml"):
        old = file.read_text(encoding="utf-8")
        file.write_text(old.replace("category: marketing", "category: service"), encoding="utf-8")
    add(recipe("win_back_days"), project, name="back", language=None)
    add(recipe("first_purchase_thanks"), project, name="thanks", language=None)
    found = load_project(project).campaigns
    assert (found["back"].category, found["thanks"].category) == ("service", "care")


@pytest.mark.slow
def test_a_copy_is_switched_off(project: Path) -> None:
    for name in NAMES:
        add(recipe(name), project, name=name, language=None)
    campaigns = load_project(project).campaigns
    assert [name for name in NAMES if campaigns[name].active] == []


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
def test_nothing_stays_when_writing_breaks_off(
    project: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = sorted(project.rglob("*"))
    write = Path.write_text
    written: list[Path] = []

    def breaks(self: Path, *args: Any, **kwargs: Any) -> int:
        if written:
            raise error
        written.append(self)
        return write(self, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", breaks)
    with pytest.raises((UsageError, KeyboardInterrupt)):
        add(recipe("nps_poll"), project, name="nps", language=None)
    assert "campaigns" not in written[0].parts, "the campaign comes last"
    assert sorted(project.rglob("*")) == before


def test_an_unknown_recipe_and_a_bad_name(project: Path) -> None:
    with pytest.raises(UsageError, match="there is no recipe 'birthday'"):
        recipe("birthday")
    with pytest.raises(UsageError, match="cannot serve as a name"):
        add(recipe("birthday_gift"), project, name="Birthday!", language=None)
