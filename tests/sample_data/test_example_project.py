"""The example project in configs/ is valid and fits the drops of both shops."""

from __future__ import annotations

import csv
import io
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from sample_data.drops import COLUMNS
from sample_data.people import CUSTOMER_COLUMNS, SUBSCRIPTION_COLUMNS
from smc.config.document import read
from smc.config.secret import Secrets
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec, TemplateSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.rule import SegmentsSpec
from smc.model.objects import OBJECTS

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
KINDS: dict[str, tuple[str, type[Spec]]] = {
    "smc.yaml": ("project", ProjectSpec),
    "fields.yaml": ("fields", FieldsSpec),
    "metrics.yaml": ("metrics", MetricsSpec),
    "rfm.yaml": ("rfm", RfmSpec),
    "channels.yaml": ("channels", ChannelsSpec),
    "feeds/*.yaml": ("feed", FeedSpec),
    "segments/*.yaml": ("segments", SegmentsSpec),
    "campaigns/*.yaml": ("campaign", CampaignSpec),
    "mailings/*.yaml": ("mailing", MailingSpec),
    "templates/*/template.yaml": ("template", TemplateSpec),
}
FILES = [file for pattern in KINDS for file in sorted(CONFIGS.glob(pattern))]


def kind_of(file: Path) -> tuple[str, type[Spec]]:
    place = file.relative_to(CONFIGS).as_posix()
    return next(kind for pattern, kind in KINDS.items() if fnmatch(place, pattern))


def feeds() -> dict[str, FeedSpec]:
    found = {}
    for file in sorted(CONFIGS.glob("feeds/*.yaml")):
        document, problems = read(file, FeedSpec)
        assert document is not None, problems
        found[file.stem] = document.spec
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(CONFIGS).as_posix())
def test_a_file_is_valid_and_names_its_schema(file: Path) -> None:
    kind, spec = kind_of(file)
    document, problems = read(file, spec, secrets=Secrets(CONFIGS))
    assert problems == []
    assert document is not None
    first = file.read_text(encoding="utf-8").splitlines()[0]
    target = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
    assert target is not None
    assert (file.parent / target[1]).resolve() == ROOT / "schemas" / f"{kind}.json"


def test_no_yaml_is_left_out() -> None:
    assert set(FILES) == set(CONFIGS.rglob("*.yaml"))


def test_a_feed_exists_for_every_kind_of_file() -> None:
    columns = {**COLUMNS, "customers": CUSTOMER_COLUMNS, "subscriptions": SUBSCRIPTION_COLUMNS}
    assert set(feeds()) == set(columns)
    for name, feed in feeds().items():
        taken = [kind for kind in columns if fnmatch(f"{kind}_2017-12-01.csv", feed.files)]
        assert taken == [name]
        assert {field.column for field in feed.fields.values() if field.column} <= set(columns[name])
        known = {field.name for field in OBJECTS[feed.object or ""].fields}
        assert {field for field in feed.fields if not field.startswith("custom.")} <= known
        assert set(OBJECTS[feed.object or ""].key) <= set(feed.fields)


def named_categories() -> set[str]:
    """Category ids that metrics and rules of the project name."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in FILES if file.parent.name != "feeds")
    return set(re.findall(r"(?:category|penetration): ([a-z-]+/[a-z/-]+)", text))


def test_categories_exist_in_the_tiny_shop() -> None:
    (file,) = (ROOT / "sample_data" / "tiny" / "history").glob("categories_*.csv")
    tree = {row["category_id"] for row in csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))}
    assert len(named_categories()) >= 6
    assert named_categories() <= tree


@pytest.mark.slow
def test_categories_exist_in_the_demo_shop(drops: Path) -> None:
    import gzip

    (file,) = (drops / "history").glob("categories_*.csv.gz")
    text = gzip.decompress(file.read_bytes()).decode()
    assert named_categories() <= {row["category_id"] for row in csv.DictReader(io.StringIO(text))}
