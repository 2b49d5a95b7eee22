"""Run in a fresh environment with nothing but the wheel: what a new user has."""

import asyncio
import importlib.metadata
import importlib.resources
import json

import paywelcome
from paywelcome.testing import Sandbox

with Sandbox() as gateway:
    tids = [gateway.approve(price=12000) for _ in range(21)]
    with gateway.client() as client:
        client.cancel(pay_type="card", tid=tids[0], price=12000)

    async def many():
        async with gateway.async_client() as client:
            await asyncio.gather(*(client.cancel(pay_type="card", tid=tid, price=12000) for tid in tids[1:]))

    asyncio.run(many())
    executions = gateway.executions
    try:
        gateway.client().cancel(pay_type="card", tid=tids[0], price=12000)
    except paywelcome.DeclinedError as error:
        declined = error.outcome

told = importlib.metadata.distribution("paywelcome")
print(
    json.dumps(
        {
            "executions": executions,
            "declined": declined,
            "typed": importlib.resources.files("paywelcome").joinpath("py.typed").is_file(),
            "stub": importlib.resources.files("paywelcome").joinpath("_native.pyi").is_file(),
            "versions": [told.version, paywelcome.__version__],
            "requires": told.requires,
            "file": paywelcome.__file__,
        }
    )
)
