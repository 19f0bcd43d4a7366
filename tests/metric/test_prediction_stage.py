"""Predictions of a shop in a warehouse: figures, days, reuse of models, refusals, and rules that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from sqlglot import exp, parse_one

from smc.config.specs.project import FieldsSpec, MetricsSpec, PredictionSettings
from smc.config.specs.rule import SegmentSpec
from smc.errors import RunError
from smc.metric.predict import learn, run, score, tables
from smc.metric.predict.fitting import Fit
from smc.metric.predict.model import SPEND, VISITS, kept
from smc.metric.predict.purchases import Frequencies, Purchases, alive, purchases_if_alive
from smc.metric.predict.run import PredictResult, fit_day, predict
from smc.metric.predict.spend import Spend, average_visit
from smc.model.metrics import PREDICTED
from smc.segment.refresh import refresh
from smc.warehouse import Warehouse, sql, statement
from tests.metric.shopping import FIRST, Truth, day, fill, metrics, simulate

WEEKS = 80
AS_OF = day(WEEKS) - timedelta(days=1)
ON = PredictionSettings(margin=Decimal(40), discount=Decimal(12), horizon=730)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a shop of 1500 customers and its metrics on the last day."""
    path = tmp_path_factory.mktemp("prediction") / "shop.duckdb"
    with Warehouse.open(path, timezone="UTC", memory="1GB", threads=2) as made:
        fill(made, simulate(1500, WEEKS, Truth(), seed=1))
        metrics(made, AS_OF)
    return path


@pytest.fixture
def shop(base: Path, tmp_path: Path) -> Iterator[Warehouse]:
    """A copy of it to work on."""
    path = tmp_path / "shop.duckdb"
    path.write_bytes(base.read_bytes())
    with Warehouse.open(path, timezone="UTC", memory="1GB", threads=2) as opened:
        yield opened


