"""Words to a plan: which lines are words, what the model is asked, and whether its answer can be run."""
