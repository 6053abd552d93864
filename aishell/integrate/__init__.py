"""Doors into the shells people already use: shell code, what fills it in, and a client that starts in milliseconds."""
