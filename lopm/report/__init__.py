"""A case as a page to read, discuss, print and sign: html and PDF, in the languages of ``locale/``."""
