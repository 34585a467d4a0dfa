"""The process that serves the pages, ``python -m lopm.web.server ADDRESS``: gunicorn, two processes of four threads.

It ends with the process that has started it, be that killed, so that its port is free for the next one.
"""
import os
import sys

from gunicorn.app.base import BaseApplication

from lopm.workers import end_with_parent

OPTIONS = {'workers': 2, 'threads': 4, 'worker_class': 'gthread', 'timeout': 120, 'graceful_timeout': 10,
           'preload_app': False, 'errorlog': '-', 'loglevel': 'warning', 'control_socket_disable': True}


class Server(BaseApplication):
    """Args: ``address``: such as ``127.0.0.1:8000``."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def load_config(self):
        for name, value in {**OPTIONS, 'bind': self.address, 'when_ready': lambda _: end_with_parent()}.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self):
        from lopm.web.wsgi import application
        return application


if __name__ == '__main__':
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'lopm.web.settings')
    Server(sys.argv[1]).run()
