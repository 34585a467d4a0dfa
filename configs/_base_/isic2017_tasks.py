# What is predicted on ISIC 2017. Only the outline and the diagnosis were given by experts. The others are values
# measured on the pixels, cut in three at the training part's terciles by the converter: they exercise the heads, and
# are evidence of nothing. Words from low to high value; a sharp or regular border is a high value, and comes first.
tasks = [
    dict(name='lesion', kind='mask', level='image'),
    dict(name='color', kind='ordinal', sensitive_to=['hue'],
         classes=['near_skin', 'intermediate', 'far_from_skin']),
    dict(name='texture', kind='ordinal', sensitive_to=['blur', 'scale'],
         classes=['fine', 'intermediate', 'coarse']),
    dict(name='border_sharpness', kind='ordinal', sensitive_to=['blur'], needs_rim=True,
         classes=['well_defined', 'partly_defined', 'ill_defined']),
    dict(name='border_regularity', kind='ordinal', needs_rim=True,
         classes=['regular', 'intermediate', 'irregular']),
    dict(name='homogeneity', kind='ordinal', sensitive_to=['hue', 'blur'],
         classes=['homogeneous', 'intermediate', 'non_homogeneous']),
    dict(name='diagnosis', kind='multiclass', classes=['nevus', 'melanoma', 'seborrheic_keratosis']),
]
