"""Texts to vectors. Only the engine and the commands that add a model import what is in here: numpy, and the models' libraries."""
