"""The values that flow, the ports they flow through, the errors, and text hygiene. Standard library only."""
