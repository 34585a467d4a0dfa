import pytest
from mmengine.logging import MMLogger


@pytest.fixture
def log(caplog):
    """What mmengine's logger says, as ``log.text``."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
