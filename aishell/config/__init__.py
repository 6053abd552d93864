"""Settings, where they are read from, and the folders aishell keeps its things in."""
