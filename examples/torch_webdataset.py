"""Plain PyTorch on an export of tools/export_dataset.py: outlines, and which words of a task hold on a photograph.

    python examples/torch_webdataset.py EXPORT_DIR diagnosis
"""
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

folder, task, size = Path(sys.argv[1]), sys.argv[2], (96, 128)
outputs = json.loads((folder / 'export.json').read_text())['settings']['outputs'][task]


class Shards(torch.utils.data.IterableDataset):
    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        for shard in sorted(folder.glob('webdataset/*.tar'))[worker.id::worker.num_workers]:
            with tarfile.open(shard, 'r|') as tar:  # as a stream
                sample = {}
                for member in tar:
                    key, name = member.name.split('.', 1)
                    sample[name] = tar.extractfile(member).read()
                    if name == 'json':  # the last member of a sample
                        yield self.decode(sample)
                        sample = {}

    def decode(self, sample):
        photograph = next(sample[name] for name in sample if name.startswith('photograph'))
        photograph = Image.open(io.BytesIO(photograph)).convert('RGB').resize(size[::-1])
        lesion_map = np.asarray(Image.open(io.BytesIO(sample['lesion.png'])).resize(size[::-1], Image.NEAREST))
        outline = np.where(lesion_map == 255, np.nan, lesion_map > 0)  # nan: unknown
        said = np.load(io.BytesIO(sample[f'target.{task}.npy'])).reshape(-1, outputs)  # a row per lesion and rater
        words = np.fmax.reduce(said, 0, initial=np.nan)  # of any lesion, by any rater
        return tuple(torch.tensor(np.asarray(each), dtype=torch.float32) for each in (photograph, outline, words))


def known_loss(logits, target):
    """Binary cross-entropy over what is known."""
    known = ~target.isnan()
    return F.binary_cross_entropy_with_logits(logits[known], target[known], reduction='sum') / known.sum().clamp(min=1)


torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 5, 2, 2), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 5, 2, 2),
                            torch.nn.ReLU(), torch.nn.Conv2d(32, 1 + outputs, 1))
optimizer = torch.optim.Adam(model.parameters(), 3e-3)
for epoch in range(5):
    losses = []
    for photograph, outline, words in torch.utils.data.DataLoader(Shards(), batch_size=8, num_workers=2):
        logits = model(photograph.permute(0, 3, 1, 2) / 255)
        loss = known_loss(F.interpolate(logits[:, 0:1], size)[:, 0], outline) + \
            known_loss(logits[:, 1:].amax((2, 3)), words)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f'epoch {epoch}: loss {sum(losses) / len(losses):.3f}')
