"""What nobody labelled is left out of a config, whatever it is, and a test builds what was trained."""
import json
from pathlib import Path

import pytest
import torch

from lopm.datasets.index import write_index
from lopm.datasets.labels import count_labels
from lopm.engine.launch import load_config
from lopm.engine.left_out import left_out_of
from lopm.tasks import build_tasks
from lopm.weights import export_weights, read_checkpoint, write_weights

POLYGON = [[2, 2, 20, 2, 20, 20]]
ALL = ['color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity', 'diagnosis']
WORDS = dict(color=['white'], texture=[], border_sharpness='well_defined', border_regularity='regular',
             homogeneity='homogeneous', diagnosis='lichen_planus')


@pytest.fixture
def load(tmp_path):
    """The config of a folder whose training part has these words, at lesions or at whole photographs."""
    def load(words, outlined=True, config='configs/multitask.py', checkpoint=None, options=()):
        image = dict(id=1, file_name='a.jpg', width=32, height=32, outlined=outlined)
        lesion = dict(id=1, image_id=1, category_id=1, segmentation=POLYGON, attributes=words)
        content = dict(images=[image if outlined else {**image, 'attributes': words}],
                       annotations=[lesion] if outlined else [], categories=[dict(id=1, name='lesion')])
        for part in ('train', 'val', 'test'):
            (tmp_path / f'{part}.json').write_text(json.dumps(content))
        return load_config(config, folder=tmp_path, checkpoint=checkpoint, options=options)
    return load


def only(*names):
    return {name: WORDS[name] for name in names}


def test_with_all_labels_nothing_changes(load):
    cfg = load(WORDS)
    own = load_config('configs/multitask.py')
    assert cfg.left_out == [] and cfg.model == own.model and cfg.judged_by == own.judged_by


def test_heads_go_with_their_labels_and_the_meta_head_reads_the_others(load):
    cfg = load(only('texture', 'border_regularity', 'homogeneity', 'diagnosis'))
    assert cfg.left_out == ['color', 'border_sharpness']
    heads = {name: head['tasks'] for name, head in cfg.model.feature_heads.items()}
    assert heads == dict(texture=['texture'], borders=['border_regularity'], homogeneity=['homogeneity'])
    assert cfg.model.meta_head.task == 'diagnosis' and cfg.judged_by == ['outline/jaccard', 'diagnosis/auroc']
    tasks = build_tasks(cfg.model.tasks)
    assert list(tasks) == ['lesion', *ALL] and not tasks['homogeneity'].valid_if  # nobody says where color is white
    assert cfg.test_evaluator.tasks == cfg.model.tasks == cfg.train_dataloader.dataset.tasks


def test_a_border_that_nobody_outlined_is_left_out_whatever_is_said_of_it(load):
    cfg = load(WORDS, outlined=False)
    assert cfg.left_out == ['lesion', 'border_sharpness', 'border_regularity']
    assert 'borders' not in cfg.model.feature_heads and cfg.model.meta_head.task == 'diagnosis'


def test_class_words_alone_train_a_diagnosis_with_a_head_of_its_own(load):
    cfg = load(only('diagnosis'), outlined=False)
    assert cfg.left_out == ['lesion', *ALL[:-1]]
    assert cfg.model.feature_heads == dict(diagnosis=dict(type='FeatureHead', with_lab=True, tasks=['diagnosis']))
    assert cfg.model.meta_head is None and cfg.model.outline_head is None and not cfg.model.task_weights
    assert cfg.judged_by == ['diagnosis/auroc'] == cfg.default_hooks.checkpoint.monitor


def test_a_run_without_its_own_measure_is_judged_by_all_that_it_learns(load):
    cfg = load(only('color', 'texture'), outlined=False)
    assert cfg.model.meta_head is None and cfg.judged_by == ['color/auroc', 'texture/auroc']
    twin = load(only('color', 'texture'), outlined=False, options=['judged_by=true_outline/texture/auroc'])
    assert twin.judged_by == ['texture/auroc']


def test_other_masks_and_stated_concepts(load):
    cfg = load(WORDS, config='configs/oral_extended.py', options=['model.meta_head.concepts=[site,texture]'])
    assert cfg.left_out == ['mouth_cavity', 'elementary_lesion', 'site']
    assert [task['name'] for task in cfg.model.tasks if task['kind'] == 'mask'] == ['lesion']
    assert cfg.model.meta_head.concepts == ['texture']


