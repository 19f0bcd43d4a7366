"""Real pages in Chromium: nothing sticks out at the side, on a desk or on a phone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.server
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--allow-file-access-from-files",
)  # fmt: skip
MEASURE = """<!doctype html><body style="margin:0">
<iframe id="f" src="{page}" style="width:{width}px;height:900px;border:0"></iframe><script>
document.getElementById('f').addEventListener('load', e => {{
  const d = e.target.contentDocument, out = [];
  for (const node of d.querySelectorAll('main *')) {{
    if (node.closest('.scroll, pre, svg')) continue;
    const box = node.getBoundingClientRect();
    if (box.width && box.right > {width} + 1) out.push(node.tagName + '.' + node.className);
  }}
  for (const text of d.querySelectorAll('svg.chart text')) {{
    const box = text.getBoundingClientRect();
    if (box.width && (box.left < 0 || box.right > {width})) out.push('text ' + text.textContent);
  }}
  document.title = 'measured ' + d.documentElement.scrollWidth + ' [' + out.join(', ') + ']';
}});
</script>"""


def chromium(tmp_path: Path, *arguments: str) -> str:
    if CHROMIUM is None:
        if os.environ.get("SMC_REQUIRE_SERVERS") == "1":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=90).stdout


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "name", ["index.html", "rfm.html", "campaign-win_back.html", "mailings.html", "import.html", "queries.html"]
)
def test_page_is_not_wider_than_the_window(report: Path, tmp_path: Path, name: str, width: int) -> None:
    page = report / name
    frame = tmp_path / "frame.html"
    frame.write_text(MEASURE.format(page=page.as_uri(), width=width), encoding="utf-8")
    dom = chromium(
        tmp_path, f"--window-size={max(width, 600)},900", "--virtual-time-budget=3000", "--dump-dom", frame.as_uri()
    )
    assert f"measured {width} []" in dom


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_photographed(report: Path, tmp_path: Path, scheme: str) -> None:
    index = report / "index.html"
    shot = tmp_path / "shot.png"
    flag = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    chromium(tmp_path, "--window-size=1280,2000", flag, f"--screenshot={shot}", index.as_uri())
    assert shot.stat().st_size > 20_000
