"""smc mailing on the command line: a line each, and one with its messages."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smc.cli import app
from smc.config.specs.campaign import MailingSpec
from smc.errors import ConfigError, UsageError
from smc.pipeline import open_published
from smc.pipeline.paused import Paused
from smc.project import load_project
from smc.report.mailings import stages
from tests.scenarios.harness import ShopFolder

SPRING = """title: Spring
category: marketing
audience: everyone
exclude: [boston]
send_on: 2026-03-02
template: welcome
"""
LATER = (
    SPRING.replace("Spring", "Summer").replace("2026-03-02", "2026-06-01")
    + """bought: {within: 95 days}
attribution:
  until: 2026-06-20
  receipts: {total_at_least: 50, bought: {category: Gone}}
"""
)
SEGMENTS = """segments:
  everyone: {title: All, rule: {attribute: {field: email, empty: false}}}
  boston: {title: Boston, rule: {attribute: {field: first_name, equals: B}}}
"""
FILES = {"mailings/spring.yaml": SPRING, "mailings/summer.yaml": LATER, "segments/all.yaml": SEGMENTS}
CUSTOMERS = (
    "card,first_name,last_name,email,born,joined\n"
    "1,A,A,a@example.com,,2026-01-02 10:00:00\n"
    "2,B,B,b@example.com,,2026-01-02 10:00:00\n"
    "3,C,C,c@example.com,,2026-01-02 10:00:00\n"
)
BOUGHT = "receipt,card,store,time,status,total\nr1,1,s,2026-03-01 11:00:00,paid,9.00\n"
PERMITTED = "card,channel,category,state,changed\n1,email,marketing,yes,2026-01-02 10:00:00\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = ShopFolder.create(tmp_path_factory.mktemp("mailing") / "shop", {**FILES})
    made.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED, "receipts_1.csv": BOUGHT})
    failures = made.night(date(2026, 3, 2), report=True).failures
    said = "no receipt counts for mailing 'summer' until this is corrected or imported: unknown category 'Gone'"
    assert failures == (said,)
    return made.folder


def smc(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_mailing_has_a_line_and_the_latest_is_first(shop: Path) -> None:
    rows = json.loads(smc("mailing", "list", "--project", shop, "--json"))
    told = [(row["name"], row["send_on"], row["members"], row["messages"], row["suppressed"]) for row in rows]
    assert told == [("summer", "2026-06-01", 1, 0, 0), ("spring", "2026-03-02", 2, 1, 1)]
    assert [row["status"] for row in rows] == ["scheduled", "sent"]
    assert "Spring" in smc("mailing", "list", "--project", shop)


def test_one_shows_whom_it_reached_and_why_not_the_others(shop: Path) -> None:
    found = json.loads(smc("mailing", "show", "spring", "--project", shop, "--json"))
    assert (found["audience"], found["exclude"], found["members"]) == ("All", "Boston", 2)
    states = [(row["state"], row["reason"], row["messages"]) for row in found["states"]]
    assert states == [("accepted", None, 1), ("suppressed", "consent", 1)]
    later = json.loads(smc("mailing", "show", "summer", "--project", shop, "--json"))
    assert ("bought" in found, later["bought"]) == (False, "within 95 days")
    counts = (found["attribution"], later["attribution"])
    assert counts == ("14 days", "up to 2026-06-20, for a receipt of 50 or more with goods (category Gone)")
    assert "suppressed" in smc("mailing", "show", "spring", "--project", shop)


def test_before_the_first_run_nobody_is_counted(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {**FILES}).folder
    rows = json.loads(smc("mailing", "list", "--project", shop, "--json"))
    assert [row["members"] for row in rows] == [None, None]
    assert json.loads(smc("mailing", "show", "spring", "--project", shop, "--json"))["states"] == []


def test_how_far_a_mailing_is(shop: Path) -> None:
    """The outbox knows better than the last night what has not left; a file says what is a draft or paused."""
    project = load_project(shop)
    spring = project.mailings["spring"]
    early = spring.model_copy(update={"send_on": date(2026, 2, 27)})
    with open_published(project) as warehouse:

        def stage(name: str, spec: MailingSpec = spring, queued: set[str] | None = None) -> str:
            return stages(warehouse, {name: spec}, queued)[name]

        assert stage("spring") == stage("spring", queued={"other"}) == "sent"
        assert stage("spring", queued={"spring"}) == "sending"
        assert stage("spring", spring.model_copy(update={"status": "paused"}), {"spring"}) == "paused"
        assert stage("new", early) == "missed"
        assert stage("new", early.model_copy(update={"look_back": 7})) == "scheduled"
        assert stage("new", early.model_copy(update={"status": "draft"})) == "draft"
    assert stages(None, {"new": early}, None) == {"new": "scheduled"}


def test_a_misspelt_name_is_told_the_nearest(shop: Path) -> None:
    done = CliRunner().invoke(app, ["mailing", "show", "sprin", "--project", str(shop)])
    assert isinstance(done.exception, UsageError)
    assert done.exception.remedy == "Did you mean 'spring'?"


def test_a_copy_is_a_draft_with_draws_of_its_own(tmp_path: Path) -> None:
    tested = SPRING.replace("template: welcome\n", "") + (
        "# the control group\ncontrol_group: {percent: 10%, salt: 'one'}  # keep\n"
        "variants:\n  salt: two\n  arms:\n    - {name: a, share: 50%, template: welcome}\n"
        "    - {name: b, share: 50%, template: welcome}\n"
        "attribution: {until: 2026-03-20}\n"
    )
    shop = ShopFolder.create(tmp_path / "shop", {**FILES, "mailings/spring.yaml": "id: spring_sale\n" + tested})
    told = smc("mailing", "copy", "spring_sale", "fall", "--project", shop.folder, "--send-on", "2026-09-01")
    assert told.startswith("mailings/fall.yaml is a draft.")
    text = (shop.folder / "mailings/fall.yaml").read_text(encoding="utf-8")
    expected = tested.replace("title: Spring\n", "title: Spring\nstatus: draft\n").replace("2026-03-02", "2026-09-01")
    assert text == expected.replace("'one'", "fall-control_group").replace("salt: two", "salt: fall-variants")
    with pytest.raises(UsageError, match="nothing is ever overwritten"):
        smc("mailing", "copy", "spring_sale", "fall", "--project", shop.folder)
    with pytest.raises(UsageError, match="nothing is ever overwritten"):
        smc("mailing", "copy", "spring_sale", "welcome", "--project", shop.folder)
    with pytest.raises(UsageError, match="draft"):
        smc("mailing", "resume", "fall", "--project", shop.folder)


def test_pausing_is_an_edit_of_one_line(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {**FILES})
    file = shop.folder / "mailings/spring.yaml"
    assert smc("mailing", "pause", "spring", "--project", shop.folder) == "spring is paused.\n"
    assert file.read_text(encoding="utf-8") == SPRING.replace("title: Spring\n", "title: Spring\nstatus: paused\n")
    assert smc("mailing", "pause", "spring", "--project", shop.folder) == "spring is paused, as it was.\n"
    assert smc("mailing", "resume", "spring", "--project", shop.folder) == "spring is active.\n"
    file.write_text(SPRING + "status: 'active' # for now\n", encoding="utf-8")
    smc("mailing", "pause", "spring", "--project", shop.folder)
    assert file.read_text(encoding="utf-8") == SPRING + "status: paused # for now\n"
    file.write_text("{" + SPRING.replace("\n", ", ").rstrip(", ") + "}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot change this file"):
        smc("mailing", "pause", "spring", "--project", shop.folder)


def test_pausing_works_in_a_project_with_mistakes(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {**FILES, "segments/all.yaml": "segments: [", "mailings/x.yaml": "["})
    shop.change({"secrets/link_secret": None})
    assert smc("mailing", "pause", "spring", "--project", shop.folder) == "spring is paused.\n"
    with pytest.raises(ConfigError, match=r"mailings/x\.yaml"):
        smc("mailing", "pause", "sprin", "--project", shop.folder)
    shop.change({"mailings/x.yaml": None})
    with pytest.raises(UsageError, match="there is no mailing 'sprin'"):
        smc("mailing", "pause", "sprin", "--project", shop.folder)
    with pytest.raises(ConfigError):
        smc("mailing", "pause", "spring", "--project", tmp_path)


def test_a_paused_mailing_stands_still_and_goes_on(tmp_path: Path) -> None:
    """Planned for a later day, paused, and resumed: what was in the outbox is neither sent nor cancelled."""
    spring = SPRING + "window: {weekdays: [tuesday, wednesday]}\n"
    shop = ShopFolder.create(tmp_path / "shop", {**FILES, "mailings/spring.yaml": spring})
    shop.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED})
    shop.night(date(2026, 3, 2))
    smc("mailing", "pause", "spring", "--project", shop.folder)
    shop.night(date(2026, 3, 3))
    assert (len(shop.letters()), states(shop)) == (0, [("queued", None), ("suppressed", "consent")])
    smc("mailing", "resume", "spring", "--project", shop.folder)
    shop.night(date(2026, 3, 4))
    assert (len(shop.letters()), states(shop)) == (1, [("accepted", None), ("suppressed", "consent")])


@pytest.mark.parametrize("text", [SPRING + "status: draft\n", None])
def test_nothing_leaves_of_a_draft_or_a_file_that_is_gone(tmp_path: Path, text: str | None) -> None:
    """Between the change and the run that cancels there are senders."""
    spring = SPRING + "window: {weekdays: [tuesday, wednesday]}\n"
    shop = ShopFolder.create(tmp_path / "shop", {**FILES, "mailings/spring.yaml": spring})
    shop.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED})
    shop.night(date(2026, 3, 2))
    shop.change({"mailings/spring.yaml": text})
    sent = json.loads(smc("send", "--as-of", "2026-03-03", "--project", shop.folder, "--json"))
    assert (sent["accepted"], sent["waiting"], len(shop.letters())) == (0, 1, 0)
    shop.night(date(2026, 3, 3))
    assert states(shop) == [("suppressed", "campaign_off"), ("suppressed", "consent")]


def test_a_sender_at_work_sees_what_becomes_of_the_files(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {**FILES})
    paused = Paused(load_project(shop.folder), ["spring", "gone", "welcome"])
    assert paused() == {"gone"}
    shop.change({"mailings/spring.yaml": None})
    assert paused() == {"gone", "spring"}
    shop.change({"mailings/other.yaml": SPRING + "id: spring\n", "mailings/summer.yaml": LATER + "status: draft\n"})
    assert paused() == {"gone", "summer"}
    shop.change({"mailings/summer.yaml": "title: [", "mailings/new.yaml": "title: ["})
    assert paused() == {"gone", "new", "summer"}
    welcome = (shop.folder / "campaigns" / "welcome.yaml").read_text(encoding="utf-8")
    shop.change({"campaigns/welcome.yaml": f"{welcome}\nactive: false\n"})
    assert paused() == {"gone", "new", "summer", "welcome"}
    shop.change({"campaigns/welcome.yaml": None})
    assert paused() == {"gone", "new", "summer", "welcome"}


def test_nobody_enters_a_paused_mailing_or_a_draft(tmp_path: Path) -> None:
    files = {
        **FILES,
        "mailings/spring.yaml": SPRING + "status: paused\n",
        "mailings/summer.yaml": SPRING + "status: draft\n",
    }
    shop = ShopFolder.create(tmp_path / "shop", files)
    shop.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED})
    shop.night(date(2026, 3, 2))
    assert states(shop) == []
    smc("mailing", "resume", "spring", "--project", shop.folder)
    shop.night(date(2026, 3, 3))
    assert len(states(shop)) == 2


def test_a_draft_takes_back_what_waits(tmp_path: Path) -> None:
    spring = SPRING + "window: {weekdays: [tuesday, wednesday]}\n"
    shop = ShopFolder.create(tmp_path / "shop", {**FILES, "mailings/spring.yaml": spring})
    shop.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED})
    shop.night(date(2026, 3, 2))
    shop.change({"mailings/spring.yaml": spring + "status: draft\n"})
    shop.night(date(2026, 3, 3))
    assert states(shop) == [("suppressed", "campaign_off"), ("suppressed", "consent")]


def states(shop: ShopFolder) -> list[tuple[str, str | None]]:
    with shop.snapshot() as warehouse:
        return warehouse.rows("select state, reason from message where campaign = 'spring' order by all")
