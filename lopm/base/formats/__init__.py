"""Annotation formats, one module each.

``SUFFIX`` of its files; ``read(path, export)`` adds a file's photographs to a ``lopm.base.source.Export``;
``write(photographs, folder)`` writes them as files of the format. Nothing here knows of tasks or classes.
"""
