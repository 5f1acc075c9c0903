"""The only place that reads user tables: one module an analysis, over `files` and `contract`."""
