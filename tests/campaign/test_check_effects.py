"""Mistakes in steps that are no messages, in their texts, in the settings they need, and in polls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from smc.campaign.check import CampaignNames, check_campaign, check_mailing
from smc.campaign.check_effects import EffectNames
from smc.campaign.check_poll import check_poll
from smc.campaign.data import known_of
from smc.config.document import parse
from smc.config.facts import watched_facts
from smc.config.secret import Secrets
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.poll import PollSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec, ProjectSpec
from smc.model.template import TriggerData
from smc.send.check_words import check_words
from smc.send.tasks.check import check_handing, check_texts
from tests.campaign.shop import settings

EFFECTS = EffectNames(
    groups={"gift"}, coded={"coded"}, lists={"vip"}, people={"boss"}, webhooks={"crm"}, polls={"nps"}, accruals=True,
    fields={"level": "string", "visits": "integer", "share": "decimal", "seen": "boolean", "last": "date",
            "at": "datetime"},
)  # fmt: skip
NAMES = CampaignNames(
    frozenset({"all"}), frozenset({"coded", "plain"}), frozenset({"promo"}), frozenset({"email"}), effects=EFFECTS
)
HEAD = "title: T\ncategory: promo\ntrigger: {receipt: {}}\n"

CODE, MAIL = "{promocode: {group: gift}}", "{email: {template: coded}}"


def split(*arms: str) -> str:
    told = ", ".join(f"{{name: a{n}, share: {100 // len(arms)}, steps: [{steps}]}}" for n, steps in enumerate(arms))
    return f"{{split: {{salt: s, arms: [{told}]}}}}"


def said(steps: str, names: CampaignNames = NAMES) -> list[str]:
    found, problems = parse(f"{HEAD}steps: [{steps}]", CampaignSpec, file=Path("campaigns/t.yaml"))
    if found:
        known = known_of(found.spec.trigger, watched_facts(FieldsSpec()))
        problems = [*check_campaign(found, names), *check_texts(found, FieldsSpec(), MetricsSpec(), known)]
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "steps",
    [
        "{promocode: {group: gift}}, {email: {template: coded}}",
        "{promocode: {group: gift, otherwise: [{email: {template: plain}}]}}, {email: {template: coded}}",
        f"{split(CODE, CODE, '{exit: no}', CODE)}, {MAIL}",
        "{promocode: {group: gift}}, {filter: {where: {in_segment: all}, otherwise: [{email: {template: coded}}]}}",
        "{points: {amount: 1.5, lifetime: 2 weeks}}, {bonuses: {percent: 5%}}",
        "{attribute: {set: {level: gold, visits: 3, share: 1.5, seen: true, last: 2026-01-31}}}",
        "{call: {list: vip, note: 'Hello {{ customer.first_name }}, {{ trigger.total }}', priority: 1}}",
        "{notify: {to: [boss], text: '{{ customer.customer_id }} {{ task.day }}'}}",
        "{webhook: {to: crm, body: {id: '{{ customer.customer_id }}', number: 3}}}, {poll: {poll: nps}}",
    ],
)
def test_good_steps(steps: str) -> None:
    assert said(steps) == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("{promocode: {group: gitf}}", "Did you mean 'gift'?"),
        ("{email: {template: coded}}", "no step before it gives one"),
        ("{email: {template: coded}}, {promocode: {group: gift}}", "no step before it gives one"),
        (f"{split(CODE, '')}, {MAIL}", "on every way that leads to it"),
        (split(CODE, MAIL), "no step before it gives one"),
        ("{promocode: {group: gift, otherwise: [{email: {template: coded}}]}}", "no step before it gives one"),
        (
            "{filter: {where: {in_segment: all}, otherwise: [{promocode: {group: gift}}]}}, {email: {template: coded}}",
            "no step before it gives one",
        ),
        ("{points: {amount: 0}}", "must be more than 0"),
        ("{bonuses: {amount: 5, percent: 5}}", "needs either amount or percent"),
        ("{bonuses: {}}", "needs either amount or percent"),
        ("{attribute: {set: {levle: gold}}}", "Did you mean 'level'?"),
        ("{attribute: {set: {level: 3}}}", "'3' is no string"),
        ("{attribute: {set: {visits: true}}}", "is no integer"),
        ("{attribute: {set: {share: '1'}}}", "'1' is no decimal"),
        ("{attribute: {set: {seen: 1}}}", "'1' is no boolean"),
        ("{attribute: {set: {last: 31.01.2026}}}", "is no date"),
        ("{attribute: {set: {at: '2026-01-31 10:00'}}}", "A step cannot set a moment"),
        ("{call: {list: vpi}}", "Did you mean 'vip'?"),
        ("{call: {list: vip, note: '{{ customer.frist_name }}'}}", "customer has no 'frist_name'"),
        ("{call: {list: vip, note: '{{ customer.first_name'}}", "the text cannot be read"),
        ("{call: {list: vip, note: '{{ trigger.totl }}'}}", "trigger has no 'totl'"),
        ("{notify: {to: [bos], text: x}}", "Did you mean 'boss'?"),
        ("{webhook: {to: crn}}", "Did you mean 'crm'?"),
        ("{webhook: {to: crm, body: {id: '{{ customer.no }}'}}}", "customer has no 'no'"),
        ("{poll: {poll: npz}}", "Did you mean 'nps'?"),
    ],
)
def test_mistakes(steps: str, expected: str) -> None:
    assert any(expected.casefold() in problem.casefold() for problem in said(steps)), said(steps)


def test_what_the_project_lacks_is_said_with_where_to_write_it() -> None:
    none = CampaignNames(frozenset(), frozenset(), frozenset({"promo"}), frozenset())
    for steps, expected in (
        ("{promocode: {group: g}}", "Declare it in promocodes.yaml."),
        ("{points: {amount: 1}}", "Write there: accruals:"),
        ("{attribute: {set: {x: 1}}}", "'writable: true'"),
        ("{call: {list: vip}}", "under 'calls', 'lists'"),
        ("{notify: {to: [boss], text: x}}", "the channel 'email' is not set up"),
        ("{webhook: {to: crm}}", "under 'webhooks'"),
        ("{poll: {poll: nps}}", "Write polls/NAME.yaml."),
    ):
        problems = said(steps, none)
        assert any(expected.casefold() in problem.casefold() for problem in problems), problems


def test_a_percentage_needs_a_total() -> None:
    steps = "steps: [{bonuses: {percent: 5%}}, {call: {list: vip, note: '{{ trigger.x }}'}}]"
    found, _ = parse(HEAD.replace("receipt", "registered") + steps, CampaignSpec, file=Path("campaigns/t.yaml"))
    assert found
    (problem,) = check_campaign(found, replace(NAMES, fields=FieldsSpec()))
    assert "the trigger knows no total" in problem.message.casefold()
    known = known_of(found.spec.trigger, watched_facts(FieldsSpec()))
    (problem,) = check_texts(found, FieldsSpec(), MetricsSpec(), known)
    assert "no variable 'trigger'" in problem.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("template: coded", "prints a promocode, and the mailing gives none"),
        ("template: coded\npromocode: {group: birthda}", "there is no group of promocodes 'birthda'"),
        ("template: plain\npromocode: {group: birthday}", "does not print the promocode"),
    ],
)
def test_a_mailing_gives_the_codes_that_its_letters_print(text: str, expected: str) -> None:
    head = "title: T\ncategory: promo\naudience: all\nsend_on: 2026-01-01\n"
    found, _ = parse(head + text + "\n", MailingSpec, file=Path("mailings/t.yaml"))
    assert found
    assert expected in str(check_mailing(found, NAMES))


ARMS = "variants: {{salt: s, arms: [{{name: a, share: 50%, {}}}, {{name: b, share: 50%, {}}}]}}"


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("sms: {text: 'Hi {{ nobody }}'}", "5:13", "there is no variable 'nobody'"),
        ("sms: {text: 'Hi {{ promocode }}'}", "5:13", "prints a promocode, but the mailing gives none"),
        ("sms: {text: Hi}\npromocode: {group: gift}", "5:", "does not print the promocode"),
        ("sms: {text: Hi}\nutm: {source: news}", "6:", "'utm' is for letters"),
        ("push: {text: Hi}", "5:", "the channel 'push' is not set up"),
        ("sms: {template: letter}", "5:", "is a letter, no text"),
        ("sms: {text: Hi}\ntemplate: plain", "", "needs one of template, sms, push"),
        (ARMS.format("sms: {text: A}, sender: B", "sms: {text: B}"),
         "5:", "'sender' is for letters"),
        (ARMS.format("sms: {text: A}", "template: plain"),
         "5:", "by one channel"),
        (ARMS.format("attachments: []", "template: plain"),
         "5:", "a variant needs one content"),
    ],
)  # fmt: skip
def test_mistakes_in_mailings_by_other_channels(text: str, place: str, expected: str) -> None:
    head = "title: T\ncategory: promo\naudience: all\nsend_on: 2026-01-01\n"
    found, problems = parse(head + text + "\n", MailingSpec, file=Path("mailings/t.yaml"))
    if found:
        names = replace(NAMES, channels=frozenset({"sms"}), letters=frozenset({"letter"}),
                        templates=frozenset({"plain", "letter"}))  # fmt: skip
        problems = [*check_mailing(found, names),
                    *check_words(found, FieldsSpec(), MetricsSpec(), TriggerData())]  # fmt: skip
    (said,) = [str(problem) for problem in problems]
    assert said.startswith(f"mailings/t.yaml:{place}")
    assert expected.casefold() in said.casefold()


@pytest.mark.parametrize(
    ("said", "column", "expected"),
    [
        ("attribution: {until: 2025-12-31}", 22, "is before it, so no receipt could count. Take a later day."),
        ("attribution: {since: 2026-01-09, until: 2026-01-08}", 41, "until is before since"),
        ("attribution: {since: 2025-12-31, until: 2026-01-08}", 22, "Leave since out"),
        ("attribution: {days: 3, until: 2026-01-08}", 14, "Takes either days, or since and until."),
        ("attribution: {since: 2026-01-08}", 14, "'since' needs 'until' beside it."),
        ("attribution: {receipts: {}}", 25, "Needs one of: where, store, total_at_least, bought."),
        ("attribution: for ever", 14, "Write '14 days', none, or days, until and receipts below it"),
        ("attribution: 0", 14, "'none' says that nothing does"),
        ("bought: {within: 0}", 18, "The smallest possible value is 1"),
        ("bought: {since: soon}", 17, "'soon' is not a date"),
        ("bought: {since: 2026-01-02}", 17, "nobody has bought later by then. Take an earlier day."),
        ("bought: {until: tomorrow}", 17, "Leave until out"),
        ("bought: {between: [2025-12-01, 2025-11-01]}", 19, "the first day is after the last"),
        ("bought: {between: [2025-12-01, 2026-02-01]}", 19, "nobody has bought later by then. Take an earlier day."),
    ],
)
def test_days_on_which_nothing_could_count(said: str, column: int, expected: str) -> None:
    head = "title: T\ncategory: promo\naudience: all\nsend_on: 2026-01-01\ntemplate: plain\n"
    found, problems = parse(f"{head}{said}\n", MailingSpec, file=Path("mailings/t.yaml"))
    (problem,) = check_mailing(found, NAMES) if found else problems
    assert (problem.place.line, problem.place.column) == (6, column)
    assert expected.casefold() in f"{problem.message.rstrip('.')}. {problem.remedy}".casefold()


def project(**more: Any) -> list[str]:
    base = settings().model_dump(mode="json", include={"project", "title", "timezone", "currency", "categories"})
    text = yaml.safe_dump({**base, "unsubscribe": {"mailto": "a@b.c", "secret": "${env:S}"}, **more})
    secrets = Secrets(Path(), {"S": "0123456789abcdef", "BAD": "whsec_0123456789ab!"})
    found, problems = parse(text, ProjectSpec, file=Path("smc.yaml"), secrets=secrets)
    return [str(problem) for problem in (check_handing(found) if found else problems)]


HOOK = {"url": "https://crm.example.com/hook", "secret": "${env:S}"}
HERE = {"local": {"path": "out"}}


def test_good_settings() -> None:
    assert project(
        people={"boss": "boss@shop.example"}, webhooks={"crm": HOOK, "here": {**HOOK, "url": "http://127.0.0.1:8080/"}},
        accruals={"webhook": "crm"}, calls={"files": HERE, "lists": {"vip": "Our dearest"}},
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"webhooks": {"crm": {**HOOK, "url": "http://crm.example.com"}}}, "must begin with https://"),
        ({"webhooks": {"crm": {**HOOK, "url": "https://u:p@crm.example.com"}}}, "carries no user"),
        ({"webhooks": {"crm": {**HOOK, "secret": "0123456789abcdef"}}}, "does not stand in the file itself"),
        ({"webhooks": {"crm": {**HOOK, "secret": "${env:BAD}"}}}, "is no base64"),
        ({"accruals": {"webhook": "crm"}}, "there is no webhook 'crm'"),
        ({"accruals": {}}, "needs either files or webhook"),
        ({"people": {"boss": "boss"}}, "boss"),
        ({"calls": {"files": {"rabbitmq": {"host": "h", "queue": "q", "user": "u", "password": "${env:S}"}},
                    "lists": {"a": "A"}}}, "rabbitmq takes no files"),
    ],
)  # fmt: skip
def test_bad_settings(more: dict[str, Any], expected: str) -> None:
    problems = project(**more)
    assert any(expected.casefold() in problem.casefold() for problem in problems), problems
    assert "whsec" not in "".join(problems).replace("whsec_ is", "")


POLL = """
title: How was it?
limits: {answers: 1000, until: 2026-12-31}
texts: {thanks: Thank you}
color: "#aa0000"
questions:
  score: {scale: {ask: Would you recommend us?, mandatory: true, low_words: never, high_words: always}}
  why: {several: {ask: Why?, most: 2, other: Something else, options: {price: Price, staff: Staff, range: Range},
                  show_if: {question: score, at_most: 6}}}
  rude: {single: {ask: Was somebody rude?, options: {a: Yes, b: No},
                  show_if: {question: why, answered: [staff, other]}}}
  parts: {matrix: {ask: Rate, rows: {till: Till, hall: Hall}, columns: {good: Good, bad: Bad}}}
  more: {open: {ask: Anything else?}}
  end: {information: {text: That was all.}}
