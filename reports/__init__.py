"""The code that turns notebooks into versioned reports; it runs analyses and never computes a result."""
