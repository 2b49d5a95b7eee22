"""Every way to cancel a payment that is measured, each as its own documentation would have a careful merchant write it.

A pool as large as the calls in flight, kept-alive connections, the CA by the ordinary setting, and a time limit.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from merchant import FORM, TID, Merchant, checked

Call = Callable[[int], Any]
AsyncCall = Callable[[int], Awaitable[Any]]


def requests(setting: dict, scheme: str) -> Call:
    import requests

    merchant = Merchant(setting, scheme)
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=merchant.in_flight)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers.update(FORM)
    session.verify = merchant.ca

    def cancel(price: int) -> dict:
        response = session.post(merchant.url, data=merchant.form(TID, price), timeout=30)
        response.raise_for_status()
        return checked(response.json())

    return cancel


def httpx(setting: dict, scheme: str) -> Call:
    import httpx

    merchant = Merchant(setting, scheme)
    limits = httpx.Limits(max_connections=merchant.in_flight, max_keepalive_connections=merchant.in_flight)
    client = httpx.Client(verify=_context(merchant), timeout=30, limits=limits, headers=FORM)

    def cancel(price: int) -> dict:
        response = client.post(merchant.url, data=merchant.form(TID, price))
        response.raise_for_status()
        return checked(response.json())

    return cancel


def urllib3(setting: dict, scheme: str) -> Call:
    import json
    from urllib.parse import urlencode

    import urllib3

    merchant = Merchant(setting, scheme)
    secure = {"ca_certs": merchant.ca, "cert_reqs": "CERT_REQUIRED"} if merchant.secure else {}
    pool = urllib3.PoolManager(maxsize=merchant.in_flight, retries=False, timeout=urllib3.Timeout(total=30), **secure)

    def cancel(price: int) -> dict:
        response = pool.request("POST", merchant.url, body=urlencode(merchant.form(TID, price)), headers=FORM)
        if response.status != 200:
            raise RuntimeError(f"HTTP status {response.status}")
        return checked(json.loads(response.data))

    return cancel


def paywelcome(setting: dict, scheme: str) -> Call:
    import paywelcome

    client = paywelcome.Client(**_settings(setting, scheme))

    def cancel(price: int) -> paywelcome.CancelReceipt:
        return client.cancel(pay_type="card", tid=TID, price=price)

    return cancel


async def httpx_async(setting: dict, scheme: str) -> AsyncCall:
    import httpx

    merchant = Merchant(setting, scheme)
    limits = httpx.Limits(max_connections=merchant.in_flight, max_keepalive_connections=merchant.in_flight)
    client = httpx.AsyncClient(verify=_context(merchant), timeout=30, limits=limits, headers=FORM)

    async def cancel(price: int) -> dict:
        response = await client.post(merchant.url, data=merchant.form(TID, price))
        response.raise_for_status()
        return checked(response.json())

    return cancel


async def aiohttp(setting: dict, scheme: str) -> AsyncCall:
    import aiohttp

    merchant = Merchant(setting, scheme)
    connector = aiohttp.TCPConnector(limit=merchant.in_flight, ssl=_context(merchant) if merchant.secure else True)
    session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30), headers=FORM)

    async def cancel(price: int) -> dict:
        async with session.post(merchant.url, data=merchant.form(TID, price)) as response:
            response.raise_for_status()
            return checked(await response.json())

    return cancel


async def paywelcome_async(setting: dict, scheme: str) -> AsyncCall:
    import paywelcome

    client = paywelcome.AsyncClient(**_settings(setting, scheme))

    async def cancel(price: int) -> paywelcome.CancelReceipt:
        return await client.cancel(pay_type="card", tid=TID, price=price)

    return cancel


def _context(merchant: Merchant) -> Any:
    import ssl

    return ssl.create_default_context(cafile=merchant.ca)


def _settings(setting: dict, scheme: str) -> dict[str, Any]:
    ca = setting["ca"] if scheme == "https" else None
    return {"mid": setting["mid"], "sign_key": setting["sign_key"], "base_url": setting[scheme], "ca_bundle": ca}


THREADED = {"requests": requests, "httpx": httpx, "urllib3": urllib3, "paywelcome": paywelcome}
ON_A_LOOP = {"httpx": httpx_async, "aiohttp": aiohttp, "paywelcome": paywelcome_async}
