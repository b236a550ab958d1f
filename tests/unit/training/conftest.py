"""What tests of training share."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Networks this small only wait for a second thread, most of all on a busy machine."""
    try:
        import torch  # noqa: PLC0415 - heavy
    except ImportError:
        return
    torch.set_num_threads(1)
