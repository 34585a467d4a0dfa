"""Plain PyTorch on an export of lopm export: outlines, and which words of a task hold on a photograph.

    python examples/torch_webdataset.py EXPORT_DIR diagnosis
"""
import io
import itertools
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
    def __iter__(self):  # photograph [3, H, W], lesion map [H, W], words [outputs]
        for shard in sorted(folder.glob('webdataset/*.tar')):
            with tarfile.open(shard) as tar:
                for _, members in itertools.groupby(tar, lambda member: member.name.split('.')[0]):
                    files = {each.name.split('.', 1)[1].rpartition('.')[0]: tar.extractfile(each) for each in members}
                    photograph = np.array(Image.open(files['photograph']).convert('RGB').resize(size[::-1]))
                    lesion_map = np.array(Image.open(files['lesion']).resize(size[::-1], Image.NEAREST))
                    said = np.load(io.BytesIO(files[f'target.{task}'].read())).reshape(-1, outputs)
                    words = np.fmax.reduce(said, 0, initial=np.nan)  # of any lesion by any rater; nan: unknown
                    yield photograph.transpose(2, 0, 1) / np.float32(255), lesion_map, words.astype(np.float32)


def known_loss(logits, target):  # binary cross-entropy over what is known
    known = ~target.isnan()
    return F.binary_cross_entropy_with_logits(logits[known], target[known], reduction='sum') / known.sum().clamp(min=1)


layers = torch.nn.Conv2d(3, 16, 5, 2, 2), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 5, 2, 2), torch.nn.ReLU()
model = torch.nn.Sequential(*layers, torch.nn.Conv2d(32, 1 + outputs, 1))
optimizer = torch.optim.Adam(model.parameters(), 3e-3)
for epoch in range(5):
    losses = []
    for photograph, lesion_map, words in torch.utils.data.DataLoader(Shards(), batch_size=8):
        logits = model(photograph)
        outline = torch.where(lesion_map == 255, torch.nan, (lesion_map > 0).float())  # nan: unknown
        loss = known_loss(F.interpolate(logits[:, :1], size)[:, 0], outline)
        loss = loss + known_loss(logits[:, 1:].amax((2, 3)), words)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f'epoch {epoch}: loss {np.mean(losses):.3f}')
