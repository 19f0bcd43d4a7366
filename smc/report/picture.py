"""The tree of a campaign as SVG: an outline from top to bottom, branches to the right, arrows where people go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from smc.report.graph import Graph
from smc.report.words import Node

_ROW, _BOX, _PILL, _INDENT, _EDGE = 58, 42, 24, 44, 20
_LETTER, _PAD = 7.4, 14
_FILL = {
    "email": "#dbeafe", "wait": "#f3f4f6", "wait_until": "#f3f4f6", "exit": "#fee2e2",
    "filter": "#fef3c7", "split": "#ede9fe", "control": "#ede9fe", "limit": "#fef3c7", "start": "#dcfce7",
}  # fmt: skip
_OTHER = "#e0f2fe"
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#111827}.who,.way{font-size:11px;fill:#4b5563}"
    ".box{stroke:#9ca3af}.pill{fill:#fff;stroke:#9ca3af}.line{stroke:#6b7280;stroke-width:1.4;fill:none}"
)
_HEAD = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" fill="#6b7280"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class _Box:
    """A step, the trigger, or (``pill``) the label of a branch, placed. ``above``: index of the box that leads here."""

    x: float
    y: float
    text: str
    who: str
    fill: str
    above: int | None
    pill: bool = False

    @property
    def height(self) -> float:
        return _PILL if self.pill else _BOX

    @property
    def width(self) -> float:
        return max(_length(self.text), _length(self.who) * 0.85) + 2 * _PAD


def svg(found: Graph) -> str:
    """A whole SVG document; it uses no script and nothing from outside."""
    boxes: list[_Box] = []
    entered = "" if found.counts is None else f"{found.counts.entered} entered"
    boxes.append(_Box(_EDGE, _EDGE, found.trigger, entered, _FILL["start"], None))
    _place(found, found.nodes, 0, boxes, above=0)
    width = max(box.x + box.width for box in boxes) + _EDGE
    height = boxes[-1].y + boxes[-1].height + _EDGE
    size = f'width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" {size} role="img">',
        f"<title>{escape(found.title)}</title><style>{_STYLE}</style>",
        _HEAD,
        f'<rect {size} fill="#fff"/>',
        *(_arrow(boxes[box.above], box) for box in boxes if box.above is not None),
        *(part for box in boxes for part in _drawn(box)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(found: Graph, nodes: Sequence[Node], depth: int, boxes: list[_Box], *, above: int) -> None:
    """Each box below the last one; those of a branch are indented behind its label."""
    for node in nodes:
        at = len(boxes)
        fill = _FILL.get(node.kind, _OTHER)
        text = f"{node.number}  {node.text}"
        boxes.append(_Box(_EDGE + depth * _INDENT, _below(boxes), text, found.who(node), fill, above))
        for branch in node.branches:
            label = found.way(node, branch)
            pill = _Box(_EDGE + (depth + 1) * _INDENT, _below(boxes), label, "", "", at, pill=True)
            boxes.append(pill)
            _place(found, branch.nodes, depth + 1, boxes, above=len(boxes) - 1)
        above = at


def _below(boxes: Sequence[_Box]) -> float:
    last = boxes[-1]
    return last.y + last.height + (_ROW - _BOX)


def _arrow(above: _Box, box: _Box) -> str:
    """Straight down to a box of the same depth, round a corner to a branch."""
    start, end = above.y + above.height, box.y
    if box.pill:
        x, middle = above.x + _INDENT / 2, box.y + box.height / 2
        return f'<path class="line" marker-end="url(#to)" d="M{x:.0f} {start:.0f}V{middle:.0f}H{box.x:.0f}"/>'
    x = box.x + _INDENT / 4
    return f'<path class="line" marker-end="url(#to)" d="M{x:.0f} {start:.0f}V{end:.0f}"/>'


def _drawn(box: _Box) -> Iterator[str]:
    kind, fill = ("pill", "") if box.pill else ("box", f' fill="{box.fill}"')
    radius = box.height / 2 if box.pill else 8
    yield (
        f'<rect class="{kind}"{fill} x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" '
        f'height="{box.height:.0f}" rx="{radius:.0f}"/>'
    )
    x = box.x + _PAD
    if box.pill:
        yield f'<text class="way" x="{x:.0f}" y="{box.y + 16:.0f}">{escape(box.text)}</text>'
        return
    yield f'<text x="{x:.0f}" y="{box.y + (18 if box.who else 26):.0f}">{escape(box.text)}</text>'
    if box.who:
        yield f'<text class="who" x="{x:.0f}" y="{box.y + 34:.0f}">{escape(box.who)}</text>'


def _length(text: str) -> float:
    """About how wide a text is, in pixels; letters of East Asia are twice as wide."""
    return sum(_LETTER * (2 if east_asian_width(letter) in "WF" else 1) for letter in text)
