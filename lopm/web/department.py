"""A department of a page, for commands that work while the page may be up."""


def open_department(place, name):
    """Open a page's database in this process, and find a department.

    Args:
        place: ``Place``.

    Raises:
        ValueError: There is no page in the folder, or no such department.
    """
    if not place.secret_file.is_file() or not (place.database or place.sqlite.is_file()):
        raise ValueError(f'{place.folder}: no folder of lopm web; name the one that it was started with')
    from lopm.web.serve import prepare
    prepare(place)
    from lopm.web.models import Department
    found = Department.objects.filter(name=name).first()
    if found is None:
        there = ', '.join(Department.objects.order_by('name').values_list('name', flat=True)) or 'none'
        raise ValueError(f'--department {name!r}: there is no such department; there is {there}')
    return found
