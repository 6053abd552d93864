"""Models on other machines, or in other programs, behind an OpenAI-compatible address; and this machine's model behind one."""
