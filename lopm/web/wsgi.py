"""The page as gunicorn serves it."""
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'lopm.web.settings')
application = get_wsgi_application()
