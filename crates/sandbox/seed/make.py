#!/usr/bin/env python3
"""Makes the sandbox's documents: `pip install python-docx openpyxl pikepdf && python3 make.py` (also needs chromium and ffmpeg).

Not part of the build: `files/` is committed. Raise `VERSION` in `src/seed.rs` after a change.
"""

import shutil
from pathlib import Path

from recipe import office, papers, pictures, texts

FILES = Path(__file__).parent / "files"

if __name__ == "__main__":
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    pictures.make(FILES)
    texts.make(FILES)
    papers.make(FILES)
    office.make(FILES)
    total = 0
    for path in sorted(FILES.iterdir()):
        total += path.stat().st_size
        print(f"{path.stat().st_size:9} {path.name}")
    print(f"{total:9} in all")