def figures(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.rows("select * from customer_prediction order by customer_key")


def test_figures_are_those_of_the_formulas(shop: Warehouse) -> None:
    done = predict(shop, settings=ON, as_of=AS_OF)
    assert done.refused == ""
    assert done.customers == 1500
    assert done.fitted
    model = kept(shop, date.fromisoformat(done.fitted_on))
    assert model is not None
    visits, spend = Purchases(**model.values(VISITS)), Spend(**model.values(SPEND))
    rows = shop.rows(
        """select m.visits - 1, m.last_receipt - m.first_receipt, $as_of - m.first_receipt,
            (select sum(total) from receipt as r where r.customer_key = m.customer_key and r.day > m.first_receipt),
            p.* exclude (customer_key)
        from customer_metric as m join customer_prediction as p using (customer_key) order by m.customer_key""",
        as_of=AS_OF,
    )
    x, recency, age, money = np.array([[float(value or 0) for value in row[:4]] for row in rows]).T
    recency, age = recency / 7, age / 7
    chance = alive(visits, x, recency, age)
    assert [row[4] for row in rows] == pytest.approx(chance, rel=1e-9)
    average = average_visit(spend, x, money)
    assert [float(row[9]) for row in rows] == pytest.approx(average, abs=0.006)
    for place, days in enumerate((30, 90, 365)):
        expected = chance * purchases_if_alive(visits, x, age, days / 7)
        assert [row[5 + place] for row in rows] == pytest.approx(expected, rel=1e-9)
        assert [float(row[10 + place]) for row in rows] == pytest.approx(expected * average * 0.4, abs=0.006)
    lifetime = chance * score.discounted(visits, x, age, 0.12, 730) * average * 0.4
    assert [float(row[13]) for row in rows] == pytest.approx(lifetime, abs=0.006)


def test_the_next_visit_is_the_first_day_by_which_it_is_more_likely_than_not(shop: Warehouse) -> None:
    done = predict(shop, settings=ON, as_of=AS_OF)
    model = kept(shop, date.fromisoformat(done.fitted_on))
    assert model is not None
    r, alpha = (model.values(VISITS)[name] for name in ("r", "alpha"))
    rows = shop.rows(
        """select m.visits - 1, $as_of - m.first_receipt, p.alive, p.next_visit - $as_of
        from customer_metric as m join customer_prediction as p using (customer_key)""",
        as_of=AS_OF,
    )
    assert {row[3] is None for row in rows} == {True, False}
    for x, age, chance, days in rows:
        due = [chance * (1 - ((alpha + age / 7) / (alpha + (age + after) / 7)) ** (r + x)) for after in range(3651)]
        first = next((after for after, share in enumerate(due) if share >= 0.5 - 1e-12), None)
        assert days == first


def test_a_night_fits_once_in_a_month_and_any_other_history_of_runs_gives_the_same(shop: Warehouse, base: Path) -> None:
    yesterday = AS_OF - timedelta(days=1)
    metrics(shop, yesterday)
    assert predict(shop, settings=ON, as_of=yesterday).fitted
    metrics(shop, AS_OF)
    later = predict(shop, settings=ON, as_of=AS_OF)
    assert not later.fitted
    assert later.fitted_on == str(AS_OF.replace(day=1))
    nightly = figures(shop)
    assert predict(shop, settings=ON, as_of=AS_OF, refit=True).fitted
    assert figures(shop) == nightly
    with Warehouse.open(base.with_name("fresh.duckdb"), timezone="UTC", memory="1GB", threads=1) as fresh:
        fill(fresh, simulate(1500, WEEKS, Truth(), seed=1))
        metrics(fresh, AS_OF)
        predict(fresh, settings=ON, as_of=AS_OF)
        assert figures(fresh) == nightly


def test_what_comes_after_the_day_changes_nothing(shop: Warehouse) -> None:
    early = AS_OF - timedelta(days=60)
    metrics(shop, early)
    predict(shop, settings=ON, as_of=early)
    before = figures(shop)
    shop.run("delete from receipt where day > $early", early=early)
    shop.run("delete from prediction_model")
    predict(shop, settings=ON, as_of=early)
    assert figures(shop) == before
    assert len(before) > 1000


def test_anonymous_and_cancelled_receipts_do_not_count_and_returns_reduce_money(shop: Warehouse) -> None:
    predict(shop, settings=ON, as_of=AS_OF)
    before, (key, first, revenue) = figures(shop), shop.rows(
        "select customer_key, first_receipt, revenue from customer_metric where visits > 3 order by 1 limit 1"
    )[0]  # fmt: skip
    text = """insert into receipt (receipt_key, customer_key, purchased_at, day, status, total)
        values ($key, $who, timestamptz '2021-06-01 00:00:00+00', $day, $status, $total)"""
    shop.run(text, key=900_001, who=None, day=AS_OF, status="paid", total=Decimal(5000))
    shop.run(text, key=900_002, who=key, day=AS_OF, status="cancelled", total=Decimal(5000))
    shop.run(text, key=900_004, who=990_000, day=AS_OF, status="returned", total=Decimal(-5000))
    metrics(shop, AS_OF)
    predict(shop, settings=ON, as_of=AS_OF, refit=True)
    assert figures(shop) == before
    assert shop.value("select revenue from customer_metric where customer_key = 990000") == -5000
    shop.run(text, key=900_003, who=key, day=AS_OF, status="returned", total=-revenue / 2)
    metrics(shop, AS_OF)
    predict(shop, settings=ON, as_of=AS_OF)
    after = {row[0]: row for row in figures(shop)}
    old = {row[0]: row for row in before}
    assert after[key][1:6] == old[key][1:6]
    assert after[key][6] < old[key][6]  # type: ignore[operator] # decimals of a row
    assert {who: row for who, row in after.items() if who != key} == {w: row for w, row in old.items() if w != key}
    assert first < AS_OF


def test_days_kept_back_show_how_good_the_model_is(shop: Warehouse) -> None:
    done = predict(shop, settings=ON, as_of=AS_OF)
    model = kept(shop, date.fromisoformat(done.fitted_on))
    assert model is not None
    assert model.checked_from == model.fitted_on - timedelta(days=90)
    assert model.checked_visits == sum(row.observed for row in model.checks)
    truly = shop.value(
        """select count(*) from (
            select distinct customer_key, day from receipt where day >= $begin and day <= $until
                and customer_key in (select customer_key from receipt where day < $begin))""",
        begin=model.checked_from, until=model.fitted_on,
    )  # fmt: skip
    assert model.checked_visits == truly
    assert model.expected_visits == pytest.approx(truly, rel=0.12)
    assert model.warnings == ()


def test_a_trend_that_the_model_cannot_know_is_told(shop: Warehouse) -> None:
    shop.run("delete from receipt where day > $cut", cut=AS_OF.replace(day=1) - timedelta(days=91))
    metrics(shop, AS_OF)
    done = predict(shop, settings=ON, as_of=AS_OF)
    assert any("were expected" in text for text in done.warnings)


def test_coarse_cells_hardly_move_the_parameters(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = predict(shop, settings=ON, as_of=AS_OF)
    fine = kept(shop, date.fromisoformat(exact.fitted_on))
    monkeypatch.setattr(tables, "MOST_CELLS", 900)
    monkeypatch.setattr(tables, "WIDTHS", (28,))
    predict(shop, settings=ON, as_of=AS_OF, refit=True)
    coarse = kept(shop, date.fromisoformat(exact.fitted_on))
    assert fine is not None
    assert coarse is not None
    assert (fine.cell_days, coarse.cell_days) == (1, 28)
    assert coarse.cells <= 900 < fine.cells
    for one, other in zip(fine.parameters, coarse.parameters, strict=True):
        assert one.error is not None
        assert abs(one.value - other.value) < 0.5 * one.error


def test_only_customers_of_the_setting_teach(shop: Warehouse) -> None:
    since = FIRST + timedelta(days=100)
    done = predict(shop, settings=ON.model_copy(update={"since": since}), as_of=AS_OF)
    model = kept(shop, date.fromisoformat(done.fitted_on))
    assert model is not None
    taught = "select count(*) from customer_metric where first_receipt >= $since and first_receipt <= $until"
    assert model.customers == shop.value(taught, since=since, until=model.fitted_on)
    assert done.customers == 1500


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("delete from receipt", "no receipts"),
        ("delete from receipt where customer_key >= 200", "bought on more than one day; at least 300"),
        ("delete from receipt where day < date '2022-06-01' - 70", "days; at least 120"),
    ],
)
def test_too_little_is_refused_and_old_figures_go(shop: Warehouse, text: str, reason: str) -> None:
    assert predict(shop, settings=ON, as_of=AS_OF).customers == 1500
    shop.run(text)
    metrics(shop, AS_OF)
    done = predict(shop, settings=ON, as_of=AS_OF, refit=True)
    assert reason in done.refused
    assert not done.failed
    assert figures(shop) == []
    stops(shop, "probability_alive")


