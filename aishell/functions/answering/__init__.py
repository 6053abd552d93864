"""Questions answered from documents: what they say with file and line, or that they do not say it."""
