# Separate networks and a meta head on top: configs/separate, each cross-validated on the same folds, then this.
#
#     for name in outline color texture borders homogeneity; do
#         lopm crossval configs/separate/$name.py --work-dir work_dirs/separate/$name --folds 3 --inner 3 \\
#             $([ $name = outline ] || echo --division work_dirs/separate/outline)
#     done
#     lopm crossval configs/stacking.py --work-dir work_dirs/stacking --folds 3 --inner 0 \\
#         --division work_dirs/separate/outline
#
# In each fold the meta head learns from what networks of the inner folds said of the training photographs, and is
# tested with the networks of the fold itself.
from mmengine.config import Config

_base_ = ['_base_/oral_tasks.py', '_base_/synthetic_data.py', '_base_/schedule.py', '_base_/runtime.py']
separate = 'work_dirs/separate'
names = ['outline', 'color', 'texture', 'borders', 'homogeneity']
networks = {
    name: dict(Config.fromfile('{{ fileDirname }}/separate/' + name + '.py').model,
               checkpoint=f'{separate}/{name}/{{fold}}/best.pth') for name in names}
del Config  # a config holds values alone

model = dict(
    type='StackedModel', networks=networks, meta_head=dict(type='MetaHead', task='diagnosis'),
    data_preprocessor=networks['outline']['data_preprocessor'])

train_dataloader = dict(
    batch_size=32,
    dataset=dict(type='StackingDataset', pipeline=_base_.test_pipeline,
                 predictions=[f'{separate}/{name}/{{fold}}/inner/predictions.parquet' for name in names[1:]]))
optim_wrapper = dict(optimizer=dict(lr=3e-3))
train_cfg = dict(max_epochs=30, val_interval=5)
judged_by = ['diagnosis/auroc']
