import pytest

from lopm.study.settings import keep_settings


def test_a_folder_goes_on_with_its_own_settings_alone(tmp_path):
    keep_settings(tmp_path / 'out', {'folds': 3, 'sizes': (1, 2)})
    keep_settings(tmp_path / 'out', {'folds': 3, 'sizes': [1, 2]})
    with pytest.raises(ValueError, match='other settings: folds is 3 there and 5 here. Name another folder'):
        keep_settings(tmp_path / 'out', {'folds': 5, 'sizes': [1, 2]})
