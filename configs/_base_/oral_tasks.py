# What is predicted on oral photographs. Another disease means another such file and no code.
# Words and order: the feature schema of the clinical study (F2, F5, F7, F8, F4), in American spelling.
tasks = [
    dict(name='lesion', kind='mask', level='image'),
    # Judged against the healthy mucosa around: a change of hue changes the label.
    dict(name='color', kind='multilabel', sensitive_to=['hue'],
         classes=['white', 'red', 'yellow_fibrinous', 'blanched', 'pigmented', 'mucosa_colored']),
    dict(name='texture', kind='multilabel', sensitive_to=['blur', 'scale'],
         classes=['smooth_flat', 'fissured_cracked', 'wrinkled_corrugated', 'verrucous_papillary',
                  'nodular_granular', 'velvety', 'ulcerated']),
    dict(name='border_sharpness', kind='ordinal', sensitive_to=['blur'], needs_rim=True,
         classes=['well_defined', 'partly_defined', 'ill_defined']),
    dict(name='border_regularity', kind='ordinal', needs_rim=True,
         classes=['regular', 'intermediate', 'irregular']),
    # Defined for white lesions only; elsewhere masked, and "not applicable" to the meta head.
    dict(name='homogeneity', kind='ordinal', valid_if=dict(color='white'), sensitive_to=['hue', 'blur'],
         classes=['homogeneous', 'intermediate', 'non_homogeneous']),
    # Six classes: five disorders that one photograph can suggest, of very different risk, and the benign lesions they
    # are confused with. Leukoplakia is split in two because non-homogeneous means four times the risk. Not here:
    # proliferative verrucous leukoplakia (defined over several visits and sites), carcinoma (suspected, it
    # is biopsied, not classified), and what affects the lip alone (actinic cheilitis).
    dict(name='diagnosis', kind='multiclass',
         classes=['homogeneous_leukoplakia', 'non_homogeneous_leukoplakia', 'erythroplakia',
                  'lichen_planus', 'submucous_fibrosis', 'benign_lesion']),
]
