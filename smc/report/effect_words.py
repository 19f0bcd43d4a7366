"""Steps that are no messages, in words."""

from __future__ import annotations

from typing import Any


def effect_words(kind: str, value: Any) -> str:  # noqa: PLR0911 (one return per kind)
    match kind:
        case "promocode":
            return f"Give a promocode of “{value['group']}”{', the last one again' if value.get('repeat_last') else ''}"
        case "points":
            return f"Give {value['amount']} points{_lasting(value)}"
        case "bonuses":
            much = value["amount"] if value.get("amount") else f"{value['percent']} % of the total"
            return f"Give {much} bonuses{_lasting(value)}"
        case "attribute":
            return "Set " + ", ".join(f"{name} to {one}" for name, one in value["set"].items())
        case "call":
            return f"Call, list “{value['list']}”"
        case "notify":
            return f"Notify {', '.join(value['to'])}"
        case "webhook":
            return f"Post to “{value['to']}”"
        case "poll":
            return f"Open the poll “{value['poll']}”"
        case _:
            return f"{kind}: {value}"


def _lasting(value: Any) -> str:
    return f" for {value['lifetime']} days" if value.get("lifetime") else ""
