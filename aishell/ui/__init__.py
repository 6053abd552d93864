"""What a person sees and types. Knows the session and the core values, nothing below them."""
