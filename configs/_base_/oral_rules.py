# Labels of oral lesions that contradict each other, for lopm check: all that is said, while what is absent
# was seen not to be there. A rule about words that the tasks do not have is passed over. Another disease, another file.
# The definitions: Warnakulasuriya et al., Oral Diseases 2021;27:1862-1880, and the reviews that describe its entities:
# leukoplakia is a white plaque, homogeneous where it is uniformly white, flat and thin, with shallow cracks at most;
# with red patches (speckled), nodules or a verrucous surface it is non-homogeneous. Erythroplakia is red.
rules = [
    dict(name='homogeneity is defined for white lesions only', said=dict(homogeneity=...), absent=dict(color='white')),
    dict(name='a speckled lesion, white and red, is not homogeneous',
         said=dict(homogeneity='homogeneous', color=['white', 'red'])),
    dict(name='a nodular lesion is not homogeneous', said=dict(homogeneity='homogeneous', texture='nodular_granular')),
    dict(name='a verrucous lesion is not homogeneous',
         said=dict(homogeneity='homogeneous', texture='verrucous_papillary')),
    dict(name='the diagnosis says non-homogeneous, the feature homogeneous',
         said=dict(homogeneity='homogeneous', diagnosis='non_homogeneous_leukoplakia')),
    dict(name='the diagnosis says homogeneous, the feature non-homogeneous',
         said=dict(homogeneity='non_homogeneous', diagnosis='homogeneous_leukoplakia')),
    dict(name='homogeneous leukoplakia is white', said=dict(diagnosis='homogeneous_leukoplakia'),
         absent=dict(color='white')),
    dict(name='erythroplakia is red', said=dict(diagnosis='erythroplakia'), absent=dict(color='red')),
]
