"""The reports that a worker writes of the photographs of a case or a visit: html, PDF, FHIR, DICOM.

``WRITERS`` has one for each ending of an address; what a browser is told of them stands in ``views/reports.py``.
"""
import json
import zipfile

from lopm.cases.dicom import said_of, segmentation_of
from lopm.cases.dicom_photograph import file_of, photograph_of
from lopm.cases.fhir import bundle_of, joined
from lopm.datasets.photographs import read_photograph
from lopm.files import whole_file
from lopm.report.facts import facts_of
from lopm.report.language import Language
from lopm.report.write import as_pdf, render
from lopm.web.scales import scale_of
from lopm.web.sites import ICD_O


def write_report(path, ending, photographs, reader, language):
    """Write a report, whole or not at all.

    Args:
        photographs: ``[Photograph]`` that were read. reader: ``Reader``. language: Code of it.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with whole_file(path, 0o600) as partial:
        WRITERS[ending](partial, photographs, reader, Language(language))


def write_html(path, photographs, reader, language):
    """One page of each photograph, with pictures."""
    path.write_text(pages(photographs, reader, language), encoding='utf-8')


def write_pdf(path, photographs, reader, language):
    path.write_bytes(as_pdf(pages(photographs, reader, language)))


def pages(photographs, reader, language):
    return render([page_of(each, reader, language) for each in photographs], language)


def page_of(photograph, reader, language):
    case = reader.current(photograph)
    image = read_photograph(reader.place.photograph(photograph.pk))
    site = f' · {language.word(photograph.site)}' if photograph.site else ''
    case.name = f'{photograph.patient.code} · {photograph.visit.on}{site}'
    return facts_of(case, image, reader.predictor, language, scale_of(photograph))


def write_fhir(path, photographs, reader, language):
    """One Bundle of all photographs."""
    bundles = [bundle_of(reader.current(each), (each.site, ICD_O[each.site]) if each.site in ICD_O else None)
               for each in photographs]
    path.write_text(json.dumps(joined(bundles), indent=1), encoding='utf-8')


def write_dicom(path, photographs, reader, language):
    """Each photograph as DICOM, the Segmentation of its outlines, what is said of it as json: as ``lopm dicom`` writes
    them of a photograph that came as DICOM."""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_STORED) as archive:
        for i, photograph in enumerate(photographs, 1):
            case, visit = reader.current(photograph), photograph.visit
            source = photograph_of(
                reader.place.photograph(photograph.pk).read_bytes(), photograph.patient.code, visit.on,
                reader.place.secret, visit.pk, photograph.pk)
            outlines = segmentation_of(case, source) if case.lesions else None
            archive.writestr(f'{i:02}.dcm', file_of(source))
            if outlines:
                archive.writestr(f'{i:02}.seg.dcm', file_of(outlines))
            archive.writestr(f'{i:02}.sr.json', json.dumps(said_of(case, source, outlines), indent=1))


WRITERS = {'html': write_html, 'pdf': write_pdf, 'fhir.json': write_fhir, 'dicom.zip': write_dicom}