def test_what_cannot_be_left_out_is_an_error(load):
    with pytest.raises(ValueError, match='color.py: nothing labels lesion, color.*learns nothing else'):
        load(only('texture'), outlined=False, config='configs/separate/color.py')
    with pytest.raises(ValueError, match='stacking.py: nothing labels color.*take those networks out'):
        load(only('texture', 'diagnosis'), config='configs/stacking.py')
    with pytest.raises(ValueError, match="unknown task 'colour', did you mean 'color'"):
        load(WORDS, options=['left_out=colour,texture'])


@pytest.mark.parametrize('name', ['weights.pth', 'weights.safetensors'])
def test_a_test_on_another_base_builds_what_was_trained(load, tmp_path, name):
    trained = load(only('diagnosis', 'texture'))
    write_weights({'weight': torch.ones(1)}, tmp_path / name, {'left_out': trained.left_out})
    assert left_out_of(read_checkpoint(tmp_path / name)) == trained.left_out
    assert load(WORDS, checkpoint=tmp_path / name).model == trained.model
    export_weights(tmp_path / name, tmp_path / 'exported.safetensors')
    assert left_out_of(read_checkpoint(tmp_path / 'exported.safetensors')) == trained.left_out
    torch.save({'state_dict': {}}, tmp_path / 'older.pth')
    assert load(only('diagnosis'), checkpoint=tmp_path / 'older.pth').left_out == []


@pytest.mark.parametrize('config', ['configs/multitask.py', 'configs/oral_extended.py'])
def test_the_config_that_a_run_leaves_in_its_folder_says_the_same(load, tmp_path, config):
    trained = load(only('diagnosis', 'homogeneity'), config=config)
    trained.dump(tmp_path / 'dumped.py')
    again = load(WORDS, config=tmp_path / 'dumped.py')
    assert again.left_out == trained.left_out and again.model == trained.model


def test_what_one_of_three_raters_says_is_a_label(load, tmp_path):
    load(only('diagnosis'))
    content = json.loads((tmp_path / 'train.json').read_text())
    said = content['annotations'][0]
    content['annotations'] = [{**said, 'id': i, 'lesion_id': 'L1', 'rater': f'r{i}', 'attributes': words}
                              for i, words in enumerate([{}, only('color', 'diagnosis'), {}])]
    (tmp_path / 'train.json').write_text(json.dumps(content))
    cfg = load_config('configs/multitask.py', folder=tmp_path)
    assert 'color' not in cfg.left_out and 'texture' in cfg.left_out
    assert count_labels(build_tasks(cfg.tasks), tmp_path / 'train.json')['color'].total == pytest.approx(1 / 3)


def test_counts_of_labels_are_the_same_of_a_json_and_of_its_index(load, tmp_path):
    cfg = load(dict(color=['white', 'red'], texture=[], diagnosis=dict(any_of=['lichen_planus', 'benign_lesion'])))
    tasks = build_tasks(cfg.tasks)
    found = count_labels(tasks, tmp_path / 'train.json')
    from lopm.datasets.coco import group_photographs
    write_index(tmp_path / 'train.arrow', group_photographs(tmp_path / 'train.json'))
    assert count_labels(tasks, tmp_path / 'train.arrow') == found
    assert found['lesion'].total == 1 and found['texture'].total == 1 and not any(found['texture'].classes.values())
    assert [word for word, count in found['color'].classes.items() if count] == ['white', 'red']
    assert found['homogeneity'].total == 0


def test_a_head_for_a_task_that_is_in_no_list_is_named(load, tmp_path):
    (tmp_path / 'mine.py').write_text(f"_base_ = ['{Path('configs/oral.py').resolve()}']\n"
                                      "tasks = [dict(name='lesion', kind='mask', level='image'),\n"
                                      "         dict(name='diagnosis', kind='binary', classes=['no', 'yes'])]\n")
    with pytest.raises(ValueError, match=r"mine\.py: a head predicts 'color', and the tasks list has"):
        load(dict(diagnosis='yes'), outlined=False, config=tmp_path / 'mine.py')
