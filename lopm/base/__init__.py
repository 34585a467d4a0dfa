"""The photograph base: from clinicians' outlines to data sets that one can train on."""
