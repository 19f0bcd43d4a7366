"""Which names a template uses, found without rendering: to check a project, and to read no more than is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

ELEMENT = "[]"
_PASS = frozenset({"default", "d", "sort"})
_PICK = frozenset({"first", "last"})
_OWN = frozenset({"range", "loop"})

Path = tuple[str, ...]
Scope = Mapping[str, Path | None]


@dataclass(frozen=True, slots=True)
class Use:
    """``("last_receipt", "lines", "[]", "product")`` and the line where it stands, counted from 1."""

    path: Path
    line: int


def uses(tree: nodes.Template) -> list[Use]:
    """Every path that begins at a name of the context; names that the template sets itself are followed."""
    return list(_walk(tree.body, {}))


def _walk(body: Iterable[nodes.Node], scope: dict[str, Path | None]) -> Iterator[Use]:
    """``scope`` learns what the body sets; only a loop has names of its own."""
    for node in body:
        match node:
            case nodes.Assign():
                yield from _walk([node.node], scope)
                scope |= _bound(node.target, _path(node.node, scope))
            case nodes.For():
                yield from _walk([node.iter], scope)
                path = _path(node.iter, scope)
                inner = scope | _bound(node.target, (*path, ELEMENT) if path else None)
                yield from _walk([*([node.test] if node.test else []), *node.body], inner)
                yield from _walk(node.else_, scope)
            case nodes.Name(ctx="load") | nodes.Getattr() | nodes.Getitem():
                yield from _chain(node, scope)
            case _:
                yield from _walk(node.iter_child_nodes(), scope)


def _chain(node: nodes.Expr, scope: dict[str, Path | None]) -> Iterator[Use]:
    path = _path(node, scope)
    if path:
        yield Use(path, node.lineno)
    elif not isinstance(node, nodes.Name):
        yield from _walk(node.iter_child_nodes(), scope)


def _path(node: Any, scope: Scope) -> Path | None:
    """Where a value comes from; None when it is computed or the template's own."""
    match node:
        case nodes.Name(name=name):
            return scope.get(name, None if name in _OWN else (name,))
        case nodes.Getattr(node=inner, attr=attribute):
            return _longer(_path(inner, scope), attribute)
        case nodes.Getitem(node=inner, arg=nodes.Const(value=key)):
            return _longer(_path(inner, scope), key if isinstance(key, str) else ELEMENT)
        case nodes.Filter(node=inner, name=name) if name in _PASS:
            return _path(inner, scope)
        case nodes.Filter(node=inner, name=name) if name in _PICK:
            return _longer(_path(inner, scope), ELEMENT)
    return None


def _longer(path: Path | None, step: str) -> Path | None:
    return (*path, step) if path else None


def _bound(target: nodes.Node, path: Path | None) -> dict[str, Path | None]:
    if isinstance(target, nodes.Name):
        return {target.name: path}
    return {name.name: None for name in target.find_all(nodes.Name)}
