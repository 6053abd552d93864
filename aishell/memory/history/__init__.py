"""What other shells remember: found, read, and brought in once however often it is read."""
