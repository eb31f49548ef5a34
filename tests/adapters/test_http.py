from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import warnings
from contextlib import suppress

import pytest

from poolshift.adapters.http import new_client


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 50])
def test_a_request_given_up_while_it_connects_leaves_no_socket_open(turns: int) -> None:
    async def give_up(port: int) -> None:
        client = new_client(agent="test", verify=ssl.create_default_context(), direct=True)
        asked = asyncio.create_task(client.get(f"https://127.0.0.1:{port}/"))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        await client.aclose()

    # The system takes the connection; nobody answers its handshake.
    with socket.create_server(("127.0.0.1", 0)) as mute, warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(give_up(mute.getsockname()[1]))
        gc.collect()
    assert [str(warning.message) for warning in w] == []
