"""Servers of the Model Context Protocol as a source of tools. All that they say is foreign: bounded, and never obeyed."""
