"""Run in the environment of readers_env.sh: what others read in a file, as one json on the standard output.

    python read_by_peers.py cvat|coco FOLDER_OF_DATUMARO
    python read_by_peers.py labelme FILE

``{photograph: [{label, attributes, and points [x, y, ...] or pixels, the number in the mask}]}``.
"""
import json
import sys


def by_datumaro(form, folder):
    from datumaro import Dataset
    dataset = Dataset.import_from(folder, form)
    labels = [each.name for each in next(iter(dataset.categories().values())).items]
    return {item.id: [{'label': labels[each.label], 'group': each.group, 'attributes': each.attributes,
                       **({'points': each.points} if hasattr(each, 'points') else {'pixels': int(each.image.sum())})}
                      for each in item.annotations if each.type.name in ('polygon', 'mask')] for item in dataset}


def by_labelme(path):
    from labelme import LabelFile
    file = LabelFile(path)
    return {file.imagePath: [{'label': each['label'], 'group': each['group_id'],
                              'attributes': each['other_data']['attributes'],
                              **({'points': sum(each['points'], [])} if each['mask'] is None else
                                 {'pixels': int(each['mask'].sum())})} for each in file.shapes]}


form, path = sys.argv[1:]
print(json.dumps(by_labelme(path) if form == 'labelme' else by_datumaro(form, path)))
