"""A pack as something to predict with; nothing in it is executed."""
from pathlib import Path

from mmengine.config import Config

from lopm.engine.runs import refuse_foreign
from lopm.evaluation.doubt import Doubt
from lopm.followup.noise import load_noise
from lopm.pack.alike import load_index
from lopm.pack.format import INDEX, NOISE, read_content, weights_of


class Pack:
    """An opened pack.

    Attributes:
        content: ``Content``. folder: Where it is. doubt: ``Doubt``. index: ``Index`` of training lesions.
        config: mmengine's, of the network. checkpoint: Its weights. noise: ``Noise`` of followed lesions, or None.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.content = read_content(folder)
        self.doubt = Doubt(self.content.doubt)
        self.index = load_index(self.folder / INDEX)
        # what lies in the folder and is not sealed is no part of the pack
        self.noise = load_noise(self.folder / NOISE) if NOISE in self.content.files else None
        self.checkpoint = self.folder / weights_of(0)
        self.config = Config(self.content.config)
        refuse_foreign(self.config, self.folder)
        if ensemble := self.config.get('predict_with'):
            others = [str(self.folder / weights_of(i)) for i in range(1, ensemble.pop('members'))]
            self.config.predict_with = dict(flips=ensemble.flips, others=others)

    def alike(self, pooled, task, words, count=3):
        """The training lesions most like one, ``{word: [{'similarity', 'words', 'photograph', 'lesion'}]}``, for each
        of some words of a task; never two of one patient."""
        found = {}
        for word in words:
            among = [each.words.get(task) == word for each in self.content.known]
            found[word] = [{'lesion': place, 'similarity': similarity, 'words': self.content.known[place].words,
                            'photograph': self.content.known[place].photograph}
                           for place, similarity in self.index.nearest(pooled, among, count)]
        return found


def open_pack(pack, checkpoint=None, options=()):
    """``(config, checkpoint)`` of a pack, as ``engine.runs.open_run`` gives those of a run."""
    if checkpoint or options:
        raise ValueError(f'{pack.folder}: a pack, which is used as it is; without a checkpoint and without options')
    return pack.config, pack.checkpoint