"""


def poll(text: str) -> list[str]:
    found, problems = parse(text, PollSpec, file=Path("polls/t.yaml"))
    return [str(problem) for problem in (check_poll(found) if found else problems)]


def test_a_poll_with_every_kind_of_question() -> None:
    assert poll(POLL) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("most: 2", "most: 4", "most is 4, but there are 3 options"),
        ("question: score, at_most: 6", "question: rude, answered: [a]", "no question 'rude' before this one"),
        ("question: score, at_most: 6", "question: scroe, at_most: 6", "Did you mean 'score'?"),
        ("question: score, at_most: 6", "question: score, at_least: 11", "so this is never shown"),
        ("question: score, at_most: 6", "question: score, at_least: 7, at_most: 6", "is never shown"),
        ("question: score, at_most: 6", "question: score, answered: [price]", "'score' is a scale"),
        ("answered: [staff, other]", "answered: [stuff]", "Did you mean 'staff'?"),
        ("answered: [staff, other]", "at_least: 3", "has no numbers for answers"),
        ("answered: [staff, other]", "answered: [staff], at_least: 3", "needs either answered"),
        ("{price: Price,", "{other: Price,", "'other' is the option with free text"),
        ("low_words: never", "lowest: 1, highest: 1", "highest"),
        ("#aa0000", "red", "color"),
    ],
)
def test_mistakes_in_polls(old: str, new: str, expected: str) -> None:
    problems = poll(POLL.replace(old, new))
    assert any(expected.casefold() in problem.casefold() for problem in problems), problems


def test_a_poll_asks_something() -> None:
    assert any("nothing to answer" in one for one in poll("title: T\nquestions: {a: {information: {text: x}}}"))
