"""Figures: a result in, a matplotlib figure or axes out; one module a family, one style for all."""
