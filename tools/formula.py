#!/usr/bin/env python3
"""A Homebrew formula for a source archive: `python -m tools.formula ARCHIVE URL`; URL is the folder where it can be fetched.

The draft in packaging/homebrew with the archive's address and checksum in it, beside the archive.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

DRAFT = Path(__file__).resolve().parents[1] / "packaging" / "homebrew" / "aishell.rb"


def main() -> int:
    archive, url = Path(sys.argv[1]), sys.argv[2]
    written = archive.parent / DRAFT.name
    written.write_text(filled(DRAFT.read_text(), archive, url))
    print(written)
    return 0


def filled(formula: str, archive: Path, url: str) -> str:
    """Raises ValueError when the formula has no such lines, or the address would not be one text of Ruby's."""
    address = f"{url.rstrip('/')}/{archive.name}"
    if not re.fullmatch(r"https://[\w./~%+-]+", address):
        raise ValueError(f"{address} is no address")
    values = {"url": address, "sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    for name, value in values.items():
        formula, count = re.subn(rf'^  {name} "[^"]*"$', f'  {name} "{value}"', formula, flags=re.M)
        if count != 1:
            raise ValueError(f"there are {count} lines with {name} in the formula")
    return formula


if __name__ == "__main__":
    sys.exit(main())
