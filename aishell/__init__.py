"""aishell: a terminal shell that understands plain words, runs a local model, and is careful with what it runs."""

__version__ = "0.1.0"
