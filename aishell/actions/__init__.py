"""Judging what a step would do, approving it, and doing it."""
