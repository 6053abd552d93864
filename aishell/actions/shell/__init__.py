"""A person's own shell on a terminal of its own, with exact command boundaries. `shell` has the class to use."""
