"""What may come next on a line that is being typed: whole lines, and what may stand at the cursor."""
