"""Texts to vectors. Only the engine, and the command that adds a model, import what is in here: numpy, and large libraries."""
