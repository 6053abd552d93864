"""What a prompt needs to know about the text that is typed into it. Pure: no terminal library, no process, no model."""
