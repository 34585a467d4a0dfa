"""VGG Image Annotator 3, a project: files, views of them, and metadata, each a shape or what is said of a file.

``xy`` is ``[shape id, coordinates ...]``, ``z`` holds times of a video, ``av`` says ``{attribute: option or text}``.
"""
from lopm.curation.formats.kinds import Via3Entry, Via3Project, check
from lopm.curation.outlines import ellipse, polygon, rectangle
from lopm.curation.source import Photograph, SourceError, by_rater, drawn, flat, once, with_rater

IMAGE = 2  # type of a file
TEXT, CHECKBOX, RADIO, SELECT = 1, 2, 3, 4  # types of an attribute
BOX, POLYGON = 2, 7
KINDS = {1: 'point', 5: 'line', 6: 'polyline', 8: 'extreme rectangle', 9: 'extreme circle'}  # that are not read
COUNTS = {BOX: (4,), 3: (3,), 4: (4, 5)}  # of coordinates
SHAPES = {BOX: rectangle, 3: lambda cx, cy, r: ellipse(cx, cy, r, r), 4: ellipse,
          POLYGON: lambda *numbers: polygon(list(zip(numbers[::2], numbers[1::2], strict=True)))}


def read(content, path, export):
    """Add the photographs of a project."""
    with export.at(path):
        check(content, Via3Project)
        _read(content, path, export)


def _read(content, path, export):
    photographs = {}
    names = set()
    for view, shown in content['view'].items():
        with export.at(f'{path}: view {view}'):
            file = content['file'][str(shown['fid_list'][0])]
            if file.get('type', IMAGE) != IMAGE:
                raise SourceError(f'{file["fname"]} is a video or sound; export photographs only')
            once(file['fname'], names, 'the photograph')
            photographs[view] = Photograph(file['fname'], place=f'{path}: file {file["fname"]!r}')
    for key, entry in content['metadata'].items():
        with export.at(f'{path}: metadata {key}'):
            check(entry, Via3Entry)
            if entry.get('z'):
                raise SourceError('has times (z): a video task; export photographs only')
            if str(entry['vid']) in photographs:
                _add(entry, photographs[str(entry['vid'])], content['attribute'], f'{path}: metadata {key}', export)
            elif str(entry['vid']) not in content['view']:
                raise SourceError(f'belongs to view {entry["vid"]}, which is not there')
    export.photographs += photographs.values()


def _add(entry, photograph, attributes, place, export):
    words = {}
    for key, said in entry['av'].items():
        values = _values(said, attributes[key])
        if values:
            words[attributes[key]['aname']] = values
    if not entry['xy']:
        for rater, own in by_rater(words).items():
            photograph.words.setdefault(rater, {}).update(own)
    elif entry['xy'][0] in SHAPES:
        shape, *numbers = entry['xy']
        if len(numbers) not in COUNTS.get(shape, [len(numbers)]) or shape == POLYGON and len(numbers) % 2:
            raise SourceError(f'a shape of type {shape:g} with {len(numbers)} coordinates; draw it again')
        photograph.regions.append(drawn(SHAPES[shape](*numbers), words, place, is_box=shape == BOX))
    else:
        export.leave_out(KINDS.get(entry['xy'][0], f'shape {entry["xy"][0]}'), photograph, place)


def _values(said, attribute):
    if said in ('', None):
        return []
    if attribute['type'] in (CHECKBOX, RADIO, SELECT):
        return [attribute['options'][option] for option in str(said).split(',')]
    return [said]


def project(photographs, regions):
    """A project from photographs and, for each, its regions of one polygon."""
    said = [(view, [], flat(photograph.words)) for view, photograph in enumerate(photographs, start=1)]
    said += [(view, [BOX, *region.box] if region.box else [POLYGON, *region.segmentation[0]], with_rater(region))
             for view, own in enumerate(regions, start=1) for region in own]
    attributes = _attributes(said)
    numbers = {(attribute['aname'], attribute['anchor_id']): key for key, attribute in attributes.items()}
    metadata = {f'{view}_{number}': {'vid': str(view), 'flg': 0, 'z': [], 'xy': xy, 'av': {
        numbers[name, _anchor(xy)]: _option(values, attributes[numbers[name, _anchor(xy)]])
        for name, values in words.items()}} for number, (view, xy, words) in enumerate(said) if xy or words}
    views = [str(view) for view in range(1, len(photographs) + 1)]
    return {'project': {'pname': 'lopm', 'data_format_version': '3.1.1', 'vid_list': views},
            'config': {}, 'attribute': attributes,
            'file': {view: {'fid': view, 'fname': photograph.name, 'type': IMAGE, 'loc': 1, 'src': photograph.name}
                     for view, photograph in zip(views, photographs)},
            'metadata': metadata, 'view': {view: {'fid_list': [view]} for view in views}}


def _anchor(xy):
    return 'FILE1_Z0_XY1' if xy else 'FILE1_Z0_XY0'


def _attributes(said):
    """Attributes by number: check boxes where one has several values, else text."""
    found = {}
    for _, xy, words in said:
        for name, values in words.items():
            options = found.setdefault((name, _anchor(xy)), [])
            options.append(values)
    return {str(number): {'aname': name, 'anchor_id': anchor, **_kind(options), 'desc': '', 'default_option_id': ''}
            for number, ((name, anchor), options) in enumerate(found.items(), start=1)}


def _kind(options):
    if all(len(values) == 1 for values in options):
        return {'type': TEXT, 'options': {}}
    different = dict.fromkeys(value for values in options for value in values)
    return {'type': CHECKBOX, 'options': {str(i): value for i, value in enumerate(different)}}


def _option(values, attribute):
    if attribute['type'] == TEXT:
        return values[0]
    number = {value: key for key, value in attribute['options'].items()}
    return ','.join(number[value] for value in values)
