"""Exports of annotation tools become a data set, and the other way round: a module for each format."""
