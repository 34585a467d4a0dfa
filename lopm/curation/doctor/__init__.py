"""What is wrong with a data set: ``dataset`` reads it, ``facts`` measures, checks judge, ``report`` says it."""
