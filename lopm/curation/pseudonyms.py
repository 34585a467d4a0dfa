"""Whose photographs are, by the intake that took them in: for exports, which know them by their new names alone."""
import os
from pathlib import Path

from lopm.datasets.format import read_dataset
from lopm.datasets.groups import has_patient


def patients_of_intake(folder):
    """``{path: patient_id}`` of photographs that lopm ingest took in; empty where the folder is none of its.

    Args:
        folder: The base that it made, or the folder of photographs in there.
    """
    folder = Path(folder)
    for base in (folder, folder.parent):
        if (base / 'ingest.json').is_file() and (base / 'all.json').is_file():
            images = read_dataset(base / 'all.json')['images']
            return {os.path.realpath(base / image['file_name']): image['patient_id']
                    for image in images if has_patient(image)}
    return {}
