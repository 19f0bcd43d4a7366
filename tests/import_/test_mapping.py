"""From their columns to the text of a field."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.config.specs.feed import Format, Mapped
from smc.config.specs.project import FieldsSpec
from smc.import_.read.mapping import Texts
from smc.import_.read.reading import Reading, quoted
from smc.model.field import Field
from smc.warehouse import Warehouse

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

SPACES = "".join(sign for sign in map(chr, range(0x10000)) if unicodedata.category(sign) == "Zs")
"""What DuckDB's trim takes away: every space of Unicode, and no tab."""
CELLS = st.dictionaries(
    st.sampled_from("abc"),
    st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
)


def mapped(
    warehouse: Warehouse, mapping: dict[str, Any], cells: dict[str, str | None], *, null: str | None = None
) -> Any:
    """Text and fault of one field."""
    reading = Reading(Field("name", "string", "Name"), Mapped.model_validate(mapping))
    texts = Texts((reading,), Format(null=null), ("a", "b", "c"), {"words": {"w": "code"}}, "spaces")
    given = ", ".join(
        f"{'null' if cells.get(name) is None else quoted(str(cells[name]))}::varchar as k{i}"
        for i, name in enumerate(texts.columns)
    )
    return warehouse.rows(f"select t0, {texts.fault(0)} from ({texts.texts(f'select {given or 1}')})")[0]


MANY = {f"word {i}": f"c{i}" for i in range(150)}
"""So many that they are joined."""
LOOKUP = {"items": {"m": "male", "-": ""}}
LONG = {"items": MANY | {"m": "male", "-": "", 'it\'s "x" \u00e9 \\': "\n'odd\""}}
MISSING = "not in the list of lookup"


@pytest.mark.parametrize(
    ("mapping", "cells", "text"),
    [
        ({"column": "a"}, {"a": "  x "}, "x"),
        ({"constant": " x "}, {}, "x"),
        ({"join": ["a", "b", "c"]}, {"a": " x", "b": " ", "c": "z"}, "x z"),
        ({"join": ["a", "b"], "with": ", "}, {"a": "", "b": None}, None),
        ({"column": "a", "steps": ["upper"]}, {"a": "éa"}, "ÉA"),
        ({"column": "a", "steps": ["lower"]}, {"a": "ÉA"}, "éa"),
        ({"column": "a", "steps": ["capitalize"]}, {"a": "анна-МАРИЯ  де o'neil"}, "Анна-Мария  Де O'neil"),
        ({"column": "a", "steps": ["digits"]}, {"a": "+7 (912) x"}, "7912"),
        ({"column": "a", "steps": ["digits"]}, {"a": "none"}, None),
        ({"column": "a", "steps": [{"split": {"by": ";", "part": 2}}]}, {"a": "x; y ;z"}, "y"),
        ({"column": "a", "steps": [{"split": {"by": ";", "part": -1}}]}, {"a": "x;y;z"}, "z"),
        ({"column": "a", "steps": [{"split": {"by": ";", "part": -4}}]}, {"a": "x;y;z"}, None),
        ({"column": "a", "steps": [{"split": {"by": ";", "part": 2}}, {"default": "d"}]}, {"a": "x"}, "d"),
        ({"column": "a", "steps": [{"prefix": "p-"}, {"suffix": "-s"}]}, {"a": "x"}, "p-x-s"),
        ({"column": "a", "steps": [{"prefix": "p-"}, {"suffix": "-s"}]}, {"a": " "}, None),
        ({"column": "a", "steps": [{"lookup": LOOKUP}]}, {"a": "m"}, "male"),
        ({"column": "a", "steps": [{"lookup": LOOKUP}]}, {"a": "-"}, None),
        ({"column": "a", "steps": [{"lookup": LOOKUP}]}, {"a": ""}, None),
        ({"column": "a", "steps": [{"lookup": LOOKUP | {"otherwise": "empty"}}]}, {"a": "x"}, None),
        ({"column": "a", "steps": [{"lookup": LOOKUP | {"otherwise": "keep"}}]}, {"a": "x"}, "x"),
        ({"column": "a", "steps": [{"lookup": LOOKUP | {"otherwise": "keep"}}]}, {"a": "-"}, None),
        ({"column": "a", "steps": [{"lookup": {"dictionary": "words"}}]}, {"a": "w"}, "code"),
    ],
)  # fmt: skip
def test_steps(warehouse: Warehouse, mapping: dict[str, Any], cells: dict[str, str | None], text: str | None) -> None:
    assert mapped(warehouse, mapping, cells) == (text, None)


def test_a_word_that_a_lookup_lacks_is_said_whatever_follows(warehouse: Warehouse) -> None:
    steps: list[Any] = [{"lookup": LOOKUP}, {"default": "d"}, "upper"]
    assert mapped(warehouse, {"column": "a", "steps": steps}, {"a": "x"})[1] == MISSING


