"""Charts as SVG inside the page: drawn by Vega-Lite, then cleaned so that page colours, dark mode and paper apply.

Every chart is drawn twice, for a wide and for a narrow screen, and the style sheet shows the one that fits: a scaled
chart would have letters too small to read on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from markupsafe import Markup

# Colours that stand for others: Vega writes them, the page's variables take their place.
_INK, _LINE = "#000001", "#000002"
_SERIES = ("#000011", "#000012", "#000013", "#000014")
_COLOURS = {
    _INK: "currentColor",
    _LINE: "var(--line)",
    **{colour: f"var(--c{place})" for place, colour in enumerate(_SERIES, start=1)},
}
_SIZES = {"wide": (1040, 280), "half": (500, 270), "narrow": (350, 240)}
_BROADEST = 60
"""Pixels of a bar at most."""
_FORMATS = {"count": "~s", "money": "~s", "share": ".0%"}

MISSING = Markup(
    "<p class=\"hint\">The chart needs the extra <code>report</code>: <code>pip install 'smc[report]'</code>."
    " The table has the same figures.</p>"
)


@dataclass(frozen=True, slots=True)
class Point:
    """``x`` places keep the order in which they first come. ``tip`` is read when one points at the mark."""

    x: str
    series: str
    value: float
    tip: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """``key`` must be unique on its page. ``series`` gives the order, from below, and the colours.

    ``half``: it stands beside another one on wide screens.
    """

    key: str
    title: str
    points: Sequence[Point]
    series: tuple[str, ...]
    values: Literal["count", "money", "share"] = "count"
    mark: Literal["bar", "line"] = "bar"
    x_title: str = ""
    half: bool = False

    @property
    def description(self) -> str:
        """What one hears instead of seeing it."""
        if not self.points:
            return "No data."
        return f"From {self.points[0].tip} to {self.points[-1].tip}"


def draw(chart: Chart) -> Markup:
    """Both sizes with a legend where there are several series; nothing when there is nothing to draw."""
    if not chart.points:
        return Markup('<p class="hint">Nothing to draw yet.</p>')
    try:
        sizes = ("half" if chart.half else "wide", "narrow")
        pictures = [_cleaned(_svg(chart, *_SIZES[size]), chart, size) for size in sizes]
    except ImportError:
        return MISSING
    return Markup(_legend(chart) + "".join(pictures))  # noqa: S704 (texts are escaped by Vega and by _cleaned)


def _legend(chart: Chart) -> str:
    if len(chart.series) == 1:
        return ""
    items = "".join(
        f'<li><i class="key c{place}"></i>{escape(name)}</li>' for place, name in enumerate(chart.series, start=1)
    )
    return f'<ul class="legend">{items}</ul>'


def _svg(chart: Chart, width: int, height: int) -> str:
    """Vega's own SVG. Altair's check of every part against its schema would take most of the time of a report."""
    import altair as alt
    import vl_convert
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        drawing = _drawing(alt, chart, width, height).to_dict(validate=False)
    return str(vl_convert.vegalite_to_svg(drawing))


def _drawing(alt: Any, chart: Chart, width: int, height: int) -> Any:
    rank = {name: place for place, name in enumerate(chart.series)}
    values = [
        {"x": p.x, "series": p.series, "value": p.value, "tip": p.tip, "rank": rank[p.series], "partial": p.partial}
        for p in chart.points
    ]
    base = alt.Chart(alt.InlineData(values=values), width=width, height=height)
    marked = (
        base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=44, filled=True))
        if chart.mark == "line"
        else base.mark_bar(cornerRadius=1)
    )
    # A few broad bars look like a wall, so the room between them grows instead.
    gap = max(0.3, 1 - _BROADEST * len({p.x for p in chart.points}) / width)
    stack: Any = "zero" if chart.mark == "bar" else None
    drawn = marked.encode(
        x=alt.X(
            "x:O",
            sort=None,
            title=chart.x_title or None,
            scale=alt.Scale(paddingInner=gap, paddingOuter=gap / 2) if chart.mark == "bar" else alt.Undefined,
            axis=alt.Axis(
                labelAngle=0, labelOverlap="greedy", ticks=False, labelPadding=8, values=_shown(chart, width)
            ),
        ),
        y=alt.Y("value:Q", title=None, stack=stack, axis=_y_axis(alt, chart),
                scale=alt.Scale(domain=[0, 1]) if chart.values == "share" else alt.Undefined),
        color=alt.Color("series:N", legend=None,
                        scale=alt.Scale(domain=list(chart.series), range=list(_SERIES[: len(chart.series)]))),
        order=alt.Order("rank:Q") if chart.mark == "bar" else alt.Undefined,
        opacity=alt.condition("datum.partial", alt.value(0.45), alt.value(1)) if chart.mark == "bar" else alt.Undefined,
        description="tip:N",
    )  # fmt: skip
    return _configured(drawn)


def _y_axis(alt: Any, chart: Chart) -> Any:
    words = f"datum.value === 0 ? '0' : format(datum.value, '{_FORMATS[chart.values]}')"
    whole = {"tickMinStep": 1} if chart.values == "count" else {}
    return alt.Axis(labelExpr=words, tickCount=5, labelPadding=8, **whole)


def _shown(chart: Chart, width: int) -> list[str]:
    """Evenly spaced labels that have room; Vega's own choice leaves out neighbours unevenly."""
    places = list(dict.fromkeys(p.x for p in chart.points))
    longest = max(len(place) for place in places) * 7 + 14
    every = -(-len(places) * longest // (width - 50))
    return places[:: max(1, every)]


def _configured(chart: Any) -> Any:
    return chart.configure(
        autosize={"type": "fit", "contains": "padding"}, background="transparent", padding=4,
    ).configure_axis(
        labelColor=_INK, titleColor=_INK, gridColor=_LINE, domainColor=_LINE, tickColor=_LINE, labelFontSize=12,
        titleFontSize=12, titleFontWeight="normal", labelOpacity=0.75, titleOpacity=0.75, titlePadding=8,
    ).configure_axisX(grid=False).configure_axisY(domain=False, ticks=False).configure_view(stroke=None)  # fmt: skip


_ROOT = re.compile(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>')
_BACKGROUND = re.compile(r'<rect [^>]*fill="transparent"[^>]*/>')
_MARK = re.compile(r'<path aria-label="(?P<tip>[^"]*)"(?P<rest>[^>]*)/>')
_NOISE = re.compile(r' (?:role|aria-[a-z]+|pointer-events|font-family|class)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_CLIP = re.compile(r'<clipPath id="([^"]+)"')
_HIDDEN = re.compile(r'<path[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*/>')


def _cleaned(svg: str, chart: Chart, size: str) -> str:
    """No fixed size, colours of the page, a title and a description, and a tip on every mark."""
    key = f"{chart.key}-{size}"
    body = _HIDDEN.sub("", _BACKGROUND.sub("", svg))
    body = _MARK.sub(lambda found: f"<path{found['rest']}><title>{found['tip']}</title></path>", body)
    body = _LONG.sub(lambda found: f"{float(found[0]):.2f}", _NOISE.sub("", body))
    # Vega numbers its clips over the whole process; here they begin with 1 on each chart.
    for number, name in enumerate(dict.fromkeys(_CLIP.findall(body)), start=1):
        body = body.replace(f'id="{name}"', f'id="{key}-c{number}"').replace(f"url(#{name})", f"url(#{key}-c{number})")
    for stand_in, colour in _COLOURS.items():
        body = body.replace(f'"{stand_in}"', f'"{colour}"')

    def head(found: re.Match[str]) -> str:
        box = found[1]
        return (
            f'<svg class="chart {size}" role="img" aria-labelledby="{key}-t {key}-d" viewBox="{box}"'
            f' style="max-width:{box.split()[2]}px"><title id="{key}-t">{escape(chart.title)}</title>'
            f'<desc id="{key}-d">{escape(chart.description)}</desc>'
        )

    return _ROOT.sub(head, body, count=1)
