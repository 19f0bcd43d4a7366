"""The template language: what a letter needs, and nothing that could escape, explode or leave a hole in a text."""

from __future__ import annotations

import time
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.errors import RenderError
from smc.model.template import Template
from smc.send.filters import plural
from smc.send.render import Renderer

CONTEXT: dict[str, Any] = {
    "customer": {"first_name": "Anna", "last_name": None, "tier": "", "items": "own", "birth_date": date(1990, 2, 3),
                 "registered_at": datetime(2017, 1, 1, 2, 0, tzinfo=UTC), "lost": "nan", "subscribed": True},
    "metric": {"revenue": Decimal("1234.5"), "receipts": 3, "items": Decimal("7.500"), "share": 0.25,
               "odd": float("nan"), "average": None},
    "rfm": None,
    "last_receipt": {"id": "R1", "day": date(2017, 12, 5), "total": Decimal("10.00"),
                     "lines": [{"product": "Milk", "quantity": Decimal("1.000"), "amount": Decimal("3.50")},
                               {"product": "Bread & butter", "quantity": Decimal("2.000"), "amount": Decimal("6.50")}]},
    "unsubscribe_url": "https://shop.example/u?a=1&b=2",
    "message": {"campaign": "c", "key": "k"},
    "shop": {"title": "Shop"},
}  # fmt: skip


def renderer(language: str = "en", currency: str = "USD") -> Renderer:
    return Renderer(language=language, currency=currency, timezone="America/New_York")  # type: ignore[arg-type]  # the tests' own words


def rendered(source: str, **changes: Any) -> str:
    """What a text body becomes."""
    template = Template("t", "s", "", "<p>h</p>", source)
    return renderer(**changes).render(template, CONTEXT).text.rstrip("\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ customer.first_name }}", "Anna"),
        ("{{ customer['first_name']|upper }}", "ANNA"),
        ("{{ customer.items }} {{ metric.items|number }}", "own 7.5"),
        ("{{ customer.last_name|default('friend') }}", "friend"),
        ("{{ customer.tier|default('none') }}", "none"),
        ("{{ rfm.cell|default('new') }}", "new"),
        ("{% if rfm is none %}no{% else %}{{ rfm.cell }}{% endif %}", "no"),
        ("{{ metric.revenue|money }}", "$1,234.50"),
        ("{{ (metric.revenue * 2 - 1)|money }}", "$2,468.00"),
        ("{{ (metric.revenue * metric.share)|round(2) }}", "308.63"),
        ("{{ -5|money }}", "-$5.00"),
        ("{{ last_receipt.day|date }}", "December 5, 2017"),
        ("{{ last_receipt.day|date('short') }}", "5 Dec 2017"),
        ("{{ last_receipt.day|date('day') }}", "December 5"),
        ("{{ last_receipt.day|date('iso') }} {{ last_receipt.day.year }}", "2017-12-05 2017"),
        ("{{ customer.registered_at|date('iso') }}", "2016-12-31"),
        ("{{ metric.receipts }} {{ metric.receipts|plural('visit', 'visits') }}", "3 visits"),
        (("{% for line in last_receipt.lines %}{{ loop.index }}{{ line.product }}{% if not loop.last %}, {% endif %}"
         "{% endfor %}"), "1Milk, 2Bread & butter"),
        ("{{ last_receipt.lines|join(', ', 'product') }}", "Milk, Bread & butter"),
        ("{{ last_receipt.lines|sum('amount')|money }}", "$10.00"),
        ("{{ (last_receipt.lines|sort('amount', reverse=true)|first).product }}", "Bread & butter"),
        ("{{ last_receipt.lines|length }}", "2"),
        ("{{ 'a' ~ 1 ~ customer.first_name }}", "a1Anna"),
        ("{% for n in range(3) %}{{ n }}{% endfor %}", "012"),
        ("{% for line in rfm.lines %}x{% else %}nothing{% endfor %}", "nothing"),
        ("{{ 'a' if metric.receipts > 2 else 'b' }}", "a"),
        ("{{ customer.first_name|truncate(3) }} {{ 'a b'|urlencode }} {{ 'aXb'|replace('X', '-') }}", "An… a%20b a-b"),
        ("{% set name = customer.first_name %}{{ name|lower }}", "anna"),
        ("None of this is lost", "None of this is lost"),
    ],
)  # fmt: skip
def test_what_templates_can_say(source: str, expected: str) -> None:
    assert rendered(source) == expected