@pytest.mark.parametrize(("cells", "text"), [({"a": "-"}, None), ({"a": ""}, "d"), ({"a": "x"}, "x")])
def test_a_default_is_for_empty_cells_and_not_for_the_null_mark(
    warehouse: Warehouse, cells: dict[str, str | None], text: str | None
) -> None:
    assert mapped(warehouse, {"column": "a", "steps": [{"default": "d"}]}, cells, null="-")[0] == text


@pytest.mark.parametrize("word", [None, "", "m", "-", "x", "M", 'it\'s "x" \u00e9 \\'])
@pytest.mark.parametrize("otherwise", ["reject", "empty", "keep"])
def test_a_long_list_of_words_means_what_a_short_one_does(
    warehouse: Warehouse, word: str | None, otherwise: str
) -> None:
    short = {word: code for word, code in LONG["items"].items() if word not in MANY}
    steps: list[list[Any]] = [
        ["trim", {"lookup": {"items": items, "otherwise": otherwise}}, {"suffix": "!"}]
        for items in (short, LONG["items"])
    ]
    short_found, found = (mapped(warehouse, {"column": "a", "steps": one}, {"a": word}) for one in steps)
    assert found == short_found


def test_any_text_passes_as_data(warehouse: Warehouse) -> None:
    """Whatever stands in a feed or a cell is a value: joins and steps agree with Python's own."""

    @given(CELLS, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=3))
    def agrees(cells: dict[str, str | None], sign: str) -> None:
        words = [(cells.get(name) or "").strip(SPACES) for name in "abc"]
        joined = sign.join(word for word in words if word)
        mapping: dict[str, Any] = {"join": list("abc"), "with": sign}
        assert mapped(warehouse, mapping, cells) == (joined or None, None)
        steps = {"steps": [{"split": {"by": sign, "part": 1}}, {"prefix": sign}]}
        first = joined.split(sign)[0].strip(SPACES) if joined else ""
        assert mapped(warehouse, mapping | steps, cells) == (sign + first if first else None, None)

    agrees()


STORES = {
    "store_id": {"column": "id", "steps": [{"prefix": "s"}]},
    "name": {"join": ["first", "second"], "with": "/"},
    "city": {"column": "town", "steps": [{"lookup": {"items": {"R": "Riga"}}}]},
    "address": {"constant": "somewhere"},
}


def test_rejects_show_the_cells_as_they_came(shop: Shop) -> None:
    feed = shop.feed("store", STORES, files="s*")
    file = shop.one("s.csv", "id,first,second,town\n1, a ,b,R\n2,c,d, x\n,e,f,R\n", s=feed)
    assert (file.accepted, file.rejected) == (1, 2)
    assert shop.rows("select store_id, name, city, address from store") == [("s1", "a/b", "Riga", "somewhere")]
    assert shop.rejects() == [(3, "city", "town", " x", MISSING), (4, "store_id", "id", None, "a value is required")]
    assert shop.rows("select line, columns, cells from reject_row order by line") == [
        (3, ["id", "first", "second", "town"], ["2", "c", "d", " x"]),
        (4, ["id", "first", "second", "town"], [None, "e", "f", "R"]),
    ]
    again = shop.one("s2.csv", "id,first,second,town\n1, a ,b,R\n\n", s=feed)
    assert again.unchanged == 1


def test_a_rejected_join_names_all_its_columns(shop: Shop) -> None:
    fields = {"customer_id": "id", "birth_date": {"join": ["y", "m", "d"], "with": "-"}}
    feed = shop.feed("customer", fields, files="c*")
    shop.one("c.csv", "id,y,m,d\n1,2000,02,03\n2,2000,13,03\n", c=feed)
    assert shop.rows("select birth_date::varchar from customer") == [("2000-02-03",)]
    assert shop.rejects()[0][1:4] == ("birth_date", "y, m, d", "2000-13-03")


def test_a_custom_field_of_type_dictionary_takes_its_codes_alone(shop: Shop) -> None:
    pet = {"title": "Pet", "type": "dictionary", "dictionary": "pets"}
    shop.fields = FieldsSpec.model_validate({"customer": {"pet": pet}})
    pets = shop.feed("dictionary", {"dictionary": {"constant": "pets"}, "code": "code", "title": "title"}, files="d*")
    shop.one("d.csv", "code,title\n1,Cat\n2,Dog\n", pets=pets)
    feed = shop.feed("customer", {"customer_id": "id", "custom.pet": "pet"})
    file = shop.one("customer-1.csv", "id,pet\na,1\nb,Dog\nc,\nd,Cow\n", customer=feed)
    assert (file.accepted, file.rejected) == (3, 1)
    assert shop.rows("select custom['pet'] from customer order by customer_key") == [("1",), ("2",), (None,)]
    assert shop.rejects()[0][3] == "Cow"


