"""A simulation of days that have been run does what the nights did: the same messages, by the keys of their lists."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smc.campaign.tally import Tally
from smc.errors import UsageError
from smc.pipeline import run
from smc.pipeline.simulate import Simulation, simulate
from smc.project import load_project
from tests.scenarios.harness import ALL, STARTER, ShopFolder

pytestmark = pytest.mark.slow

FIRST = date(2026, 3, 1)
DAYS = 8
SEGMENTS = """segments:
  everyone: {title: All, rule: {attribute: {field: email, empty: false}}}
  quiet: {title: Quiet, rule: {metric: {name: days_since_last_receipt, between: [3, 9]}}}
  tagged: {title: Tagged, rule: {tag: welcomed}}
"""
CHAIN = """title: Chain
category: marketing
trigger: {registered: {}}
re_entry: never
steps:
  - email: {template: welcome}
  - tag: {add: welcomed}
  - wait: 2 days
  - filter:
      where: {not: {in_segment: tagged}}
      otherwise:
        - split:
            salt: s
            arms: [{name: a, share: 50%, steps: [{email: {template: welcome}}]}, {name: b, share: 50%}]
  - email: {template: welcome}
"""
AWAY = """title: Away
category: marketing
trigger: {entered_segment: quiet}
control_group: {percent: 30%, salt: away}
attribution: 2 days
steps: [{email: {template: welcome}}]
"""
SPRING = """title: Spring
category: service
audience: everyone
send_on: 2026-03-05
template: welcome
attribution: {until: 2026-03-08, receipts: {total_at_least: 14, bought: {where: {quantity: 2}}}}
"""
FILES = {
    "segments/all.yaml": SEGMENTS, "campaigns/chain.yaml": CHAIN, "campaigns/away.yaml": AWAY,
    "campaigns/welcome.yaml": None, "mailings/spring.yaml": SPRING,
    "channels.yaml": (STARTER / "channels.yaml").read_text(encoding="utf-8") + "  price: 0.01\n",
}  # fmt: skip


def drops(number: int) -> dict[str, str]:
    """Two new customers a day; the first of the day before takes his permission back; some buy."""
    day = FIRST + timedelta(days=number)
    new, old = (f"c{number}a", f"c{number}b"), f"c{number - 1}a"
    people = "".join(f"{one},A,B,{one}@example.com,,{day} 10:00:00\n" for one in new)
    yes = "".join(f"{one},email,marketing,yes,{day} 10:00:00\n" for one in new)
    no = f"{old},email,marketing,no,{day} 12:00:00\n" if number else ""
    bought = f"r{number},{new[0]},s1,{day} 11:00:00,paid,{10 + number}.50\n"
    return {
        f"customers_{number}.csv": f"card,first_name,last_name,email,born,joined\n{people}",
        f"subscriptions_{number}.csv": f"card,channel,category,state,changed\n{yes}{no}",
        f"lines_{number}.csv": f"receipt,line,product,quantity,amount\nr{number},1,p,2,{10 + number}.50\n",
        f"receipts_{number}.csv": f"receipt,card,store,time,status,total\n{bought}",
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[ShopFolder, dict[date, Tally]]:
    """A shop after its nights: the day before the first is computed without campaigns, as a simulation does it."""
    made = ShopFolder.create(tmp_path_factory.mktemp("simulated") / "shop", FILES)
    project = load_project(made.folder)
    done = {}
    for number in range(DAYS + 1):
        day = FIRST + timedelta(days=number - 1)
        made.arrive(drops(number - 1) if number else {})
        stages = ALL if number else ("compute", "segment")
        report = run(project, command="run nightly", stages=stages, as_of=day, publish=True, progress=made.hear)
        if number:
            done[day] = report.results["campaign"].tally
    return made, done


def simulated(shop: ShopFolder, since: date, until: date, *names: str) -> Simulation:
    return simulate(load_project(shop.folder), since, until, names, shop.hear)


def test_simulated_nights_are_what_the_nights_were(shop: tuple[ShopFolder, dict[date, Tally]]) -> None:
    made, done = shop
    before = made.tables()
    found = simulated(made, FIRST, max(done))
    assert {day.day: day.tally for day in found.days} == done
    assert sum(tally.messages for tally in done.values()) > 20
    assert made.tables() == before
    assert [path.name for path in (made.folder / "data").iterdir() if path.name.startswith("scratch")] == []
    away = next(line for line in found.lines if line.name == "away")
    assert sum(away.messages.values()) + sum(away.suppressed.values()) == away.entered > 0
    spring = next(line for line in found.lines if line.name == "spring")
    assert (str(spring.cost), spring.test, spring.buyers) == ("0.10", 10, 1)
    assert sum(who for _, who in found.spread) == 2 * DAYS
    assert sum(many * who for many, who in found.spread) == sum(tally.messages for tally in done.values())


def test_one_campaign_can_be_tried_alone_and_from_any_day(shop: tuple[ShopFolder, dict[date, Tally]]) -> None:
    made, done = shop
    found = simulated(made, FIRST + timedelta(days=2), max(done), "chain")
    assert [line.name for line in found.lines] == ["chain"]
    assert len(found.days) == DAYS - 2
    entered = [sum(line.entered for line in day.tally.lines) for day in found.days]
    assert entered == [2] * (DAYS - 2)
    assert {(row["campaign"], row["step"], row["group"]) for row in found.groups} >= {("chain", None, "test")}


@pytest.mark.parametrize(
    ("since", "until", "name", "said"),
    [
        (FIRST, FIRST - timedelta(days=1), "chain", "is before"),
        (FIRST, FIRST + timedelta(days=400), "chain", "there is no data of"),
        (FIRST, FIRST, "chian", "there is no campaign or mailing 'chian'"),
    ],
)
def test_what_cannot_be_simulated_is_said(
    shop: tuple[ShopFolder, dict[date, Tally]], since: date, until: date, name: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        simulated(shop[0], since, until, name)
