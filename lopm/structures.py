"""What travels from the data set through the model to the metric: one ``LesionDataSample`` per photograph."""
from collections.abc import Sequence

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor

LESION = 'lesion'  # category of the outlines, and name of their mask task; other mask tasks bear their category's name
UNKNOWN = 255  # in every map: neither inside nor outside
OUT_OF_FOLD = 'out_of_fold_'  # before a task's name in ``gt_lesions``: said by a network that never saw the photograph
MAX_LESIONS = UNKNOWN - 1  # of a photograph: ids of a uint8 lesion map


class LesionDataSample(BaseDataElement):
    """A photograph's truth and, after ``predict``, its predictions.

    Truth, written by ``PackLesions``:

    - ``gt_sem_seg``: ``PixelData`` uint8 ``[M, H, W]`` at model resolution. mmseg's transforms and
      ``SegDataPreProcessor`` move, crop and pad it (with 255) as one map. Metainfo ``map_names`` names the M
      channels: always ``lesion`` (0 background, i the i-th lesion, 255 unknown); in training also ``region`` (the
      lesion map features are pooled from: the true one or a jittered one; on pixels where ``lesion`` is unknown i is
      the place of a lesion that nobody outlined), ``nearest`` (id of the nearest lesion, everywhere, in a place its
      own), ``core`` (0, 1, 255: well inside a lesion); then one 0, 1, 255 channel per other mask task.
    - ``gt_lesions``: ``InstanceData`` of length L, row i-1 for lesion i: ``<task>`` float32 ``[L, R, K]`` (nan:
      unknown; R raters), and ``measured`` float32 ``[L, M]`` where the pipeline measures. A photograph that has words
      and no outline has one lesion, whose place is the photograph.
    - ``gt_image``: ``InstanceData`` of length 1, the same for tasks of the photograph, its visit and its patient.
    - ``record``: float32 ``[F]``, the encoded record (nan: missing).
    - metainfo ``img_path, image_id, patient_id, visit, lesion_ids, ori_shape, img_shape, flip, bad``
      (``bad``: why the photograph could not be read, else ``''``).
    - at test also metainfo ``ori_maps``: ``{name: uint8 [H0, W0]}`` at original size, majority of the raters,
      ``rater_jaccard``: mean mutual Jaccard of the raters' outlines (nan with one rater), and ``boxes``: of each lesion
      None where it is outlined, else its place, ``(x, y, width, height)``.

    Predictions, written by ``MultiTaskModel.predict``:

    - ``pred_map``: uint8 ``[H0, W0]`` lesion map at original size; ``pred_masks``: ``{name: bool [H0, W0]}``; neither
      by a model without an outline head.
    - ``pred_lesions``: ``InstanceData`` of length P: ``scores`` ``[P]`` (mean outline probability inside) and
      ``<task>`` probabilities ``[P, K]``, on predicted outlines.
    - ``true_lesions``: ``InstanceData`` of length L: ``<task>`` ``[L, K]`` on true outlines.
    - ``pred_image``: ``InstanceData`` of length 1: every task once a photograph, lesion tasks pooled over all that is
      outlined in it, or over the whole photograph where nothing is; what is said of a visit or a patient, with each of
      its photographs. Of the same, ``by_table``: what follows from the lesions' words, and metainfo ``leads``:
      ``{level: whether this is the first photograph of its visit, its patient}``.
    """

    def maps(self) -> dict[str, Tensor]:
        """``{name: [H, W] tensor}`` of the packed channels."""
        return dict(zip(self.map_names, self.gt_sem_seg.data))


def stack_maps(samples: Sequence[LesionDataSample], name: str) -> Tensor | None:
    """One named map of a batch, ``[B, H, W]``; None where the samples do not carry it."""
    if name not in samples[0].map_names:
        return None
    channel = samples[0].map_names.index(name)
    return torch.stack([sample.gt_sem_seg.data[channel] for sample in samples])


def concat_lesions(samples: Sequence[LesionDataSample], name: str, field: str = 'gt_lesions') -> Tensor:
    """Targets of all lesions of a batch, ``[sum L, R, K]``, padded with nan rows to the most raters."""
    rows = [getattr(sample, field)[name] for sample in samples]
    raters = max(row.shape[1] for row in rows)
    return torch.cat([torch.nn.functional.pad(row, (0, 0, 0, raters - row.shape[1]), value=float('nan'))
                      for row in rows])
