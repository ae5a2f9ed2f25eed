"""Prints and photographs HTML with headless Chromium."""

import subprocess
import tempfile
from pathlib import Path

FLAGS = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking", "--no-first-run"]


def _run(html: str, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "page.html"
        page.write_text(html, encoding="utf-8")
        subprocess.run([*FLAGS, f"--user-data-dir={directory}/profile", *arguments, page.as_uri()], check=True, capture_output=True)


def print_pdf(html: str, target: Path) -> None:
    _run(html, "--no-pdf-header-footer", f"--print-to-pdf={target}")


def photograph(html: str, target: Path, width: int, height: int) -> None:
    _run(html, f"--window-size={width},{height}", f"--screenshot={target}")
