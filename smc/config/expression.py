"""Arithmetic over metrics: numbers, names, + - * / and brackets, read by Python's parser, written as SQL text."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from typing import assert_never

_ALLOWED = re.compile(r"[A-Za-z0-9_.+\-*/()\s]*")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_EXACT = re.compile(r"0*\d{1,15}(\.\d{1,6})?")
_LONGEST = 1000
_ZERO = "cast(0 as decimal(38, 0))"
_HELP = "An expression has metric names, numbers such as 12 or 0.5, + - * / and brackets."

Term = ast.BinOp | ast.UnaryOp | ast.Name | ast.Constant


class ExpressionError(ValueError):
    """An expression that is not arithmetic over metrics; ``remedy`` says what to write."""

    def __init__(self, message: str, remedy: str = _HELP) -> None:
        super().__init__(message)
        self.remedy = remedy


def parse(text: str) -> Term:
    """The tree of an expression; ``ExpressionError`` when it is anything but arithmetic."""
    source = " ".join(text.split())
    if not _ALLOWED.fullmatch(source):
        wrong = next(sign for sign in source if not _ALLOWED.fullmatch(sign))
        raise ExpressionError(f"'{wrong}' cannot stand in an expression")
    if len(source) > _LONGEST:
        raise ExpressionError(f"the expression is longer than {_LONGEST} characters", "Split it into several metrics.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"the expression '{source}' cannot be read: {error.msg}") from error
    return _term(tree, source)


def names(term: Term) -> Iterator[str]:
    """Every metric that the expression names, in order, perhaps several times."""
    return (node.id for node in ast.walk(term) if isinstance(node, ast.Name))


def inexact(term: Term) -> bool:
    """Whether it multiplies or divides, so that its value is a DOUBLE and can be too large for a number."""
    return any(isinstance(node, ast.Div | ast.Mult) for node in ast.walk(term))


def compiled(term: Term, read: Callable[[str], str]) -> str:
    """SQL text, ``read`` giving that of a name. ``/`` and ``*`` are of DOUBLE; division by zero gives null.

    A chain of sums or of products stands in one pair of brackets, so that only brackets of the user nest. A chain of
    sums begins with a wide zero: so all of it is done in DECIMAL(38), which whole numbers and money cannot fill.
    """
    match term:
        case ast.Name(id=name):
            return f"({read(name)})"
        case ast.Constant(value=value):
            return str(value)
        case ast.UnaryOp(operand=operand):
            return f"({_ZERO} - {compiled(_known(operand), read)})"
        case ast.BinOp():
            return f"({_chain(term, read)})"
        case _:
            assert_never(term)


def _chain(term: ast.BinOp, read: Callable[[str], str]) -> str:
    """The operation with those of the same rank to its left, without brackets: they are done from left to right."""
    left, right = _known(term.left), compiled(_known(term.right), read)
    sums = isinstance(term.op, ast.Add | ast.Sub)
    same = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add | ast.Sub) is sums
    before = _chain(left, read) if same and isinstance(left, ast.BinOp) else compiled(left, read)
    if sums and not same:
        before = f"{_ZERO} + {before}"
    match term.op:
        case ast.Add():
            return f"{before} + {right}"
        case ast.Sub():
            return f"{before} - {right}"
        case ast.Div():
            return f"{before if same else _double(before)} / nullif({_double(right)}, 0)"
        case _:
            return f"{before if same else _double(before)} * {_double(right)}"


def _double(text: str) -> str:
    return f"cast({text} as double)"


def _term(node: ast.expr, source: str) -> Term:
    """The node, checked all the way down; numbers become the text that was written, so that they stay exact."""
    match node:
        case ast.Name():
            return node
        case ast.Constant():
            written = ast.get_source_segment(source, node) or ""
            if not _NUMBER.fullmatch(written):
                raise ExpressionError(f"'{written}' is not a number")
            if not _EXACT.fullmatch(written):
                raise ExpressionError(
                    f"'{written}' is too long a number", "Write at most 15 digits, and 6 behind the point."
                )
            return ast.copy_location(ast.Constant(written), node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ast.copy_location(ast.UnaryOp(ast.USub(), _term(operand, source)), node)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right):
            return ast.copy_location(ast.BinOp(_term(left, source), op, _term(right, source)), node)
        case _:
            raise ExpressionError(f"'{ast.get_source_segment(source, node)}' is not arithmetic over metrics")


def _known(node: ast.expr) -> Term:
    """A part of a tree that ``_term`` has made, for the type checker."""
    if not isinstance(node, ast.BinOp | ast.UnaryOp | ast.Name | ast.Constant):
        raise TypeError(type(node).__name__)
    return node
