"""`python -m aishell` is the `aishell` command."""

import sys

from aishell.cli import main

if __name__ == "__main__":
    sys.exit(main())
