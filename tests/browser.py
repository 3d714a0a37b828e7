"""Debian's Chromium as a reader of reports: what is laid out, and how."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Debian's Chromium is not installed")
PROBE = (
    "<script>const wide=[...document.querySelectorAll('svg,h1,h2,table')].map(e=>e.getBoundingClientRect());"
    "document.body.dataset.probe=JSON.stringify({width:innerWidth,scroll:document.documentElement.scrollWidth,"
    "empty:wide.filter(r=>r.width<50||r.height<10).length,count:wide.length})</script>"
)


def chromium(home: Path, *arguments: str) -> str:
    quiet = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
    quiet += ("--disable-component-update", "--disable-sync", "--no-sandbox", "--disable-dev-shm-usage")
    command = [str(CHROMIUM), "--headless", *quiet, f"--user-data-dir={home / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def layout(report: Path, home: Path) -> dict[str, int]:
    """The page's width, how far it scrolls sideways, and how many of its headings, tables and pictures are empty."""
    probe = home / "probe.html"
    page = report.read_text(encoding="utf-8")
    probe.write_text(page.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    found = re.search(r'data-probe="([^"]*)"', chromium(home, "--dump-dom", probe.as_uri()))
    assert found is not None
    seen: dict[str, int] = json.loads(found[1].replace("&quot;", '"'))
    return seen
