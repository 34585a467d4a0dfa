"""Pictures of a run, for people: its curves, a sheet of photographs, a confusion matrix per task."""