def test_a_model_without_numbers_is_refused_and_the_night_goes_on(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(values: tuple[float, ...]) -> Callable[[Frequencies], Fit]:
        return lambda _: Fit(values, (None,) * 4, -1.0, 0.0, ())

    assert predict(shop, settings=ON, as_of=AS_OF).customers == 1500
    monkeypatch.setattr(learn, "fit_purchases", nothing((1.2e6, 0.5, 0.5, 10.0)))
    done = predict(shop, settings=ON, as_of=AS_OF, refit=True)
    assert "expected visits cannot be computed with r 1.2e+06, alpha 0.5, a 0.5, b 10" in done.refused
    assert any("could not be checked" in text for text in done.warnings)
    assert not done.failed
    assert figures(shop) == []
    stops(shop, "probability_alive")
    monkeypatch.setattr(learn, "fit_purchases", nothing((0.8, 6.0, 149861.0, 947987.0)))
    done = predict(shop, settings=ON, as_of=AS_OF)
    assert (done.refused, done.customers) == ("", 1500)
    assert shop.value("select count(*) from customer_prediction where visits_365d between 0 and 200") == 1500


def test_a_refused_model_is_tried_again(shop: Warehouse) -> None:
    shop.run("create table kept as select * from receipt")
    shop.run("delete from receipt")
    metrics(shop, AS_OF)
    assert predict(shop, settings=ON, as_of=AS_OF).refused
    shop.run("insert into receipt select * from kept")
    metrics(shop, AS_OF)
    assert predict(shop, settings=ON, as_of=AS_OF).customers == 1500


def test_without_money_only_rules_on_money_stop(shop: Warehouse) -> None:
    shop.run("update receipt set total = 0")
    metrics(shop, AS_OF)
    done = predict(shop, settings=ON, as_of=AS_OF)
    assert done.customers == 1500
    assert any("no prediction of money" in text for text in done.warnings)
    assert members(shop, "probability_alive") == 1500
    stops(shop, "lifetime_value")


def test_without_the_setting_or_without_scipy_there_are_no_figures(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert predict(shop, settings=ON, as_of=AS_OF).customers == 1500
    assert predict(shop, settings=None, as_of=AS_OF) == PredictResult()
    assert figures(shop) == []
    assert predict(shop, settings=ON, as_of=AS_OF).customers == 1500
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    done = predict(shop, settings=ON, as_of=AS_OF)
    assert done.failed
    assert "smc[predict]" in done.refused
    assert figures(shop) == []


def test_metrics_of_another_day_are_not_predicted_from(shop: Warehouse) -> None:
    with pytest.raises(RunError, match="are of"):
        predict(shop, settings=ON, as_of=AS_OF - timedelta(days=1))


def segments(name: str) -> dict[str, SegmentSpec]:
    rule = {"metric": {"name": name, "empty": False}}
    return {"asked": SegmentSpec.model_validate({"title": "T", "rule": rule})}


def people(warehouse: Warehouse) -> None:
    """A profile for every customer of the shop."""
    warehouse.run("delete from customer_ident")
    warehouse.run("delete from customer")
    warehouse.run("insert into customer_ident select distinct customer_key, customer_key::varchar from receipt")
    warehouse.run("insert into customer (customer_key, active) select customer_key, true from customer_ident")


def members(warehouse: Warehouse, name: str) -> int:
    people(warehouse)
    asked = segments(name)
    refresh(warehouse, segments=asked, rules=(), fields=FieldsSpec(), metrics=MetricsSpec(), as_of=AS_OF)
    count: int = warehouse.value("select count(*) from segment_member where left_on is null")
    return count


def stops(warehouse: Warehouse, name: str) -> None:
    """A rule on the metric stops the segments and says what to do."""
    with pytest.raises(RunError, match="rules ask for predict") as error:
        members(warehouse, name)
    assert "smc predict" in error.value.remedy


def test_segments_follow_predictions_although_nobody_bought(shop: Warehouse) -> None:
    """Chances fall every day for everyone; a refresh of the customers concerned must look at all of them."""
    yesterday = AS_OF - timedelta(days=7)
    warehouse = shop
    warehouse.run("delete from receipt where day > $last", last=yesterday)
    people(warehouse)
    asked = {
        "here": SegmentSpec.model_validate(
            {"title": "T", "rule": {"metric": {"name": "probability_alive", "more": 0.5}}}
        )
    }
    counts = []
    for as_of in (yesterday, AS_OF):
        metrics(warehouse, as_of)
        predict(warehouse, settings=ON, as_of=as_of)
        refresh(warehouse, segments=asked, rules=(), fields=FieldsSpec(), metrics=MetricsSpec(), as_of=as_of)
        counts.append(warehouse.value("select count(*) from segment_member where left_on is null"))
        assert counts[-1] == warehouse.value("select count(*) from customer_prediction where alive > 0.5")
    assert counts[1] < counts[0]


@pytest.mark.parametrize("metric", [metric.name for metric in PREDICTED])
def test_every_prediction_can_be_asked_for_in_a_rule(shop: Warehouse, metric: str) -> None:
    predict(shop, settings=ON, as_of=AS_OF)
    found = members(shop, metric)
    assert 0 < found < 1500 if metric == "next_visit" else found == 1500


@pytest.mark.parametrize(
    ("refit", "expected"),
    [("night", "2024-05-15"), ("week", "2024-05-13"), ("month", "2024-05-01"), ("quarter", "2024-04-01")],
)
def test_the_day_of_the_fit(refit: str, expected: str) -> None:
    settings = PredictionSettings.model_validate({"refit": refit})
    assert str(fit_day(settings, date(2024, 5, 15))) == expected


@pytest.mark.parametrize("name", ["history", "first_day", "first_known"])
def test_statements_over_receipts_are_portable(name: str) -> None:
    holes = {"until", "cut", "since"} if name == "history" else {"since", "until"} if name == "first_known" else set()
    values: dict[str, exp.Expr | date] = dict.fromkeys(holes, date(2024, 1, 1))
    if name == "first_day":
        values["known"] = exp.to_identifier("customer_metric", quoted=True)
    spark = sql(statement("smc.metric.predict", name), **values).sql(dialect="spark")
    assert parse_one(spark, dialect="spark").sql(dialect="spark") == spark


def test_every_statement_says_what_it_is_for() -> None:
    for file in (files("smc.metric.predict") / "queries").iterdir():
        assert file.read_text(encoding="utf-8").startswith("-- "), file.name
