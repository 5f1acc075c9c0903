"""Figures: a result in, a matplotlib figure or axes out; one module a family, one style for all.

What draws one panel takes ``ax=``: it then draws on the caller's axes, in the caller's own style, and returns
them. Without it the figure is one of our own, which shows itself at the end of a cell and is unknown to
pyplot.
"""
