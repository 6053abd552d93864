"""What a terminal would show of a program's output: bytes in, bounded lines of styled cells out. Knows no screen library."""
