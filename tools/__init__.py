"""What builds and checks aishell; not part of the installed package."""
