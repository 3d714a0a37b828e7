"""The three methods of ETSI GS QKD 014 over HTTP. Imported by `serve` alone, because it needs FastAPI."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from missions.network.manager.delivery import Desk
from missions.network.manager.etsi014 import (
    BAD_REQUEST,
    UNAUTHORIZED,
    Error,
    KeyContainer,
    KeyID,
    KeyIDs,
    KeyRequest,
    RefusedError,
)
from missions.network.manager.etsi014 import Status as StatusFormat

NO_STORE = {"Cache-Control": "no-store"}
Identify = Callable[[str | None], str]
"""The application behind an Authorization header; raises RefusedError where there is none."""


def build(desk: Desk, identify: Identify) -> FastAPI:
    """The application: routes, and every error in the standard's form; no pages, which would load from elsewhere."""
    app = FastAPI(title="skykey test keys", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_routes(desk, identify))
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    return app


def _routes(desk: Desk, identify: Identify) -> APIRouter:
    def authenticated(request: Request) -> str:
        return identify(request.headers.get("Authorization"))

    router, caller = APIRouter(prefix="/api/v1/keys"), Depends(authenticated)

    @router.get("/{slave}/status")
    def status(slave: str, sae: str = caller) -> JSONResponse:
        return _answer(desk.status(sae, slave))

    @router.get("/{slave}/enc_keys")
    def get_keys(slave: str, number: int | None = None, size: int | None = None, sae: str = caller) -> JSONResponse:
        return _answer(desk.keys(sae, slave, KeyRequest(number=number, size=size)))

    @router.post("/{slave}/enc_keys")
    def post_keys(slave: str, request: KeyRequest, sae: str = caller) -> JSONResponse:
        return _answer(desk.keys(sae, slave, request))

    @router.get("/{master}/dec_keys")
    def get_named(master: str, key_ID: UUID, sae: str = caller) -> JSONResponse:
        return _answer(desk.keys_named(sae, master, KeyIDs(key_IDs=(KeyID(key_ID=key_ID),))))

    @router.post("/{master}/dec_keys")
    def post_named(master: str, names: KeyIDs, sae: str = caller) -> JSONResponse:
        return _answer(desk.keys_named(sae, master, names))

    return router


def _answer(content: StatusFormat | KeyContainer) -> JSONResponse:
    return JSONResponse(content.model_dump(mode="json", exclude_none=True), headers=NO_STORE)


def _error(code: int, error: Error) -> JSONResponse:
    headers = {**NO_STORE, "WWW-Authenticate": "Bearer"} if code == UNAUTHORIZED else NO_STORE
    return JSONResponse(error.model_dump(mode="json", exclude_none=True), status_code=code, headers=headers)


def _refused(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RefusedError)
    return _error(refusal.code, refusal.error)


def _malformed(_: Request, error: Exception) -> JSONResponse:
    """Where and what, without the input itself, which may hold anything."""
    assert isinstance(error, RequestValidationError)
    details = tuple({".".join(str(part) for part in found["loc"]): found["msg"]} for found in error.errors())
    return _error(BAD_REQUEST, Error(message="Bad request format", details=details))


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, Error(message=str(error.detail)))
