"""Read DICOM photographs with a pack: outlines as a DICOM Segmentation, what is said as json, both beside each other.

    lopm dicom packs/multitask STUDY --out read

Writes DIR/NAME.seg.dcm, of the photograph's own study and patient, and DIR/NAME.sr.json, which refers to both and names
no patient. Age and sex are taken from the photograph where the model reads them. A file that is no VL Photographic
Image, or cannot be read, is said and left out, and the exit status is 1. DIR holds what the photographs say of the
patient: it is for the archive alone.
"""
import argparse
import sys
from pathlib import Path

from lopm.commands.predict import existing_path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=existing_path, metavar='PACK', help='folder of lopm pack')
    parser.add_argument('photographs', type=existing_path, metavar='STUDY', help='a folder of DICOM files, or one')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR')
    return parser.parse_args(args)


def main(args):
    from lopm.curation.files import walk
    from lopm.curation.intake.formats import is_dicom
    from lopm.datasets.photographs import BadPhotograph
    from lopm.files import sole_run
    from lopm.predictor import Predictor
    files = [args.photographs] if args.photographs.is_file() else sorted(walk(args.photographs))
    files = [file for file in files if is_dicom(file.read_bytes()[:132])]
    if not files:
        raise ValueError(f'{args.photographs}: holds no DICOM file; other photographs are read by lopm report')
    predictor, bad = Predictor(args.pack), 0
    with sole_run(args.out):
        for file in files:
            try:
                read(predictor, file, args.out)
            except BadPhotograph as error:
                bad += 1
                print(f'{file}: {error}', file=sys.stderr)
    print(f'{args.out}: {len(files) - bad} photographs read' + (f', {bad} left out' if bad else ''))
    return int(bool(bad))


def read(predictor, file, out):
    """Write what a pack says of one DICOM photograph."""
    from lopm.cases.dicom import record_of, said_of, segmentation_of
    from lopm.curation.intake.formats import dicom_image, read_dicom
    from lopm.files import whole_file, write_json
    dataset = read_dicom(file.read_bytes())
    record = {name: value for name, value in record_of(dataset).items() if name in predictor.record_fields}
    case = predictor(dicom_image(dataset).convert('RGB'), record)
    segmentation = segmentation_of(case, dataset) if case.lesions else None
    if segmentation:
        with whole_file(out / f'{file.name}.seg.dcm', 0o600) as partial:
            segmentation.save_as(partial)
    write_json(out / f'{file.name}.sr.json', said_of(case, dataset, segmentation), indent=1)
