# More of the feature schema, by a longer tasks list and no code: the elementary lesion (F1), the site (F14), and the
# mouth cavity as a second mask beside the outline. The meta head reads the two new features as well.
_base_ = ['multitask.py']

tasks = _base_.tasks + [
    dict(name='mouth_cavity', kind='mask', level='image'),
    dict(name='elementary_lesion', kind='multilabel',
         classes=['macule', 'plaque', 'papule_nodule', 'vesicle_bulla', 'erosion', 'ulcer', 'mass_exophytic']),
    # ICD-O-3 topography in the schema: C00 lip, C02 tongue, C03 gum, C04 floor of mouth, C05 palate, C06 cheek, others.
    dict(name='site', kind='multilabel',
         classes=['vermilion_upper', 'vermilion_lower', 'labial_mucosa_upper', 'labial_mucosa_lower', 'commissure',
                  'buccal', 'vestibule', 'retromolar', 'gingiva_upper', 'gingiva_lower', 'tongue_dorsum',
                  'tongue_lateral_border', 'tongue_ventral', 'floor_of_mouth', 'hard_palate', 'soft_palate',
                  'base_of_tongue', 'other']),
]
model = dict(
    feature_heads=dict(
        elementary=dict(type='FeatureHead', tasks=['elementary_lesion']),
        site=dict(type='FeatureHead', tasks=['site'])))
