"""A pretend hospital in process: an httpx transport without any socket.

    client = httpx.Client(transport=SandboxTransport(front), base_url=front.hospital.base_url)

What a client sees is what it would see on a socket, but for the faults marked `socket`, which there are none of.
"""

from collections.abc import Callable
from typing import Final

import httpx

from integration.sandbox import wire
from integration.sandbox.exchange import Notify, Response
from integration.sandbox.fault_schedule import Fault
from integration.sandbox.front import Front
from integration.sandbox.wire import Head, NonsenseError

_OF_THE_LINE: Final = frozenset({"transfer-encoding", "connection"})
_CUT: Final = "Server disconnected without sending a response."


def _taken(_: Notify) -> bool:
    return True


class SandboxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands each request to the hospital; `subscriber` is told of its calls and says whether it took them."""

    def __init__(self, front: Front, subscriber: Callable[[Notify], bool] = _taken) -> None:
        self._front = front
        self.subscriber = subscriber

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a synchronous client."""
        return self._answered(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an asynchronous client."""
        return self._answered(request, await request.aread())

    def tell(self) -> None:
        """Make the calls that wait at the hospital."""
        hospital = self._front.hospital
        for call in hospital.take_calls():
            hospital.answered(call, accepted=self.subscriber(call))

    def _answered(self, request: httpx.Request, body: bytes) -> httpx.Response:
        hospital = self._front.hospital
        self._pass_door(request, hospital.at_door() if hospital.faults.guards_door else None)
        head = _head(request)
        try:
            answer = self._front.answer(head, wire.unpacked(body, head, self._front.body_cap), socket=False)
        except NonsenseError as wrong:
            return _response(request, self._front.nonsense(wrong))
        self.tell()
        if answer.wait:
            self._wait(request, answer.wait)
        if answer.response is None:
            raise httpx.RemoteProtocolError(_CUT, request=request)
        return _response(request, answer.response)

    def _pass_door(self, request: httpx.Request, fault: Fault | None) -> None:
        """What would happen to the connection, where there was one."""
        if fault is not None:
            raise httpx.ConnectError(fault.kind.says, request=request)

    def _wait(self, request: httpx.Request, seconds: float) -> None:
        patience = (request.extensions.get("timeout") or {}).get("read")
        clock = self._front.hospital.clock
        if patience is None or seconds < patience:
            clock.wait(seconds)
            return
        clock.wait(patience)
        raise httpx.ReadTimeout("the answer took too long", request=request)


def _head(request: httpx.Request) -> Head:
    headers: dict[str, str] = {}
    for name, value in request.headers.multi_items():
        if name not in _OF_THE_LINE:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Head(request.method, request.url.raw_path.decode("ascii"), headers, stays=True)


def _response(request: httpx.Request, response: Response) -> httpx.Response:
    body = response.body if wire.has_body(request.method, response.status) else b""
    headers = [(name.encode("latin-1"), wire.one_line(value)) for name, value in response.headers.items()]
    if response.status not in wire.BODILESS and (response.body or request.method != "HEAD"):
        headers.append((b"Content-Length", str(len(response.body)).encode()))
    return httpx.Response(response.status, headers=headers, stream=httpx.ByteStream(body), request=request)
