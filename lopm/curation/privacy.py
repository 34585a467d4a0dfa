"""What everything that lopm writes holds of a patient, in one table; tests/curation/test_privacy.py plants words.

    python -m lopm.curation.privacy        # prints it

Whoever passes something on looks here first. All that shows photographs shows the patient's mouth; and ids are what the
clinic wrote into its export, so that a name there is a name here: lopm ingest gives photographs and patients names
that only the key holder can trace.
"""
from typing import NamedTuple

KINDS = {'file_name': "the photograph's file name", 'patient_id': "the patient's id", 'lesion_id': "the lesion's id",
         'rater': 'who rated', 'visit': 'date of the visit', 'device': 'camera', 'center': 'clinic',
         'record': 'age, sex, habits', 'note': 'free text', 'exif': 'what a camera wrote beside the pixels',
         'pixels': 'the photograph itself'}
BASE = ('file_name', 'patient_id', 'lesion_id', 'rater', 'visit', 'device', 'center', 'record', 'note')


class Artefact(NamedTuple):
    """Files of one kind: where from, which, and what of ``KINDS`` they hold."""

    tool: str
    files: tuple
    holds: tuple
    remark: str = ''


ARTEFACTS = {
    'data set': Artefact('converters, lopm split', ('*.json',), BASE,
                         'the base itself; photographs stay where they are'),
    'index': Artefact('lopm index', ('*.arrow',), BASE, 'the same in another form'),
    'doctor': Artefact('lopm check', ('report.html', 'report.json', 'facts.jsonl'),
                       ('file_name', 'patient_id', 'rater', 'pixels'), 'for those who mend the base'),
    'features': Artefact('lopm features', ('features.html', 'features.csv'), ('rater',),
                         'how far each pair of raters agrees'),
    'measures': Artefact('lopm measure', ('measures.csv',), ('file_name', 'lesion_id', 'rater')),
    'export': Artefact('lopm export', ('*.tfrecord', '*.tar', 'export.json', 'croissant.json'),
                       ('record', 'pixels'), 'ids are keyed anew; the record as numbers, where the config reads it'),
    'set for others': Artefact('converters --write yolo, folders', ('*.jpg', '*.png', '*.txt', '*.yaml', 'report.json'),
                               ('file_name', 'pixels'), 'in the other formats all of the base, but no photograph'),
    'predictions': Artefact('test.py, lopm crossval', ('*.parquet',), tuple(kind for kind in BASE if kind != 'note'),
                            'for its owner alone (mode 600)'),
    'predicted cases': Artefact('lopm predict', ('cases/*.json', 'lesions.csv', 'photographs.csv', 'predictions.json'),
                                ('file_name', 'patient_id', 'visit', 'device', 'center', 'record'),
                                'as far as --records gives them; of the cases alone the name and the record'),
    'pictures of cases': Artefact('lopm predict', ('pictures/*.jpg',), ('file_name', 'pixels')),
    'pack': Artefact('lopm pack', ('pack.json', 'card.md'), (), 'names of photographs with --show-photographs; '
                     'of groups of sex, age and site how many there are'),
    'reports': Artefact('lopm report', ('*.html', '*.fhir.json'), ('file_name', 'record', 'pixels'),
                        'and the same as PDF'),
    'terminal and logs': Artefact('all', ('said.txt', '*.log'), ('file_name', 'patient_id', 'rater'),
                                  'to say where something is wrong'),
    'scores': Artefact('test.py', ('metrics.json',), ()),
    'study': Artefact('lopm study', ('study.html', 'study.csv'), ('device', 'center', 'pixels'),
                      'of the worst errors the photographs; devices and centers as groups')}

# What a search for words cannot judge, or needs a server or a training: by reading the code that writes it.
OTHERS = {
    'checkpoints': Artefact('train.py', ('*.pth',), ()),
    'pictures of results': Artefact('test.py --show-dir', ('*.png',), ('pixels',)),
    'contact sheets': Artefact('lopm browse', ('sheet_*.png',), ('patient_id', 'record', 'pixels'),
                               'written on the pictures, for those who look through the base'),
    'bad photographs': Artefact('train.py, test.py', ('bad_photographs.json',), ('file_name',)),
    'courses': Artefact('lopm follow', ('*.html', '*.pdf', '*.json'), ('visit', 'pixels'), 'called as the folder is'),
    'screened sessions': Artefact('lopm screen', ('*.html', '*.pdf', '*.json', 'screened.csv'),
                                  ('file_name', 'patient_id', 'visit', 'pixels'),
                                  'called as folders or --sessions call them; screened.csv for its owner alone'),
    "the page's base": Artefact('lopm web-export, lopm web', ('all.json', 'images/*', '*.zip'), ('record', 'pixels'),
                                'ids are keyed by the secret of the page; days of visits are moved'),
    "the page's reports": Artefact('lopm web', ('*.html', '*.pdf', '*.fhir.json', '*.dicom.zip'),
                                   ('patient_id', 'visit', 'record', 'pixels'),
                                   "the patient by the clinic's code, but FHIR, which names none"),
    'operating points': Artefact('lopm operate', ('operating.json', 'operating.png'), (),
                                 'how many patients, and figures'),
    'flags': Artefact('lopm flag', ('*.csv',), ('file_name',)),
    'a Label Studio server': Artefact('lopm studio upload', (), ('file_name', 'patient_id', 'visit', 'pixels'),
                                      'what annotators see; its own accounts guard it')}


def table():
    """The table as lines of text."""
    lines = []
    for name, each in (ARTEFACTS | OTHERS).items():
        held = ', '.join(KINDS[kind] for kind in each.holds) or 'nothing of a patient'
        remark = f'; {each.remark}' if each.remark else ''
        files = ': '.join([each.tool, *[', '.join(each.files)] * bool(each.files)])
        lines.append(f'{name} ({files}): {held}{remark}')
    return lines


if __name__ == '__main__':
    print('\n'.join(table()))
