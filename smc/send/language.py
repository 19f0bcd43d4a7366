"""The language of templates: Jinja2 cut down to what a letter needs, and bounded so that no template can run away.

Jinja's own sandbox stops reaching into Python, but not memory bombs. What protects here, in this order:

1. A list of what may be written (``_ALLOWED``): no macros, includes, slices, powers and no calls except ``range`` and
   ``loop.cycle``; so ``format`` and every other method is out of reach, whatever object it sits on.
2. Attributes are read from our own mappings only; Python objects have none, except the parts of a date.
3. Arithmetic, joining and filters look at the size of a result before they make it.
4. One budget per rendering, counted in steps and not in seconds, so that a slow machine changes nothing.
"""

from __future__ import annotations

import math
import operator as operators
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from smc.config.problem import nearest
from smc.errors import RenderError

MAX_STEPS = 1_000_000
MAX_TEXT = 65_536
MAX_RANGE = 1_000
MAX_BITS = 128
MAX_DEPTH = 50
MAX_BLOCKS = 15
"""Python refuses 20 loops in each other and 100 levels of indentation."""
_TOO_DEEP = "the template is nested too deeply"

_ALLOWED = frozenset({
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos,
    nodes.Concat, nodes.Assign, nodes.Tuple, nodes.List, nodes.Call, nodes.Keyword,
})  # fmt: skip
_LOOP = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length", "cycle"})
_DATE = frozenset({"year", "month", "day"})
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operators.add, "-": operators.sub, "*": operators.mul, "/": operators.truediv, "//": operators.floordiv,
    "%": operators.mod,
}  # fmt: skip
_DIVISIONS = frozenset({"/", "//", "%"})
_LEFT_OVER = re.compile(r"\{\{|\b(?:None|nan|NaN|Undefined)\b")


