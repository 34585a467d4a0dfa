"""Statistics on arrays: draws of patients, scores of tables of counts and of rankings. Knows of no task and no file."""
