"""The numeric core of the suite: tables in, results out. It knows no notebook, no papermill and no site."""