def test_russian() -> None:
    assert rendered("{{ metric.revenue|money }}", language="ru", currency="RUB") == "1\xa0234,50\xa0₽"
    assert rendered("{{ last_receipt.day|date }}", language="ru") == "5 декабря 2017"
    assert rendered("{{ last_receipt.day|date('short') }}", language="ru") == "05.12.2017"
    assert rendered("{{ metric.revenue|money }}", currency="JPY") == "¥1,235"
    assert rendered("{{ metric.revenue|money }}", currency="CHF") == "1,234.50\xa0CHF"


@given(st.integers(-10_000, 10_000))
def test_russian_plural(number: int) -> None:
    """The rule as CLDR writes it, against ours."""
    n = abs(number)
    if n % 10 == 1 and n % 100 != 11:
        form = "товар"
    elif n % 10 in range(2, 5) and n % 100 not in range(12, 15):
        form = "товара"
    else:
        form = "товаров"
    assert plural(number, "товар", "товара", "товаров") == form
    assert plural(number, "item", "items") == ("item" if n == 1 else "items")


def test_plural_of_a_fraction() -> None:
    assert plural(Decimal("1.5"), "товар", "товара", "товаров") == "товара"
    assert plural(1.5, "kilo", "kilos") == "kilos"
    with pytest.raises(RenderError):
        plural(1, "one")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{{ customer.last_name }}", "customer.last_name is empty"),
        ("{{ customer.last_name|upper }}", "missing"),
        ("{{ metric.average * 2 }}", "missing"),
        ("{{ 'a' ~ customer.last_name }}", "empty"),
        ("{{ metric.odd }}", "not a number"),
        ("{{ customer.lost }}", "nan"),
        ("{{ customer.subscribed }}", "true or false"),
        ("{{ customer }}", "not a single value"),
        ("{{ customer.emial }}", "no 'emial'"),
        ("{{ custmer.email }}", "undefined"),
        ("{{ custmer|default('x') }}", "undefined"),
        ("{{ metric.receipts / 0 }}", "zero"),
        ("{{ 'a' + 1 }}", "numbers"),
        ("{{ metric.revenue|date }}", "date"),
        ("{{ 'x'|money }}", "number"),
        ("{{ '{' ~ '{ x }}' }}", "{{"),
        ("{{ range }}", "not a single value"),
        ("{% for c in metric.receipts %}{% endfor %}", "list"),
    ],
)
def test_a_hole_is_an_error_for_one_customer(source: str, what: str) -> None:
    with pytest.raises(RenderError, match=what.replace("{", r"\{")) as caught:
        rendered("\n" + source)
    assert caught.value.where == "t/text:2"


ESCAPES = [
    "{{ ''.__class__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ customer.__class__ }}",
    "{{ customer.keys() }}", "{{ 'x'.format(1) }}", "{{ '{0.__class__}'.format(1) }}", "{{ 'x'.format_map({}) }}",
    "{{ 'x'['format'] }}", "{{ ''|attr('format') }}", "{{ 'x'|format(1) }}", "{{ ['x']|map('format')|list }}",
    "{{ self.__init__ }}", "{{ self }}", "{{ cycler('a') }}", "{{ lipsum() }}", "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% macro m() %}{% endmacro %}",
    "{% set x %}a{% endset %}", "{% set customer.x = 1 %}", "{{ range.__call__(3) }}", "{{ loop.cycle }}",
    "{{ customer.first_name|safe }}", "{{ [].append(1) }}", "{{ last_receipt.day.strftime('%Y') }}",
    "{{ last_receipt.day.__class__ }}", "{{ customer|string|safe }}", "{{ metric.revenue.real }}",
    "{% for x in customer.first_name %}{{ x }}{% endfor %}", "{{ x()  }}", "{% block a %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}", "{{ 'ab'[0:1] }}", "{% for a in [1] recursive %}{% endfor %}",
]  # fmt: skip


@pytest.mark.parametrize("source", ESCAPES)
def test_nothing_escapes(source: str) -> None:
    with pytest.raises(RenderError):
        rendered(source)


