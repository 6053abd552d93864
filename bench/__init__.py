"""Measurements of aishell; each script takes --quick and --json, and writes nothing outside a temporary folder."""
