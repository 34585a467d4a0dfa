"""The clinic's page: photographs in, a case to discuss, corrected, printed, kept. Started by ``lopm web``.

``place.py`` says where things are, ``models.py`` what is kept, ``jobs.py`` and ``worker.py`` how photographs meet the
model, ``views/`` what is on which address. Web processes never import torch: whatever needs the model is a job.
"""
