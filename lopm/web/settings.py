"""Django's settings. What an installation decides stands in ``Place``; nothing else is to be edited."""
import dj_database_url

from lopm.web.place import Place

PLACE = Place.from_environment()
SECRET_KEY = PLACE.secret
DEBUG = False
ALLOWED_HOSTS = list(PLACE.hosts)
ROOT_URLCONF = 'lopm.web.urls'
WSGI_APPLICATION = 'lopm.web.wsgi.application'
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
SILENCED_SYSTEM_CHECKS = ['axes.W006']  # wrong passwords are counted by name: no other address or browser helps

INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.sessions',
                  'django.contrib.messages', 'django.contrib.staticfiles', 'axes', 'lopm.web']
MIDDLEWARE = ['django.middleware.security.SecurityMiddleware', 'whitenoise.middleware.WhiteNoiseMiddleware',
              'lopm.web.middleware.headers', 'django.middleware.clickjacking.XFrameOptionsMiddleware',
              'django.contrib.sessions.middleware.SessionMiddleware',
              'django.middleware.common.CommonMiddleware', 'django.contrib.auth.middleware.AuthenticationMiddleware',
              'lopm.web.middleware.language', 'lopm.web.middleware.uploads',
              'django.middleware.csrf.CsrfViewMiddleware', 'lopm.web.middleware.stay_signed_in',
              'django.contrib.messages.middleware.MessageMiddleware', 'axes.middleware.AxesMiddleware']
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True,
              'OPTIONS': {'context_processors': [
                  'django.template.context_processors.request', 'django.contrib.auth.context_processors.auth',
                  'django.contrib.messages.context_processors.messages', 'lopm.web.context.of_every_page']}}]

if PLACE.database:
    DATABASES = {'default': dj_database_url.parse(PLACE.database, conn_max_age=60, conn_health_checks=True)}
else:  # one writer at a time, who says so at once: two that have both read would end in an error
    DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': PLACE.sqlite, 'CONN_MAX_AGE': 60,
                             'OPTIONS': {'transaction_mode': 'IMMEDIATE', 'timeout': 20, 'init_command': (
                                 'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; '
                                 'PRAGMA secure_delete=ON;')}}}  # what is deleted is written over

AUTH_USER_MODEL = 'web.Account'
AUTHENTICATION_BACKENDS = ['axes.backends.AxesStandaloneBackend', 'django.contrib.auth.backends.ModelBackend']
AUTH_PASSWORD_VALIDATORS = [
    {'NAME': f'django.contrib.auth.password_validation.{name}', 'OPTIONS': options} for name, options in (
        ('UserAttributeSimilarityValidator', {}), ('MinimumLengthValidator', {'min_length': 12}),
        ('CommonPasswordValidator', {}), ('NumericPasswordValidator', {}))]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = 'login', 'patients', 'login'
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ['username']  # a clinic comes from one address: not all are to be locked out for one
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = 'web/locked_out.html'
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the page has its own

SESSION_COOKIE_AGE = 30 * 60  # since the last thing that was done; asking for news does not count
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = 'Strict'
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PLACE.https
if PLACE.https:
    SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
    SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = 365 * 24 * 3600, True, True
    CSRF_TRUSTED_ORIGINS = [f'https://{host}' for host in PLACE.hosts]
SECURE_REFERRER_POLICY = 'same-origin'
X_FRAME_OPTIONS = 'DENY'
CSRF_FAILURE_VIEW = 'lopm.web.views.errors.forged'

USE_TZ, TIME_ZONE = True, 'UTC'
USE_I18N = True
LANGUAGE_CODE, LANGUAGES = 'en', [('en', 'English'), ('fr', 'Français')]
LOCALE_PATHS = [PLACE.locale]

STATIC_URL = '/static/'
WHITENOISE_USE_FINDERS = True  # no second copy of the files, and no step that may be forgotten
WHITENOISE_MAX_AGE = 300

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 << 20  # of a form; outlines of sixty lesions are 2 MB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = ['django.core.files.uploadhandler.TemporaryFileUploadHandler']
FILE_UPLOAD_TEMP_DIR = PLACE.incoming  # the disk of the photographs, and no other, has to have room
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING = {  # what is done with patients stands in the log of the page; this one holds no address of a case
    'version': 1, 'disable_existing_loggers': False,
    'handlers': {'stderr': {'class': 'logging.StreamHandler'}},
    'loggers': {'django': {'handlers': ['stderr'], 'level': 'ERROR', 'propagate': False},
                'axes': {'handlers': ['stderr'], 'level': 'ERROR', 'propagate': False}}}
