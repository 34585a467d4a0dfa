"""XML that an annotation tool wrote, without what multiplies or reaches elsewhere: declarations of entities."""
import xml.etree.ElementTree as ElementTree

from lopm.bounds import EXPORT_BYTES, read_bounded
from lopm.curation.source import SourceError


def read_xml(path):
    """The root element of a file.

    Raises:
        SourceError: Empty, half-written, no XML, too large, or with a document type, which no annotation tool writes.
    """
    try:
        data = read_bounded(path, EXPORT_BYTES)
    except ValueError as error:
        raise SourceError(str(error)) from None
    if b'<!DOCTYPE' in data or b'<!ENTITY' in data:
        raise SourceError(f'{path}: declares a document type or entities (<!DOCTYPE, <!ENTITY), which CVAT does not; '
                          'take the lines away, or export the task again')
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:  # ValueError: an encoding of several bytes
        raise SourceError(f'{path}: no valid XML ({error}); the file is empty, half-written or of another kind: '
                          'export the task again') from None
