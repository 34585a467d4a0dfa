"""Annotation formats, one module each.

``SUFFIX`` of its files; ``read(path, export)`` adds a file's photographs to a ``lopm.curation.source.Export``;
``write(photographs, folder)`` writes them as files of the format. Where the format holds the photographs themselves, it
is ``write(photographs, folder, origin)``, ``origin`` being where they are, and returns a
``lopm.curation.report.Report`` of what the format cannot hold. Nothing here knows of tasks or classes.
"""
