"""What aishell keeps of what was said and done, and what must be taken out of it first."""