class Budget:
    """Steps that one rendering may still take."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise RenderError("the template does too much work", remedy="Shorten its loops.")


class Language(ImmutableSandboxedEnvironment):
    """``filters`` is the whole list of filters: Jinja's own are not there. One environment serves one thread."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, filters: Mapping[str, Callable[..., Any]], budget: Budget, *, autoescape: bool) -> None:
        super().__init__(
            undefined=StrictUndefined, autoescape=autoescape, optimized=False, trim_blocks=True, lstrip_blocks=True,
            auto_reload=False, cache_size=0,
        )  # fmt: skip
        self.budget = budget
        self.public = frozenset(filters)
        self.filters = {name: self._bounded(name, function) for name, function in filters.items()}
        self.filters |= {"_shown": _shown, "_each": self._each, "_joined": self._joined}
        self.tests = {"none": _is_none, "even": _is_even, "odd": _is_odd}
        self.globals = {"range": _range}

    def tree(self, source: str, name: str | None = None) -> nodes.Template:
        """Parse and check; ``TemplateSyntaxError`` with the line when something is not allowed."""
        try:
            guarded = _Guard(self.public).visit(self.parse(source, name))
        except RecursionError:  # the labels and the costs of loops look further down than the guard has come
            raise TemplateSyntaxError(_TOO_DEEP, 1, name) from None
        guarded.set_environment(self)
        return guarded  # type: ignore[no-any-return]  # jinja's visitors are not typed

    def parse(self, source: str, name: str | None = None, filename: str | None = None) -> nodes.Template:
        """As Jinja's, which falls over templates that are nested hundreds of times."""
        try:
            return super().parse(source, name, filename)
        except RecursionError:
            raise TemplateSyntaxError(_TOO_DEEP, 1, name) from None

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - jinja's shape
        self.budget.spend(1)
        return _arithmetic(operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of one of our mappings. A field of nothing is nothing, so that ``last_receipt.day`` can be tested."""
        if isinstance(obj, dict):
            if attribute in obj:
                return obj[attribute]
            raise RenderError(f"there is no '{attribute}' here", remedy=nearest(attribute, map(str, obj)))
        if obj is None:
            return None
        if isinstance(obj, Undefined):
            return obj._fail_with_undefined_error()  # noqa: SLF001 - jinja's name for raising its own message
        known = _LOOP if isinstance(obj, LoopContext) else _DATE if isinstance(obj, date) else frozenset()
        if attribute in known:
            return getattr(obj, attribute)
        raise RenderError(f"there is no '{attribute}' here", remedy=nearest(attribute, known) if known else "")

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else None
        if isinstance(obj, dict) and str(argument) not in obj:  # the key may be a customer's value, so it is not named
            raise RenderError("there is no field of this name here")
        return self.getattr(obj, str(argument))

    def _bounded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(value: Any, *arguments: Any, **named: Any) -> Any:
            self.budget.spend(1)
            if isinstance(value, Undefined):
                value._fail_with_undefined_error()  # noqa: SLF001 - jinja's name for raising its own message
            if value is None and name != "default":
                raise RenderError(f"a value before |{name} is missing", remedy="Put |default(…) before it.")
            result = function(value, *arguments, **named)
            if isinstance(result, str):
                self.budget.spend(_fitting(len(result)) >> 6)
            return result

        return bounded

    def _each(self, value: Any, cost: int) -> Sequence[Any]:
        """What a loop runs over; the cost of all its turns is paid before the first. Nothing has no turns."""
        if value is None:
            return ()
        if not isinstance(value, list | tuple | range):
            raise RenderError("a loop needs a list")
        self.budget.spend(len(value) * cost)
        return value

    def _joined(self, first: Any, *others: Any) -> str:
        texts = [str(_shown(value, "a value beside ~")) for value in (first, *others)]
        self.budget.spend(_fitting(sum(map(len, texts))) >> 6)
        return "".join(texts)


class _Guard(NodeTransformer):
    """Refuse what is not allowed, and put our checks around what is printed, joined and looped over."""

    def __init__(self, filters: frozenset[str]) -> None:
        self.known = filters
        self.depth = 0
        self.blocks = 0

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if type(node) not in _ALLOWED:
            raise TemplateSyntaxError(f"'{type(node).__name__.lower()}' is not allowed in a template", node.lineno)
        block = isinstance(node, nodes.If | nodes.For)
        self.depth, self.blocks = self.depth + 1, self.blocks + block
        if self.depth > MAX_DEPTH or self.blocks > MAX_BLOCKS:
            raise TemplateSyntaxError(_TOO_DEEP, node.lineno)
        try:
            return super().visit(node, *args, **kwargs)
        finally:
            self.depth, self.blocks = self.depth - 1, self.blocks - block

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802 - jinja looks for this name
        if node.name not in self.known:
            what = f"no filter is called '{node.name}'. {nearest(node.name, self.known)}"
            raise TemplateSyntaxError(what, node.lineno)
        return self.generic_visit(node)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - jinja looks for this name
        match node.node:
            case nodes.Name(name="range") | nodes.Getattr(node=nodes.Name(name="loop"), attr="cycle"):
                return self.generic_visit(node)
        raise TemplateSyntaxError("a template calls nothing but range(); use a filter: {{ value|upper }}", node.lineno)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - jinja looks for this name
        if node.recursive:
            raise TemplateSyntaxError("a recursive loop is not allowed in a template", node.lineno)
        cost = 1 + sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _filter(node.iter, "_each", nodes.Const(cost, lineno=node.lineno))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - jinja looks for this name
        self.generic_visit(node)
        return _filter(node.nodes[0], "_joined", *node.nodes[1:])

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - jinja looks for this name
        labels = [_label(child) for child in node.nodes]
        self.generic_visit(node)
        node.nodes = [
            child
            if isinstance(child, nodes.TemplateData)
            else _filter(child, "_shown", nodes.Const(label, lineno=child.lineno))
            for child, label in zip(node.nodes, labels, strict=True)
        ]
        return node


def _filter(value: Any, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)


def _label(node: nodes.Expr) -> str:
    """How the author wrote a printed value, for messages."""
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Getattr():
            return f"{_label(node.node)}.{node.attr}"
        case nodes.Filter() if node.node is not None:
            return f"{_label(node.node)}|{node.name}"
    return "a value"


def _shown(value: Any, label: str) -> Any:
    """The value itself, if a customer may read it."""
    match value:
        case str():
            if found := _LEFT_OVER.search(value):
                raise RenderError(f"{label} holds '{found[0]}', the trace of a value that was lost before the import")
        case None:
            raise RenderError(f"{label} is empty", remedy=f"Write {{{{ {label}|default('…') }}}} if that may happen.")
        case bool():
            raise RenderError(f"{label} is true or false", remedy="Ask with {% if %}.")
        case int() | Decimal() | date():
            return value
        case float():
            if not math.isfinite(value):
                raise RenderError(f"{label} is not a number")
        case Undefined():
            value._fail_with_undefined_error()  # noqa: SLF001 - jinja's name for raising its own message
        case _:
            raise RenderError(f"{label} is not a single value", remedy="Name a field of it, or loop over it.")
    return value


def _fitting(length: int) -> int:
    if length > MAX_TEXT:
        raise RenderError(f"a value would have {length} characters; {MAX_TEXT} are allowed")
    return length


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > MAX_RANGE:
        raise RenderError(f"range() has more than {MAX_RANGE} turns")
    return made


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Numbers with numbers, and ``+`` of two texts. A binary fraction beside money becomes decimal as it is written."""
    if isinstance(left, str) and isinstance(right, str) and operator == "+":
        _fitting(len(left) + len(right))
        return left + right
    a, b = _number(left, right), _number(right, left)
    if operator == "*" and isinstance(a, int) and isinstance(b, int) and a.bit_length() + b.bit_length() > MAX_BITS:
        raise RenderError("a number grows too large")
    if b == 0 and operator in _DIVISIONS:
        raise RenderError("a division by zero", remedy="Ask with {% if %} first.")
    return _OPERATORS[operator](a, b)


def _number(value: Any, other: Any) -> Any:
    if value is None:
        raise RenderError("a value in a calculation is missing", remedy="Put |default(0) behind it.")
    if isinstance(value, float) and isinstance(other, Decimal):
        return Decimal(repr(value))
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    raise RenderError("a calculation needs numbers")


def _is_none(value: Any) -> bool:
    return value is None


def _is_even(value: int) -> bool:
    return value % 2 == 0


def _is_odd(value: int) -> bool:
    return value % 2 == 1
