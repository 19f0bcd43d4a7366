"""Mistakes in templates and channels are found without data, with the line where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.document import Document, parse
from smc.config.problem import Problem
from smc.config.secret import Secrets
from smc.config.specs.campaign import TemplateSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec
from smc.model.template import Template, TriggerData
from smc.send.check import check_channels, check_template
from smc.send.language import MAX_BLOCKS
from smc.send.render import Renderer
from tests.send.shop import HTML

FILES = {"html": Path("templates/t/body.html"), "text": Path("templates/t/body.txt")}
FIELDS = FieldsSpec.model_validate({"customer": {"tier": {"title": "Tier", "type": "string"}}})


def problems(
    html: str, *, subject: str = "Hello", body: str | None = None, triggers: dict[str, TriggerData] | None = None
) -> list[Problem]:
    written = f"title: T\nsubject: '{subject}'\n"
    doc, mistakes = parse(written, TemplateSpec, file=Path("templates/t/template.yaml"))
    assert doc is not None, mistakes
    template = Template("t", doc.spec.subject or "", "", html, body)
    return check_template(doc, template, FILES, FIELDS, MetricsSpec(), triggers)


def told(found: list[Problem]) -> list[tuple[str, int, int, str, str]]:
    return [(item.place.file.name, item.place.line, item.place.column, item.message, item.remedy) for item in found]


def test_a_good_template() -> None:
    assert problems(HTML, subject="Thanks, {{ customer.first_name }}", body="{{ metric.revenue|money }}") == []
    assert problems("{% set c = customer %}{{ c.tier }}{% if c %}{% set d = 1 %}{% endif %}{{ d }}") == []
    assert problems("{% for a in last_receipt.lines|sort('amount') %}{{ a.product }}{{ loop.index }}{% endfor %}") == []
    assert problems("{{ (last_receipt.lines|first).product }} {{ last_receipt.lines[0].amount }}") == []
    assert problems("{{ last_receipt.day.year }}") == []


RECEIPT = TriggerData(("receipt_id", "total"), ("product", "amount"))
EVENT = TriggerData(("name", "day"), details=True)


def test_what_a_trigger_knows() -> None:
    lines = "{{ trigger.total|money }}{% for line in trigger.lines %}{{ line.product }}{% endfor %}"
    assert problems(lines, triggers={"campaigns/a.yaml": RECEIPT}) == []
    assert problems("{{ trigger.context.score }}{{ trigger.day.year }}", triggers={"campaigns/b.yaml": EVENT}) == []


@pytest.mark.parametrize(
    ("html", "triggers", "message", "remedy"),
    [
        ("{{ trigger.totl }}", {"a": RECEIPT}, "trigger has no 'totl' in a.", "Did you mean 'total'?"),
        ("{{ trigger.total }}", {"a": RECEIPT, "b": EVENT}, "trigger has no 'total' in b.", ""),
        ("{{ trigger.lines[0].name }}", {"a": RECEIPT}, "trigger.lines has no 'name' in a.", ""),
        (
            "{{ trigger.total }}",
            {"a": TriggerData()},
            "The trigger of a has no data; its day is all that is known.",
            "",
        ),
        (
            "{{ trigger.total }}",
            {},
            "No campaign uses this template, so no trigger is known.",
            "Use it in a campaign first.",
        ),
    ],
)
def test_what_a_trigger_does_not_know(html: str, triggers: dict[str, TriggerData], message: str, remedy: str) -> None:
    (problem,) = problems(html, triggers=triggers)
    assert problem.message == message
    assert problem.remedy == remedy or not remedy


def test_unknown_names() -> None:
    html = "<p>\n  {{ customer.emial }}\n{% for l in last_receipt.lines %}{{ l.prodct }}{% endfor %}\n{{ custmer.x }}"
    assert told(problems(html)) == [
        ("body.html", 2, 15, "customer has no 'emial'.", "Did you mean 'email'?"),
        ("body.html", 3, 39, "last_receipt.lines has no 'prodct'.", "Did you mean 'product'?"),
        ("body.html", 4, 4, "There is no variable 'custmer'.", "Did you mean 'customer'?"),
    ]
    (problem,) = problems("x", subject="{{ metric.revenu }}")
    assert (problem.place.file.name, problem.place.line) == ("template.yaml", 2)
    (problem,) = problems("x", body="\n\n{% set c = customer %}{{ c.tierr }}")
    assert (problem.place.file.name, problem.place.line, problem.remedy) == ("body.txt", 3, "Did you mean 'tier'?")
    assert [item.message for item in problems("{{ customer.email.x }}{{ last_receipt.lines.product }}{{ rfm.x }}")] == [
        "customer.email is a single value, it has no 'x'.",
        "last_receipt.lines is used as a list the wrong way.",
        "rfm has no 'x'.",
    ]


def test_syntax() -> None:
    for html, words in (
        ("a\n{{ x", "cannot be read"),
        ("a\n{% if x %}", "cannot be read"),
        ("a\n{{ 'x'.format(1) }}", "calls nothing"),
        ("a\n{{ 1|mony }}", "Did you mean 'money'?"),
        ("a\n{% include 'x' %}", "'include' is not allowed"),
    ):
        (problem,) = problems(html)
        assert words in problem.message
        assert problem.place.line == 2


def test_html_that_cannot_become_text() -> None:
    (problem,) = problems("<title>{% if rfm %}</title>{% endif %}")
    assert problem.remedy == "Write body.txt beside it."


def channels(text: str) -> Document[ChannelsSpec]:
    doc, mistakes = parse(text, ChannelsSpec, file=Path("channels.yaml"))
    assert doc is not None, mistakes
    return doc


def test_channels() -> None:
    good = "email:\n  title: E\n  sender: Shop <news@shop.example>\n  route:\n    file:\n      folder: mail\n"
    assert check_channels(channels(good)) == []
    bad = good.replace("news@shop.example", "news").replace("folder: mail", "folder: '.'")
    assert [(item.place.line, item.message) for item in check_channels(channels(bad))] == [
        (3, "'Shop <news>' is not a mailbox."),
        (6, "The folder for the messages is not set."),
    ]
    assert check_channels(channels("{}\n")) == []


def test_a_password_needs_tls() -> None:
    route = "smtp: {host: h, tls: none, user: u, password: '${env:SMC_TEST_PASSWORD}'}"
    text = "email:\n  title: E\n  sender: news@shop.example\n  route:\n    " + route + "\n"
    secrets = Secrets(Path(), {"SMC_TEST_PASSWORD": "x"})
    doc, mistakes = parse(text, ChannelsSpec, file=Path("channels.yaml"), secrets=secrets)
    assert doc is None
    assert any("without TLS" in str(mistake) for mistake in mistakes)


def test_a_template_that_is_nested_too_deeply() -> None:
    for html in (
        "{% if 1 %}" * 3000 + "{% endif %}" * 3000, "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "[" * 3000 + "]" * 3000 + " }}", "{{ 1" + " + 1" * 3000 + " }}", "{{ " + "not " * 3000 + "1 }}",
        "{{ 'a'" + "|upper" * 3000 + " }}", "{% if 1 %}" * 40 + "{% endif %}" * 40,
        "{% for x in [1] %}" * 25 + "{% endfor %}" * 25,
    ):  # fmt: skip
        (problem,) = problems(html, body="x")
        assert problem.message == "The template cannot be read: the template is nested too deeply", html[:20]
        assert problem.place.file.name == "body.html"
    (problem,) = problems("x", subject="{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}")
    assert problem.place.file.name == "template.yaml"


@pytest.mark.parametrize("block", ["{% if 1 %}@{% endif %}", "{% for x in [1] %}@{% endfor %}"])
def test_what_may_be_nested_can_be_rendered(block: str) -> None:
    deep = "@"
    for _ in range(MAX_BLOCKS):
        deep = deep.replace("@", block)
    html = deep.replace("@", "{{ " + "-(" * 25 + "1" + ")" * 25 + " }}")
    assert told(problems(html)) == []
    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    assert renderer.render(Template("t", "Hi", "", html, None), {}).text == "-1\n"
