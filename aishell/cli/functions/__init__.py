"""The text functions as filters: one module a command, and what they have in common."""
