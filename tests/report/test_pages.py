"""The folder as a whole: golden pages, links, escaping, and what happens when writing goes wrong."""

from __future__ import annotations

import csv
import re
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from smc.errors import RunError, UsageError
from smc.report import chart, overview, site
from smc.report.figure import FIGURES
from smc.warehouse import Warehouse
from tests.report.world import AS_OF, World

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
PAGES = ("index.html", "rfm.html", "campaign-win_back.html", "mailings.html", "import.html")
_SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)


class Page(HTMLParser):
    """Ids, links and loaded addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a":
            self.links.append(given["href"])
        self.loaded += [given[name] for name in ("src", "srcset", "data") if name in given]
        self.loaded += [given["href"]] if tag == "link" else []


def pages(folder: Path) -> dict[str, Page]:
    return {path.name: Page(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")}


@pytest.mark.parametrize("name", PAGES)
def test_golden(report: Path, name: str, update_golden: bool) -> None:
    """Charts are left out here: their bytes belong to a version of Vega; test_chart looks at them."""
    made = _SVG.sub("<svg/>", (report / name).read_text(encoding="utf-8"))
    if update_golden:
        GOLDEN.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_text(made, encoding="utf-8")
    assert made == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_link_leads_somewhere(report: Path) -> None:
    found = pages(report)
    for name, page in found.items():
        for link in page.links:
            parts = urlsplit(link)
            assert not parts.scheme, link
            target = unquote(parts.path) or name
            assert (report / target).is_file(), f"{name}: {link}"
            assert not parts.fragment or parts.fragment in found[target].ids, f"{name}: {link}"


def test_nothing_is_loaded_from_elsewhere(report: Path) -> None:
    for page in pages(report).values():
        assert set(page.loaded) == {"style.css", "data:,"}
        assert not page.tags & {"script", "iframe", "img", "object", "embed", "form"}
    assert not re.search(r"url\(|@import|https?:", (report / "style.css").read_text(encoding="utf-8"))


def test_ids_are_unique_on_a_page(report: Path) -> None:
    for name, page in pages(report).items():
        assert len(page.ids) == len(set(page.ids)), name


def test_row_that_could_not_be_split_shows_no_word_of_it(world: World, tmp_path: Path) -> None:
    world.add(
        "import_file", file_key=1, feed="customers", name="c.csv", sha256="a", bytes=10, state="loaded",
        changed=False, as_of=AS_OF, rows_read=1, rows_accepted=0, rows_unchanged=0, rows_rejected=1,
        rows_duplicate=0, amount=None,
    )  # fmt: skip
    world.add(
        "reject", file_key=1, line=2, field=None, source_column=None,
        value="B1,Smith,Ann;Main street 5,b@example.com", reason="the row has 4 fields, not 5",
    )  # fmt: skip
    folder = world.report(tmp_path / "report").parent
    texts = "".join(path.read_text(encoding="utf-8") for path in (*folder.glob("*.html"), *folder.glob("data/*.csv")))
    assert "x9,xxxxx,xxx;xxxx xxxxxx 9,x@xxxxxxx.xxx" in texts
    assert not re.search("Smith|Main street|b@example", texts)


def test_names_from_outside_stay_text(report: Path) -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in report.glob("*.html"))
    assert "<script" not in texts
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in texts
    assert "ann.smith" not in texts
    assert "ann.smith" not in "".join(path.read_text(encoding="utf-8") for path in report.glob("data/*.csv"))


def test_every_figure_has_its_statement_on_the_last_page(report: Path) -> None:
    assert set(FIGURES) <= set(pages(report)["queries.html"].ids)


def test_csv_holds_exact_values(report: Path) -> None:
    with (report / "data" / "revenue_by_month.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["month"] == "2018-01-01"
    assert rows[1]["revenue"] == "35.75"
    with (report / "data" / "past_mailings.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["title"] == "<script>alert(1)</script>"


def test_same_data_give_the_same_bytes(busy_world: World, tmp_path: Path) -> None:
    first, second = (busy_world.report(tmp_path / name).parent for name in ("one", "two"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert all((first / path).read_bytes() == (second / path).read_bytes() for path in files)


def test_empty_warehouse_makes_a_report(world: World, tmp_path: Path) -> None:
    index = world.report(tmp_path / "report")
    assert "There are no receipts yet" in index.read_text(encoding="utf-8")


def test_figures_of_another_day_say_so(world: World, tmp_path: Path) -> None:
    world.add("watermark", name="rfm", as_of=date(2018, 1, 30))
    world.add("watermark", name="metric", as_of=AS_OF)
    text = world.report(tmp_path / "report").read_text(encoding="utf-8")
    assert "RFM scores were last computed for 30 January 2018" in text
    assert "Metrics were last computed" not in text


def test_published_snapshot_is_enough(busy_world: World, tmp_path: Path) -> None:
    busy_world.warehouse.publish(tmp_path / "snapshot.duckdb")
    with Warehouse.open(tmp_path / "snapshot.duckdb", timezone="America/New_York", read_only=True) as snapshot:
        busy_world.warehouse = snapshot
        assert busy_world.report(tmp_path / "report").is_file()


def test_failed_report_leaves_the_old_one(busy_world: World, tmp_path: Path) -> None:
    target = tmp_path / "report"
    before = busy_world.report(target).read_bytes()
    busy_world.add(
        "campaign_version", campaign="x", kind="campaign", version=1, sha256="", spec="{broken", valid_from="2018-01-01"
    )
    with pytest.raises(ValueError, match="Expecting"):
        busy_world.report(target)
    assert (target / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name] == ["report"]


def test_folder_of_somebody_else_is_refused(busy_world: World, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="not a report of smc"):
        busy_world.report(tmp_path)
    assert (tmp_path / "thesis.txt").is_file()


def test_new_report_takes_the_place_of_the_old_one(world: World, tmp_path: Path) -> None:
    target = tmp_path / "report"
    world.report(target)
    (target / "leftover.html").write_text("old", encoding="utf-8")
    world.report(target)
    assert not (target / "leftover.html").exists()
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name] == ["report"]


def test_run_killed_between_two_renames_is_healed(world: World, tmp_path: Path) -> None:
    target = tmp_path / "report"
    world.report(target)
    target.rename(tmp_path / ".report.old")
    (tmp_path / ".report.new").mkdir()
    world.report(target)
    assert sorted(path.name for path in tmp_path.iterdir() if "report" in path.name) == ["report"]


def test_folders_change_places_without_the_system_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "_exchanged", lambda *_: False)
    for text in ("one", "two"):
        with site.replaced(tmp_path / "report", {}) as folder:
            (folder / "index.html").write_text(text, encoding="utf-8")
    assert (tmp_path / "report" / "index.html").read_text(encoding="utf-8") == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_place_that_cannot_be_written_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be written"):
        world.report(tmp_path / "file" / "report")


def test_summary_of_a_stage_that_is_no_object_stays_text() -> None:
    assert overview._summary("done") == "done"  # noqa: SLF001 (odd input that no stage writes today)
    assert overview._summary("[1]") == "[1]"  # noqa: SLF001 (same)


def test_chart_follows_the_page(report: Path) -> None:
    drawn = _SVG.findall((report / "index.html").read_text(encoding="utf-8"))
    assert len(drawn) == 8
    for svg in drawn:
        head = svg[: svg.index(">")]
        assert 'role="img"' in head
        assert "viewBox" in head
        assert not re.search(r'(width|height)="', head)
        assert "<desc" in svg
        assert "#0000" not in svg
        assert "font-family" not in svg
        assert "var(--c1)" in svg
        assert "currentColor" in svg


def test_chart_escapes_and_tells_its_values() -> None:
    drawn = chart.draw(
        chart.Chart("k", "A <b>", [chart.Point("x<", "s&", 1.0, 'tip "<i>"')], ("s&",), mark="line", x_title="<u>")
    )
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "<u>" not in drawn
    assert "<title>tip &quot;&lt;i&gt;&quot;</title>" in drawn


@pytest.mark.parametrize("count", [1, 3, 12, 24])
def test_wide_chart_fills_its_card_with_bars_that_are_no_wall(count: int) -> None:
    points = [chart.Point(f"m{place}", "s", 5.0, f"tip {place}") for place in range(count)]
    drawn = chart.draw(chart.Chart("k", "A", points, ("s",)))
    wide = drawn[: drawn.index("</svg>")]
    box = re.search(r'viewBox="0 0 (\d+)', wide)
    assert box is not None
    assert int(box[1]) >= 1030
    bars = re.findall(r'<path[^>]* d="M[\d.]+,[\d.]+h([\d.]+)[^>]*><title>tip', wide)
    assert len(bars) == count
    assert all(15 < float(width) <= 60 for width in bars)


def test_without_the_extra_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    drawn = chart.draw(chart.Chart("k", "A", [chart.Point("x", "s", 1.0, "tip")], ("s",)))
    assert "pip install" in drawn


def test_cell_that_a_spreadsheet_would_run_stays_text(world: World, tmp_path: Path) -> None:
    world.past("m", {1: "2018-01-04"}, title='=HYPERLINK("http://example.com")')
    folder = world.report(tmp_path / "report").parent
    with (folder / "data" / "past_mailings.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["title"].startswith("'=")
