"""What the screen is made of: one idea a file. A widget says what happened and knows neither the screen nor its neighbours."""
