"""What a person may want to type: whole lines, ranked by one scorer, from the lines typed before and other sources."""
