"""Mistakes in rules, each with its place and what to write instead."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from smc.config.document import Document, parse
from smc.config.specs.poll import PollSpec, questions_of
from smc.config.specs.project import CustomerFieldSpec, FieldsSpec, MetricsSpec, RfmCell, RfmSpec
from smc.config.specs.rule import SegmentsSpec
from smc.config.values import Mistake, relative_day
from smc.segment.check import Names, check_segments

NAMES = Names(
    fields=FieldsSpec(
        customer={
            "club": CustomerFieldSpec(title="Club", type="boolean"),
            "size": CustomerFieldSpec(title="Size", type="integer"),
        }
    ),
    metrics=MetricsSpec.model_validate(
        {
            "metrics": {
                "own": {"title": "Own", "over": "receipts", "aggregate": "count"},
                "summed": {"title": "Summed", "over": "receipts", "aggregate": "sum", "field": "total"},
            }
        }
    ),
    rfm=RfmSpec(cells={"lost": RfmCell(title="Lost", recency=(1,))}),
    segments=frozenset({"a", "b", "c", "one"}),
    tags=frozenset({"regular", "x"}),
    channels=frozenset({"email"}),
    categories=frozenset({"promo"}),
    campaigns={"welcome": 3, "hello": 5},
    brought=frozenset({"customer"}),
    groups=frozenset({"spring"}),
    polls={
        "taste": {"drink": frozenset({"tea", "coffee"}), "why": None, "score": frozenset({"0", "10"})},
        "unread": None,
    },
)


OTHERS = replace(NAMES, brought=frozenset({"past_mailing", "contact_point", "promocode_use", "poll_answer"}))
"""Other systems sent, gave codes and asked too, and hold push tokens: their names only the warehouse knows."""


@pytest.mark.parametrize(
    "rule",
    [
        "{message: {channel: post}}",
        "{reaction: {channel: post}}",
        "{reachable: telegram}",
        "{message: {campaign: [welcome, a past mailing]}}",
        "{reaction: {campaign: a past mailing, channel: email}}",
        "{promocode: {state: used, group: theirs}}",
        "{poll: {poll: theirs, question: whatever, answer: whatever}}",
    ],
)
def test_names_of_other_systems_are_left_to_the_warehouse(rule: str) -> None:
    doc = document(f"segments:\n  one:\n    title: One\n    rule: {rule}\n")
    assert check_segments([doc], OTHERS) == []
    assert len(check_segments([doc], NAMES)) == 1


def document(text: str, file: str = "segments/all.yaml") -> Document[SegmentsSpec]:
    found, problems = parse(text, SegmentsSpec, file=Path(file))
    assert found is not None, problems
    return found


def problems_of(rule: str) -> list[str]:
    """Line, column and words of each problem of one rule, which begins in line 4."""
    doc = document(f"segments:\n  one:\n    title: One\n    rule: {rule}\n")
    found = check_segments([doc], NAMES)
    assert all(problem.remedy for problem in found)
    return [f"{problem.place.column}: {problem.message} | {problem.remedy}" for problem in found]


@pytest.mark.parametrize(
    "rule",
    [
        "{attribute: {field: city, equals: Boston}}",
        "{attribute: {field: customer_id, in: ['00123', 1e5x]}}",
        "{attribute: {field: registered_at, between: [today - 30 days, today]}}",
        "{attribute: {field: registered_at, at_least: '2017-06-01 10:00'}}",
        "{attribute: {field: birth_date, more: today - 18 years}}",
        "{attribute: {field: club, equals: true}}",
        "{metric: {name: average_receipt, at_least: 10.5}}",
        "{metric: {name: favourite_category, not_in: [DAIRY, '12']}}",
        "{not: {rfm: {cell: lost}}}",
        "{tag: regular}",
        "{any: [{control_group: global}, {control_group: welcome}]}",
        "{subscribed: {channel: email, category: promo, state: unknown}}",
        "{sample: {percent: 0.01%, salt: s}}",
        "{bought: {category: DAIRY, within: 30 days, receipts: {at_least: 2}}}",
        "{message: {campaign: [welcome, hello], channel: sms}}",
        "{promocode: {state: used, group: spring}}",
        "{not: {promocode: {state: issued, where: {group: {starts_with: spr}}}}}",
        "{poll: {poll: taste, question: drink, answer: [tea, coffee]}}",
        "{poll: {poll: taste, question: why, answer: whatever}}",
        "{poll: {question: score, answer: '10'}}",
        "{poll: {poll: [taste, unread], question: whatever}}",
        "{reachable: sms}",
        "{campaign_step: {name: [welcome, hello], step: 5}}",
        "{campaign_step: {where: {step: {at_least: 9}}}}",
        "{metric: {name: favourite_weekday, between: [1, 5]}}",
        "{metric: {name: days_until_bonus_expires, less: 0}}",
        "{metric: {name: revenue, at_most: -1}}",
        "{metric: {name: summed, at_most: -1}}",
        "{attribute: {field: phone_type, not_in: [mobile, unknown]}}",
        "{attribute: {field: email_status, at_least: 30}}",
        "{bought: {amount: {at_most: -5}, since: start of month}}",
        "{bought: {since: end of month}}",
        "{receipt: {until: tomorrow}}",
    ],
)
def test_good_rules(rule: str) -> None:
    assert problems_of(rule) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{attribute: {field: citty, equals: x}}", "no field of a customer 'citty' | Did you mean 'city'?"),
        ("{metric: {name: revenu, at_least: 5}}", "no metric 'revenu' | Did you mean 'revenue'?"),
        ("{rfm: {cell: losst}}", "no RFM cell 'losst' | Did you mean 'lost'?"),
        ("{not: {control_group: glboal}}", "no control group 'glboal' | Did you mean 'global'?"),
        ("{control_group: Welcome}", "no control group 'Welcome' | Did you mean 'welcome'?"),
        ("{in_segment: twoo}", "no segment 'twoo'"),
        ("{subscribed: {channel: emial, category: promo}}", "no channel 'emial' | Did you mean 'email'?"),
        ("{subscribed: {channel: email, category: prommo}}", "no message category 'prommo' | Did you mean 'promo'?"),
        ("{not: {message: {category: markting}}}", "no message category 'markting'"),
        ("{message: {channel: emial}}", "no channel 'emial' | Did you mean 'email'?"),
        ("{reaction: {where: {channel: {not_in: [email, smss]}}}}", "no channel 'smss' | Did you mean 'sms'?"),
        (
            "{message: {campaign: welcom}}",
            "Did you mean 'welcome'? One that is over keeps its file, with active: false.",
        ),
        ("{not: {reaction: {campaign: welcom}}}", "no campaign or mailing 'welcom' | Did you mean 'welcome'?"),
        ("{promocode: {state: used, group: sprnig}}", "no group of promocodes 'sprnig' | Did you mean 'spring'?"),
        ("{poll: {poll: tste, question: drnk}}", "no poll 'tste' | Did you mean 'taste'?"),
        ("{not: {poll: {poll: taste, question: drnik}}}", "the poll has no question 'drnik' | Did you mean 'drink'?"),
        ("{poll: {poll: taste, question: drink, answer: [tea, cofee]}}", "no answer 'cofee' | Did you mean 'coffee'?"),
        ("{poll: {poll: taste, question: drink, where: {answer: {not_equals: '10'}}}}", "the poll has no answer '10'"),
        ("{reachable: emial}", "no channel 'emial' | Did you mean 'email'?"),
        ("{reachable: {channel: emial, category: promo}}", "no channel 'emial' | Did you mean 'email'?"),
        ("{campaign: {name: [welcome, welcom]}}", "no campaign or mailing 'welcom' | Did you mean 'welcome'?"),
        ("{campaign: {where: {campaign: welcom}}}", "no campaign or mailing 'welcom' | Did you mean 'welcome'?"),
        ("{campaign_step: {step: 1, where: {campaign: welcom}}}", "no campaign or mailing 'welcom'"),
        (
            "{campaign_step: {name: welcome, step: 4}}",
            "no step 4 in the campaign 'welcome' | The steps of 'welcome' have",
        ),
        ("{campaign_step: {step: 6}}", "no step 6 in any campaign | The steps of 'hello' have the numbers 1 to 5."),
        ("{campaign_step: {where: {step: {in: [1, 0]}}}}", "no step 0 in any campaign"),
        ("{metric: {name: favourite_weekday, equals: 9}}", "never above 7, so nobody could match"),
        ("{metric: {name: favourite_weekday, in: [1, 0]}}", "never below 1, so nobody could match"),
        ("{metric: {name: favourite_hour, more: 23}}", "never above 23, so nobody could match"),
        ("{metric: {name: receipts, at_most: -1}}", "'receipts' is never below 0, so nobody could match"),
        ("{metric: {name: receipts, less: 0}}", "'receipts' is never below 0, so nobody could match"),
        ("{metric: {name: orders_30d, between: [-5, -1]}}", "'orders_30d' is never below 0, so nobody could match"),
        ("{metric: {name: own, equals: -1}}", "'own' is never below 0, so nobody could match"),
        ("{attribute: {field: phone_type, equals: moblie}}", "'phone_type' is never 'moblie' | Did you mean 'mobile'?"),
        ("{attribute: {field: email_status, not_in: [0, 99]}}", "'email_status' is never '99'"),
        ("{bought: {receipts: {at_least: 0}}}", "always at least one receipt"),
        ("{bought: {quantity: {at_most: -5}}}", "nobody buys fewer pieces than none"),
        ("{bought: {same_receipt: [{brand: Acme, quantity: {at_most: -1}}]}}", "nobody buys fewer pieces than none"),
        ("{bought: {since: tomorrow}}", "the days lie in the future, so no row could match"),
        ("{not: {receipt: {between: [in 3 days, in 9 days]}}}", "the days lie in the future, so no row could match"),
        ("{contacted: {since: today}}", "rows of today count from tomorrow on, so no row could match"),
        ("{attribute: {field: city, equals: 5}}", "5 is not text | Put it into quotes"),
        ("{attribute: {field: city, at_least: x}}", "'at_least' does not fit text"),
        ("{attribute: {field: size, equals: '5'}}", "'5' is not a number"),
        ("{attribute: {field: size, equals: 1234567890123456789012}}", "has more than 18 digits"),
        ("{attribute: {field: size, equals: true}}", "true is not a number"),
        ("{attribute: {field: size, contains: '5'}}", "'contains' does not fit a number"),
        ("{attribute: {field: club, equals: 'yes'}}", "'yes' is not true or false"),
        ("{attribute: {field: club, less: true}}", "'less' does not fit true or false"),
        ("{attribute: {field: birth_date, less: '31.12.2017'}}", "'31.12.2017' is not a date"),
        ("{attribute: {field: birth_date, less: '2017-02-30'}}", "'2017-02-30' is not a date"),
        ("{attribute: {field: birth_date, less: someday}}", "'someday' is not a date"),
        ("{attribute: {field: birth_date, less: today - 99999 years}}", "outside the calendar"),
        ("{attribute: {field: registered_at, less: '2017-01-01 25:00'}}", "is not a time"),
        ("{metric: {name: revenue, between: [5, 1]}}", "the lower end is above the upper end"),
        ("{metric: {name: last_receipt, between: [today, today - 1 day]}}", "the lower end is above the upper end"),
        ("{bought: {receipts: {at_most: 0}}}", "at least one receipt, so nobody could match"),
        ("{bought: {category: ' '}}", "the category is empty"),
        ("{sample: {percent: 0, salt: s}}", "a sample of 0 percent has nobody in it"),
        ("{sample: {percent: 0.005, salt: s}}", "at most two decimals"),
    ],
)
def test_mistakes(rule: str, expected: str) -> None:
    (found,) = problems_of(rule)
    assert expected in found


def test_an_answer_of_a_declared_poll_is_known_although_answers_are_brought() -> None:
    doc = document(
        "segments:\n  one:\n    title: One\n    rule: {not: {poll: {poll: taste, question: drink, answer: te}}}\n"
    )
    (found,) = check_segments([doc], OTHERS)
    assert (found.message, found.place.line, found.place.column) == ("the poll has no answer 'te'", 4, 63)


def test_questions_of_a_poll() -> None:
    options = {"tea": "Tea", "milk": "Milk"}
    poll = PollSpec.model_validate(
        {
            "title": "Taste",
            "questions": {
                "words": {"information": {"text": "Hello"}},
                "one": {"single": {"ask": "?", "options": options}},
                "more": {"several": {"ask": "?", "options": options, "other": "Else"}},
                "when": {"matrix": {"ask": "?", "rows": options, "columns": {"am": "Early", "pm": "Late"}}},
                "score": {"scale": {"ask": "?", "lowest": 1, "highest": 3}},
                "free": {"open": {"ask": "?"}},
            },
        }
    )
    times = frozenset({"am", "pm"})
    assert questions_of(poll) == {
        "one": frozenset(options), "more": None, "when": times, "when.tea": times, "when.milk": times,
        "score": frozenset({"1", "2", "3"}), "free": None,
    }  # fmt: skip


def test_the_place_is_that_of_the_value() -> None:
    (found,) = problems_of("{all: [{tag: x}, {not: {attribute: {field: size, in: [1, 'x']}}}]}")
    assert found.startswith("68: 'x' is not a number")


def test_every_mistake_is_told_at_once() -> None:
    assert (
        len(problems_of("{any: [{in_segment: x}, {metric: {name: y, equals: 1}}, {sample: {percent: 0, salt: s}}]}"))
        == 3
    )


def test_a_circle_names_its_path_once() -> None:
    first = document(
        "segments:\n  a: {title: A, rule: {not: {in_segment: b}}}\n  b: {title: B, rule: {any: [{in_segment: c}]}}\n"
    )
    second = document("segments:\n  c: {title: C, rule: {all: [{in_segment: a}, {tag: x}]}}\n", "segments/more.yaml")
    (found,) = check_segments([first, second], NAMES)
    assert "a → b → c → a" in found.message
    assert (found.place.file, found.place.line) == (Path("segments/all.yaml"), 2)


def test_one_name_in_two_files() -> None:
    docs = [document("segments: {a: {title: A, rule: {tag: x}}}", f"segments/{name}.yaml") for name in ("x", "y")]
    (found,) = check_segments(docs, NAMES)
    assert "segment 'a' is already defined at segments/x.yaml:1" in found.message
    assert found.place.file == Path("segments/y.yaml")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2017, 3, 31)),
        ("Today  -  1 Day", date(2017, 3, 30)),
        ("today + 2 weeks", date(2017, 4, 14)),
        ("today - 1 month", date(2017, 2, 28)),
        ("today-13 months", date(2016, 2, 29)),
        ("today + 1 year", date(2018, 3, 31)),
        ("today 5 days", None),
        ("tomorrow", date(2017, 4, 1)),
        ("yesterday", date(2017, 3, 30)),
        ("30 days ago", date(2017, 3, 1)),
        ("1 month ago", date(2017, 2, 28)),
        ("in 2 weeks", date(2017, 4, 14)),
        ("start of week", date(2017, 3, 27)),
        ("end of month", date(2017, 3, 31)),
        ("start of next month", date(2017, 4, 1)),
        ("end of last month", date(2017, 2, 28)),
        ("start of this quarter", date(2017, 1, 1)),
        ("end of quarter", date(2017, 3, 31)),
        ("start of year", date(2017, 1, 1)),
        ("end of next year", date(2018, 12, 31)),
        ("Start of month - 1 day", date(2017, 2, 28)),
        ("end of week + 1 week", date(2017, 4, 9)),
        ("today - 1 quarter", date(2016, 12, 31)),
        ("start of century", None),
        ("in -2 days", None),
    ],
)
def test_relative_days(text: str, day: date | None) -> None:
    assert relative_day(text, date(2017, 3, 31)) == day


def test_outside_the_calendar() -> None:
    with pytest.raises(Mistake, match="outside the calendar"):
        relative_day("today + 9999 years", date(2017, 3, 31))


def test_the_check_loads_nothing_heavy() -> None:
    code = (
        "import sys, smc.segment.check; "
        "print([name for name in ('duckdb', 'sqlglot', 'sqlalchemy', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
