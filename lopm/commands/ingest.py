"""Take photographs of a clinic into a base: nothing but upright sRGB pixels, under names that one key makes.

    lopm ingest CLINIC base --key KEY --patients folder          # CLINIC/<patient>/.../photograph
    lopm ingest CLINIC base --key KEY --patients patients.csv    # columns: file,patient
    lopm ingest CLINIC base --key KEY                            # nobody says whose they are, but DICOM

CLINIC is only read. When photographs were added to it, run the same command again: what is new is added, what the base
has is left as it is, and a run that was stopped goes on. Nothing is ever replaced.

KEY is a file, made if it is not there, for its owner alone: BACK IT UP. Without it no photograph can be added under its
patient, with it names can be traced back; so it lies in neither folder, and every clinic has its own. A photograph's
name is an HMAC-SHA256 of its file, a patient's one of the clinic's id.

What could not be taken in, and what somebody should look at (one photograph twice, or with two patients), is listed
with its path in the report, for the key holder: KEY.report.csv if not said otherwise. The terminal shows counts alone.

Reads JPEG, PNG, TIFF (its first page), WebP, HEIC and DICOM VL Photographic Image. Every photograph is decoded,
turned upright, converted to sRGB and encoded anew, so no EXIF, GPS, maker note, XMP, IPTC, thumbnail, comment or
DICOM tag comes along, nor any date. Those that were compressed with loss become JPEG (quality 95, no chroma
subsampling), the others PNG; --lossless makes all PNG, four to eight times as large.

OUT_DIR gets images/, all.json (the data set's json, still without outlines), manifest.jsonl (a line per photograph:
size, patient, sha256 of the pixels, format) and ingest.json (counts, photographs of equal pixels, faces).
--face-model lists photographs that may show a face in ingest.json.

Exit status: 0 all files are in the base; 1 some are not, or are said to be of two patients; 130 stopped.
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', type=Path, metavar='SOURCE_DIR', help="the clinic's folder; only read")
    parser.add_argument('out', type=Path, metavar='OUT_DIR', help='the base; made, or added to')
    parser.add_argument('--key', type=Path, required=True, metavar='KEY_FILE',
                        help='the secret of the names; made if absent')
    parser.add_argument('--patients', type=folder_or_csv, metavar='folder|CSV',
                        help='how patients are known: by the first folder under SOURCE_DIR, or by a csv with the '
                             'columns file (path under SOURCE_DIR) and patient; default: by DICOM PatientID alone')
    parser.add_argument('--lossless', action='store_true', help='write PNG in any case')
    parser.add_argument('--face-model', type=existing_file, metavar='ONNX',
                        help='a YuNet model of the OpenCV model zoo; lists photographs for a person to look at')
    parser.add_argument('--report', type=Path, metavar='CSV', help='default: KEY_FILE.report.csv')
    parser.add_argument('--table', type=Path, metavar='CSV',
                        help='also write path, patient and new name of every photograph, for the key holder')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args(args)


def folder_or_csv(text):
    return text if text == 'folder' else existing_file(text)


def main(args):
    report = args.report or Path(f'{args.key}.report.csv')
    check_places(args, report)
    from filelock import FileLock, Timeout

    from lopm.curation.intake.folder import open_base
    from lopm.curation.intake.sources import find_files
    files, problems = find_files(args.source)
    if not files and not problems:
        raise ValueError(f'{args.source} holds no file; SOURCE_DIR is where the photographs lie')
    is_new = not args.key.exists()
    names = open_base(args.out, args.key)
    if is_new:
        print(f'{args.key} was made: back it up now. Without it no photograph can be added under its patient')
    try:
        with FileLock(args.out / 'ingest.lock', timeout=0):
            entries, summary, before = fill(args, names, files, problems)
    except Timeout:
        raise ValueError(f'{args.out}: another run is at work in it; wait for its end') from None
    from lopm.curation.intake.private import write_private
    write_private(report, [entry for entry in entries if entry.remark])
    if args.table:
        write_private(args.table, entries, keep=True)
    return tell(args.out, entries, summary, before, report)


def check_places(args, report):
    """Refuse folders in one another, and private files in either."""
    from lopm.curation.intake.private import refuse_inside
    if not args.source.is_dir():
        raise ValueError(f'{args.source}: no such folder; SOURCE_DIR is where the photographs lie')
    if args.workers < 1:
        raise ValueError(f'--workers {args.workers}: give 1 or more')
    refuse_inside(args.out, 'OUT_DIR', args.source)
    refuse_inside(args.source, 'SOURCE_DIR', args.out)
    for path, what in ((args.key, 'the key'), (report, 'the report'), (args.table, 'the table'),
                       (args.patients, 'the csv of patients')):
        if path not in (None, 'folder'):
            refuse_inside(path, what, args.out, args.source)


def fill(args, names, files, problems):
    """Take in files. Returns the entries of all, the summary, and how many photographs the base had before."""
    from lopm.curation.intake.folder import remove_partial, write_summary
    from lopm.curation.intake.ingest import Entry, find_faces, ingest
    from lopm.curation.intake.manifest import Manifest
    from lopm.curation.intake.sources import patients_by_csv, patients_by_folder
    patients = {}
    if args.patients == 'folder':
        patients = patients_by_folder(files, args.source)
    elif args.patients:
        patients = patients_by_csv(files, args.source, args.patients)
    remove_partial(args.out)
    manifest = Manifest(args.out)
    before = len(manifest.rows)
    if manifest.gone:
        print(f'{manifest.gone} photographs that were taken in are no longer in {args.out}: they are left out of it')
    entries = ingest(files, patients, names, manifest, args.workers, args.lossless)
    if args.face_model:
        find_faces(manifest, args.face_model, args.workers)
    manifest.finish()
    return entries + [Entry(path, remark=why) for path, why in problems.items()], \
        write_summary(args.out, names, manifest.rows), before


def tell(base, entries, summary, before, report):
    """Say in counts what happened; the exit status."""
    out = [entry for entry in entries if not entry.file_name]
    unknown = sum(not entry.patient for entry in entries if entry.file_name)
    remarked = sum(bool(entry.remark) for entry in entries if entry.file_name)
    doubtful = sum(entry.patient_in_doubt for entry in entries)
    faces = summary['faces']
    print(f'{len(entries) - len(out)} of {len(entries)} files are in {base}, which has {summary["photographs"]} '
          f'photographs ({summary["photographs"] - before} of them new) of {summary["patients"]} patients')
    if unknown:
        print(f'{unknown} files have no patient and will each count as one: say with --patients whose they are, and '
              'run again')
    print(faces if isinstance(faces, str) else
          f'{len(faces["to_look_at"])} photographs may show a face: look at those that ingest.json lists; '
          f'{faces["not_checked"]} were not checked')
    if remarked:
        print(f'{remarked} have a remark, such as a photograph that is there twice: see {report}')
    if summary['same_pixels']:
        print(f'{len(summary["same_pixels"])} times photographs have the same pixels: ingest.json lists them')
    if doubtful:
        print(f'{doubtful} are said to be of two patients: see {report}', file=sys.stderr)
    if out:
        print(f'{len(out)} files are NOT in the base: see {report}', file=sys.stderr)
    return 1 if out or doubtful else 0
