"""How many segments a text takes: the tables of 3GPP TS 23.038, and signs that are never divided."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.model.sms import Size, fixed, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size("GSM-7", 0, 1)),
        ("a" * 160, Size("GSM-7", 160, 1)),
        ("a" * 161, Size("GSM-7", 161, 2)),
        ("a" * 306, Size("GSM-7", 306, 2)),
        ("a" * 307, Size("GSM-7", 307, 3)),
        ("€" * 80, Size("GSM-7", 160, 1)),
        ("€" * 81, Size("GSM-7", 162, 2)),
        # the sign of two septets does not fit into the last one of the first segment
        ("a" * 152 + "€" + "a" * 151, Size("GSM-7", 305, 2)),
        ("a" * 152 + "€" + "a" * 152, Size("GSM-7", 306, 3)),
        ("Zürich {%}\n", Size("GSM-7", 13, 1)),
        ("Привет", Size("UCS-2", 6, 1)),
        ("я" * 70, Size("UCS-2", 70, 1)),
        ("я" * 71, Size("UCS-2", 71, 2)),
        ("я" * 134, Size("UCS-2", 134, 2)),
        ("я" * 135, Size("UCS-2", 135, 3)),
        ("a" * 70 + "ç", Size("UCS-2", 71, 2)),  # a small c with a cedilla is not in the alphabet, a large one is
        ("😀" * 35, Size("UCS-2", 70, 1)),
        ("😀" * 36, Size("UCS-2", 72, 2)),
        ("я" * 66 + "😀" + "я" * 65, Size("UCS-2", 133, 2)),
        ("я" * 66 + "😀" + "я" * 66, Size("UCS-2", 134, 3)),
    ],
)
def test_segments(text: str, expected: Size) -> None:
    assert size(text) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="aé€[я😀", max_size=400))
def test_no_text_takes_fewer_segments_than_its_units_need(text: str) -> None:
    found = size(text)
    alone, of_many = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    least = 1 if found.units <= alone else -(-found.units // of_many)
    most = 1 if found.units <= alone else -(-found.units // (of_many - 1))
    assert least <= found.segments <= most
    if found.encoding == "UCS-2":
        assert found.units == len(text.encode("utf-16-be")) // 2


def test_what_is_said_to_everyone() -> None:
    assert fixed("Hi {{ customer.first_name }},{# later #}{% if x %} yes{% endif %}!\n") == "Hi , yes!"
