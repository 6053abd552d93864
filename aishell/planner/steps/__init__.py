"""Requests of several steps: which they are, what each step is, what has to be looked at first, and what was done before."""
