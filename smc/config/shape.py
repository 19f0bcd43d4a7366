"""From pydantic's way to a mistake (keys and union tags mixed) to the way in the YAML and the type that is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Tag

from smc.config.layout import Keys
from smc.config.specs.base import Spec

KEY = "[key]"


@dataclass(frozen=True, slots=True)
class Spot:
    """``path`` in the YAML; ``spec``: the mapping that the last key belongs to, or that stands there itself.

    ``union`` is the length of the path at which the innermost untagged union began, ``siblings`` the keys that the
    other members of a tagged union know.
    """

    path: Keys
    on_key: bool = False
    spec: type[Spec] | None = None
    union: int | None = None
    siblings: frozenset[str] = frozenset()


def locate(kind: type[Spec], loc: tuple[str | int, ...]) -> Spot:
    """Follow pydantic's way through the types of a kind."""
    path: list[str | int] = []
    wanted: Any = kind
    spec: type[Spec] | None = kind
    union: int | None = None
    siblings: frozenset[str] = frozenset()
    for step in loc:
        wanted = bare(wanted)
        members = _members(wanted)
        if tags := dict(_tags(members)):
            siblings = frozenset(key for member in tags.values() for key in keys_of(bare(member)))
        elif members:
            union = len(path)
        elif step == KEY:
            return Spot(tuple(path), on_key=True)
        else:
            spec = wanted if _is_spec(wanted) else None
            path.append(step)
        wanted = _step(wanted, step)
        if _is_spec(bare(wanted)):
            spec = bare(wanted)
    return Spot(tuple(path), spec=spec, union=union, siblings=siblings)


def bare(wanted: Any) -> Any:
    """A type without Annotated, Tag and None."""
    while get_origin(wanted) is Annotated:
        wanted = get_args(wanted)[0]
    if get_origin(wanted) in {Union, UnionType}:
        members = [member for member in get_args(wanted) if member is not NoneType]
        if len(members) == 1:
            return bare(members[0])
    return wanted


def keys_of(wanted: Any) -> list[str]:
    """The keys that a spec's mapping may have, as they are written."""
    return [info.alias or name for name, info in _fields(wanted)] if _is_spec(wanted) else []


def pattern_of(spot: Spot) -> str:
    """The pattern of the text that should stand at a spot, if it has one."""
    name = spot.path[-1] if spot.path else ""
    for field, info in _fields(spot.spec) if spot.spec else ():
        if name in {field, info.alias}:
            return next((mark.pattern for mark in info.metadata if getattr(mark, "pattern", None)), "")
    return ""


def union_specs(kind: type[Spec], loc: tuple[str | int, ...]) -> list[type[Spec]]:
    """The mappings that could stand where an untagged union failed; the last step of ``loc`` names its member."""
    return [bare(member) for member in _members(bare(_at(kind, loc[:-1]))) if _is_spec(bare(member))]


def tags_at(kind: type[Spec], loc: tuple[str | int, ...]) -> list[str]:
    """The tags of the union that stands there."""
    return list(dict(_tags(_members(bare(_at(kind, loc))))))


def _at(kind: type[Spec], loc: tuple[str | int, ...]) -> Any:
    """The type at pydantic's way."""
    wanted: Any = kind
    for step in loc:
        wanted = _step(bare(wanted), step)
    return wanted


def _step(wanted: Any, step: str | int) -> Any:
    members = _members(wanted)
    if tags := dict(_tags(members)):
        return tags.get(str(step))
    if members:
        return next((member for member in members if getattr(bare(member), "__name__", "") == step), None)
    return _child(wanted, step)


def _members(wanted: Any) -> list[Any]:
    return [member for member in get_args(wanted) if member is not NoneType] if _is_union(wanted) else []


def _is_union(wanted: Any) -> bool:
    return get_origin(wanted) in {Union, UnionType}


def _tags(members: list[Any]) -> Iterator[tuple[str, Any]]:
    for member in members:
        if get_origin(member) is Annotated:
            for mark in get_args(member)[1:]:
                if isinstance(mark, Tag):
                    yield mark.tag, member
        if _is_union(bare(member)):  # an optional tagged union
            yield from _tags(_members(bare(member)))


def _child(wanted: Any, step: str | int) -> Any:
    if _is_spec(wanted):
        return next((info.annotation for name, info in _fields(wanted) if step == (info.alias or name)), None)
    arguments = get_args(wanted)
    if get_origin(wanted) is dict:
        return arguments[1]
    if get_origin(wanted) is tuple:
        return arguments[0] if Ellipsis in arguments else arguments[int(step)] if isinstance(step, int) else None
    return None


def _fields(spec: type[Spec]) -> list[tuple[str, Any]]:
    """The fields with their types resolved; a spec that names a later one is not complete at first."""
    if not spec.__pydantic_fields_complete__:
        spec.model_rebuild(force=True)
    return list(spec.model_fields.items())


def _is_spec(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, Spec)
