"""What installed programs say about themselves: manual pages, `--help` and bash's `help`, taken apart and kept."""
