"""One mouth photographed twice: seconds apart, nearer, from another side, mirrored. Perceptual hashes see copies alone.

``features`` describes the points of a photograph, ``candidates`` proposes pairs by what they describe, ``geometry``
tells whether one picture can be laid upon the other, ``search`` does it for a base.
"""
