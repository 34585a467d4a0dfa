# The patient and the visit: how many lesions where, whom to refer, what a biopsy would find, when cancer may come. A
# head for a visit or a patient reads what all others say of the lesions on all its photographs; batches are whole
# patients.
# On built-in patients, which show that the software works, and nothing about patients. A clinic's own: --data DIR.
_base_ = ['multitask.py']

tasks = _base_.tasks + [
    # Where a lesion lies: its risk depends on it, and so does whether several sites are affected (schema: F14).
    dict(name='site', kind='multilabel',
         classes=['vermilion_upper', 'vermilion_lower', 'labial_mucosa_upper', 'labial_mucosa_lower', 'commissure',
                  'buccal', 'vestibule', 'retromolar', 'gingiva_upper', 'gingiva_lower', 'tongue_dorsum',
                  'tongue_lateral_border', 'tongue_ventral', 'floor_of_mouth', 'hard_palate', 'soft_palate',
                  'base_of_tongue', 'other']),
    dict(name='distribution', kind='multiclass', level='visit',
         classes=['free', 'unifocal', 'multifocal_one_site', 'multi_site']),
    # Learned, and beside it what follows from the diagnosis of the worst lesion, by a table of triage.
    dict(name='referral', kind='ordinal', level='visit', classes=['none', 'routine', 'urgent'],
         by_table=dict(of='diagnosis', words=dict(
             homogeneous_leukoplakia='routine', non_homogeneous_leukoplakia='urgent', erythroplakia='urgent',
             lichen_planus='routine', submucous_fibrosis='routine', benign_lesion='none'))),
    # Known where a biopsy was taken; without one nothing is written, and nothing is learned from the visit.
    dict(name='histology', kind='ordinal', level='visit', classes=['none', 'mild', 'moderate', 'severe', 'carcinoma']),
    # Defined over sites and visits: no single photograph shows it.
    dict(name='proliferative', kind='binary', level='patient'),
    # Years from the last visit that is shown to cancer, or to when the patient was last seen without.
    dict(name='transformation', kind='time', level='patient', cuts=[1, 2, 3, 4, 5], horizons=[1, 3, 5]),
]
record_fields = dict(
    age=dict(center=50, scale=20, range=[0, 120]), sex=dict(words=['female', 'male']),
    tobacco=dict(words=[False, True]), alcohol=dict(words=[False, True]))

model = dict(
    feature_heads=dict(site=dict(type='FeatureHead', tasks=['site'])),
    meta_head=dict(concepts=['color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity']),
    group_heads=dict(
        visit=dict(type='GroupHead', tasks=['distribution', 'referral', 'histology']),
        # Few patients have an event: what is counted of words, areas and the record, and nothing else, is read.
        patient=dict(type='GroupHead', tasks=['proliferative', 'transformation'], width=0,
                     record_fields=record_fields)))

data_root = 'data/synthetic_patients'
patients = dict(num_patients=200)
train_dataloader = dict(
    batch_size=2, sampler=dict(type='PatientSampler', shuffle=True),  # 2 patients, each with up to 6 photographs
    batch_sampler=dict(type='PatientBatches', most=6),
    dataset=dict(type='DrawnPatientsDataset', data_root=data_root, synthetic=patients))
val_dataloader = dict(
    batch_size=4, sampler=dict(type='PatientSampler', shuffle=False), batch_sampler=dict(type='PatientBatches'),
    dataset=dict(type='DrawnPatientsDataset', data_root=data_root, synthetic=patients))
test_dataloader = {**val_dataloader, 'dataset': val_dataloader['dataset']}
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(group_heads=dict(lr_mult=2.))))
judged_by = ['outline/jaccard', 'diagnosis/auroc', 'referral/auroc', 'transformation/concordance']
