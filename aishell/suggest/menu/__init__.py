"""What may stand at the cursor, with its meaning. Each source knows one kind of thing and nothing of prompts."""
