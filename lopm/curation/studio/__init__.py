"""A Label Studio project for a data set: words from the tasks, photographs, pre-annotations, and the answers back."""
