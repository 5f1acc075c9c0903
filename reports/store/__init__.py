"""Versions: their key, where they lie, what they hold, and whether two hold the same. Imports no method."""
