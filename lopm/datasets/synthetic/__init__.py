"""Built-in photographs, drawn from their labels: they show that the software works, nothing about patients.

`labels` draws what a lesion is and what raters say of it, `patients` who is photographed and when,
`mucosa` and `lesions` the view, `camera` the picture, `generate` the folder of files.
"""
