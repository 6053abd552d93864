"""Trying a command without its effects, putting them in place, and taking them back."""
