"""Every scenario file, night by night; each night twice, the last one with a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.harness import ShopFolder, found, read, scenarios

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", scenarios(), ids=lambda path: path.stem)
def test_scenario(path: Path, tmp_path: Path) -> None:
    scenario = read(path)
    shop = ShopFolder.create(tmp_path / "shop", scenario.get("files", {}))
    nights = scenario["nights"]
    for night in nights:
        shop.change(night.get("files", {}))
        shop.arrive(night.get("drops", {}))
        report = shop.night(night["as_of"], report=night is nights[-1])
        expect = night.get("expect", {})
        assert found(shop, expect, night["as_of"], report) == expect, f"night of {night['as_of']}"

        before, letters = shop.tables(), shop.letters()
        shop.night(night["as_of"])
        assert shop.tables() == before, f"a second run of {night['as_of']} changed something"
        assert shop.letters() == letters
