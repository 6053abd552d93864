"""Pictures: what their files say of them, the text in them, and, with a vision model, what they show."""
