"""What a report is asked for: the study's file, parameters, their kinds, and the files that they name."""
