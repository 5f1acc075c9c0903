"""What the reports say: one module a notebook, from results to captions, notes, shown tables and answers."""
