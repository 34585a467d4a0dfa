"""lopm: clinical features and a diagnosis aid for oral potentially malignant lesions on photographs."""
from importlib.metadata import PackageNotFoundError, distribution

__version__ = '0.1.0'

UPSTREAM = ('mmengine', 'mmcv', 'mmcv-lite', 'mmsegmentation', 'mmpretrain')


def check_family():
    """Refuse upstream OpenMMLab: it shares import names with the maintained forks and overwrites their files."""
    for name in UPSTREAM:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        raise ImportError(
            f'{name} {found.version} of upstream OpenMMLab is installed; lopm runs on the maintained forks '
            f'(onedl-{name.removesuffix("-lite")} ...), which have the same import names and share its files. '
            f'Mend it with: pip uninstall -y {" ".join(UPSTREAM)} && '
            'pip install --force-reinstall --no-deps -c constraints.txt '
            'onedl-mmengine onedl-mmcv onedl-mmsegmentation onedl-mmpretrain')


check_family()


def __getattr__(name):
    """``from lopm import Predictor``; imported when it is asked for, since it takes torch along."""
    if name == 'Predictor':
        from lopm.predictor import Predictor
        return Predictor
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
