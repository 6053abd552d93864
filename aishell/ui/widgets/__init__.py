"""What stands in the column above the prompt. A widget says what happened and knows neither the app nor the session."""