def test_words_of_a_dictionary(shop: Shop) -> None:
    fields = {"dictionary": {"constant": "kinds"}, "code": "code", "title": "title"}
    kinds = shop.feed("dictionary", fields, files="d*")
    step = {"lookup": {"dictionary": "kinds"}}
    cards = shop.feed("card", {"card_id": "id", "level": {"column": "kind", "steps": [step]}}, files="c*")
    shop.drop("c.csv", "id,kind\n1,Gold\n2,g\n3,Twice\n4,\n")
    refused = shop.load(cards=cards).files[0]
    assert (refused.state, "has no words" in refused.reason) == ("refused", True)
    shop.one("d.csv", "code,title\ng,Gold\nt,Twice\nu,Twice\nTin,x\n", kinds=kinds)
    file = shop.load(cards=cards).files[0]
    assert (file.state, file.accepted, file.rejected) == ("loaded", 3, 1)
    assert shop.rows("select card_id, level from card order by all") == [("1", "g"), ("2", "g"), ("4", None)]
    assert shop.rejects()[0][4] == MISSING


def test_a_join_with_words_keeps_the_order_of_the_rows(warehouse: Warehouse) -> None:
    reading = Reading(
        Field("name", "string", "Name"), Mapped.model_validate({"column": "a", "steps": [{"lookup": LONG}]})
    )
    texts = Texts((reading,), Format(), ("a",), {}, "none")
    warehouse.run("create temp table cell as select 'word ' || i % 150 as k0, i from range(1_000_000) as r(i)")
    warehouse.run("set threads = 4")
    warehouse.run(f"create temp table staged as select t0 || '' as t0, i from ({texts.texts('select * from cell')})")
    assert warehouse.rows("select count(*) filter (where rowid <> i), count(t0) from staged") == [(0, 1_000_000)]


def test_rows_stay_in_the_order_of_the_file_behind_a_long_list_of_words(shop: Shop) -> None:
    """Two fields with long lists and one with a long list behind another; rows that lack a word keep their line."""
    back = {code: word for word, code in MANY.items()}
    fields = {
        "store_id": "id",
        "name": {"column": "a", "steps": [{"lookup": {"items": MANY}}, {"lookup": {"items": back}}]},
        "city": {"column": "b", "steps": [{"lookup": {"items": MANY, "otherwise": "empty"}}]},
    }
    feed = shop.feed("store", fields, files="s*")
    bad = {7, 30_000, 149_999}
    lines = [f"{i},{'none' if i in bad else f'word {i % 150}'},word {i % 151}" for i in range(150_000)]
    file = shop.one("s.csv", "id,a,b\n" + "\n".join(lines) + "\n", s=feed)
    assert (file.accepted, file.rejected) == (150_000 - len(bad), len(bad))
    assert [(row[0], row[3], row[4]) for row in shop.rejects()] == [(i + 2, "none", MISSING) for i in sorted(bad)]
    assert shop.rows(
        "select count(*) from store where name is distinct from 'word ' || (store_id::int % 150) or "
        "city is distinct from nullif('c' || (store_id::int % 151), 'c150')"
    ) == [(0,)]
    twice = shop.feed("store", fields, files="t*")
    shop.one("t.csv", "id,a,b\n1,word 1,word 1\n2,word 1,word 1\n1,word 1,word 2\n", s=twice)
    assert {row[0] for row in shop.rejects()} == {i + 2 for i in bad} | {2, 4}


def test_ndjson_tells_a_missing_key_from_null(shop: Shop) -> None:
    fields = {"customer_id": "id", "email": "e.mail", "city": {"column": "c", "blank": "keep"}}
    feed = shop.feed("customer", fields, files="n*", format={"kind": "ndjson"})
    shop.one("n1.json", '{"id":"1","e":{"mail":"a@b.cd"},"c":"Riga"}\n{"id":"2"}\n', n=feed)
    kept = shop.one("n2.json", '{"id":"1"}\n{"id":"2","c":""}\n', n=feed)
    assert (kept.accepted, kept.unchanged) == (0, 2)
    shop.one("n3.json", '{"id":"1","e":{"mail":null},"c":null}\n', n=feed)
    assert shop.rows("select email, city from customer order by customer_key") == [(None, None), (None, None)]


def test_the_null_mark_may_stand_between_blanks_of_any_kind(shop: Shop) -> None:
    fields = {"customer_id": "id", "city": {"column": "c", "blank": "keep"}}
    feed = shop.feed("customer", fields, files="n*", format={"null": "-"})
    shop.one("n1.csv", "id,c\n1,Riga\n2,Riga\n3,Riga\n", n=feed)
    shop.one("n2.csv", "id,c\n1,\u00a0-\u202f\n2,\t-\n3,\u00a0\n", n=feed)
    assert shop.rows("select city from customer order by customer_key") == [(None,), (None,), ("Riga",)]
