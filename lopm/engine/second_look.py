"""``second_look=dict(...)`` of a config: the network looks at each lesion again, from near (``lopm.models.closer``)."""
import difflib

from mmengine.config import ConfigDict

ZOOM, MARGIN, ODDS = 3, 0.5, 0.5  # as of LookCloser


def share_second_look(cfg):
    """Hand a config's ``second_look`` to the model and to its pipelines, in place.

    ``tasks``: those that are read from near; by default all. In training every photograph is one or the other, by
    ``odds``: whole, or a lesion from near. At test it comes with a larger copy of itself, that lesions are cut out of.

    Raises:
        ValueError: There is no such task; a pipeline has no FitPhotograph, which makes the copy.
    """
    wanted = cfg.get('second_look')
    if not wanted or not cfg.get('model'):
        return
    zoom, margin, odds = (wanted.get(key, own) for key, own in (('zoom', ZOOM), ('margin', MARGIN), ('odds', ODDS)))
    tasks = refuse_unknown(wanted.get('tasks'), cfg.get('tasks') or ())
    cfg['model'].setdefault('second_look', dict(zoom=zoom, margin=margin, tasks=tasks))
    for part in ('train', 'val', 'test'):
        pipeline = ((cfg.get(f'{part}_dataloader') or {}).get('dataset') or {}).get('pipeline')
        if pipeline is None:
            continue
        place = next((i for i, each in enumerate(pipeline) if each['type'] == 'FitPhotograph'), None)
        if place is None:
            raise ValueError(f'{part}_dataloader: second_look needs FitPhotograph in the pipeline, which keeps a '
                             'larger copy of each photograph')
        if part != 'train':
            pipeline[place].setdefault('fine', zoom)
        elif all(each['type'] != 'LookCloser' for each in pipeline):
            pipeline.insert(place, ConfigDict(type='LookCloser', zoom=zoom, margin=margin, odds=odds))


def refuse_unknown(names, tasks):
    """The names of tasks that are read from near, as a list; None for all."""
    known = [task['name'] for task in tasks]
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise ValueError(f'second_look.tasks: there is no task {name!r}' + (
                f'; did you mean {near[0]!r}?' if near else ''))
    return list(names) if names else None
