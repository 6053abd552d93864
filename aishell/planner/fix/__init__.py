"""What to run instead of a command that failed: rules first, which need no model, and then the model."""