BOMBS = [
    "{{ 'a' * 10**10 }}", "{{ 'a' * 10000000000 }}", "{{ 10 ** 10 ** 10 }}", "{{ '%9999999999d' % 1 }}",
    "{{ [0] * 10000000000 }}", "{{ range(10000000000)|length }}", "{{ 'a'|center(10000000000) }}",
    "{{ 1|round(1000000) }}",
    "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}" + "{% endfor %}" * 3,
    "{% for a in range(1000) %}{% for b in range(1000) %}{{ a }}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}" + "x" * 10_000 + "{% endfor %}",
    "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "{% set x = 'aaaaaaaa' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
    "{% set x = 9 %}" + "{% set x = x * x %}" * 40 + "{{ x }}",
    "{% set x = 'aaaaaaaa' %}" + "{% set x = x|replace('a', x) %}" * 10 + "{{ x }}",
    "{% set x = 'aaaaaaaa' %}" + "{% set x = [x, x, x, x, x, x, x, x]|join(x) %}" * 20 + "{{ x }}",
    "{% set x = 1 %}" + "{% set x = [x, x] %}" * 40 + "{{ x|join }}",
    "{{ 'x' }}" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_no_bomb_explodes(source: str) -> None:
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(RenderError):
            rendered(source)
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 20


def test_html_is_escaped_and_text_is_not() -> None:
    context = CONTEXT | {"customer": {"first_name": "<b>&"}}
    letter = renderer().render(Template("t", "Hi {{ customer.first_name }}", "P {{ customer.first_name }}",
                                        "<body><p>{{ customer.first_name }}</p></body>", None), context)  # fmt: skip
    assert letter.subject == "Hi <b>&"
    assert "<p>&lt;b&gt;&amp;</p>" in letter.html
    assert ">P &lt;b&gt;&amp;</div><p>" in letter.html
    assert letter.text == "<b>&\n"


@pytest.mark.parametrize("subject", ["", "  ", "{{ customer.tier }}", "a\nb", "a{{ '\\r\\n' }}Bcc: x"])
def test_a_subject_is_one_line_with_words(subject: str) -> None:
    with pytest.raises(RenderError, match="subject"):
        renderer().render(Template("t", subject, "", "<p>x</p>", None), CONTEXT)


def test_parameters_of_links_that_look_like_signs_stay_in_the_plain_part() -> None:
    html = '<p><a href="https://x.example/?a=1&region=2&current=3&amp;b=4">Look</a></p>'
    letter = renderer().render(Template("t", "s", "", html, None), CONTEXT)
    assert letter.text == "Look (https://x.example/?a=1&region=2&current=3&b=4)\n"


def test_the_plain_part_says_what_the_html_says() -> None:
    html = """<html><head><title>T</title><style>p { color: red }</style></head><body>
<!-- note --><h1>Hello&nbsp;{{ customer.first_name }}</h1>
<p>Read   <b>this</b>, <a href="https://shop.example/?a=1&amp;b={{ message.key }}">our news</a><br>and that.</p>
{% if rfm %}<p>never</p>{% endif %}
<div style="display: none">hidden <span>too</span></div>
<table>
{% for line in last_receipt.lines %}
<tr><td>{{ line.product }}</td><td>{{ line.amount|money }}</td></tr>
{% endfor %}
</table>
<ul><li>one</li><li>two</li></ul><hr>
<a href="{{ unsubscribe_url }}"><img src="x.png" alt="Leave"></a> <a href="#top">up</a>
<a href="https://shop.example">https://shop.example</a>
</body></html>"""
    text = renderer().render(Template("t", "s", "", html, None), CONTEXT).text
    assert text == (
        "Hello\xa0Anna\n\nRead this, our news (https://shop.example/?a=1&b=k)\nand that.\n\n"
        "Milk $3.50\nBread & butter $6.50\n\n- one\n- two\n\n-----\n\n"
        "Leave (https://shop.example/u?a=1&b=2) up https://shop.example\n"
    )


@given(st.text(st.sampled_from("<>/ab &;=\"'{}%#!-\n"), max_size=60))
def test_no_html_breaks_the_converter(html: str) -> None:
    """Either a letter or a RenderError, whatever somebody calls HTML."""
    try:
        renderer().render(Template("t", "s", "", html, None), CONTEXT)
    except RenderError:
        return
