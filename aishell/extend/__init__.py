"""What a person has added: macros, hooks, tools, skills, plugins. Whatever fails or hangs is left alone, with a sentence."""
