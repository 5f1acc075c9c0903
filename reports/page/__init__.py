"""Makes pages of executed notebooks, and the library that lists them. Imports no method and opens no user's
table."""
