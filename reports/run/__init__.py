"""Executes notebooks: plans, processes, engines, progress. Imports no method and opens no user's table."""
