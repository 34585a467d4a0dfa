"""Which features matter: what raters say of lesions, how far they agree, and what it tells of the diagnosis."""
