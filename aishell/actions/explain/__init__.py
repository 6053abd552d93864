"""A command explained part by part, from its parse tree and what its programs say about themselves."""
