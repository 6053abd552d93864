"""A person's folders: their documents read, cut into parts that can be found, and kept up to date."""
