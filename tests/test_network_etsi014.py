from __future__ import annotations

import base64
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from missions.network.manager import etsi014
from missions.network.manager.delivery import Desk
from missions.network.manager.etsi014 import KeyIDs, KeyRequest, Limits, RefusedError, Status, made_key, wanted

EXAMPLE = {
    "source_KME_ID": "KME-A", "target_KME_ID": "KME-B", "master_SAE_ID": "A", "slave_SAE_ID": "B", "key_size": 256,
    "stored_key_count": 25000, "max_key_count": 100000, "max_key_per_request": 128, "max_key_size": 1024,
    "min_key_size": 64, "max_SAE_ID_count": 0,
}  # fmt: skip
"""The fields of the standard's table of the status, all of them."""


class Store:
    """Two pairs; the second one's store cannot be reached from 100 s to 200 s."""

    pairs = (("A", "B"), ("A", "C"))

    def __init__(self, level: float = 10 * 256) -> None:
        self.bits = level

    def level(self, pair: int, time: float) -> float:
        return float("nan") if pair == 1 and 100 <= time < 200 else self.bits

    def capacity(self, pair: int) -> float:
        return 100 * 256.0


def desk(level: float = 10 * 256, now: float = 0.0) -> Desk:
    return Desk(Store(level), lambda: now, seed=5)


def test_the_status_has_the_standards_fields() -> None:
    status = desk(10 * 256 + 255).status("A", "B")
    shown = json.loads(status.model_dump_json(exclude_none=True))
    assert set(shown) == {*EXAMPLE, "status_extension"}
    assert shown | {"stored_key_count": 25000, "max_key_count": 100000, "status_extension": 0} == EXAMPLE | {
        "status_extension": 0
    }
    assert shown["stored_key_count"] == 10
    assert shown["max_key_count"] == 100
    assert shown["status_extension"]["test_keys_only"] is True
    assert Status(**EXAMPLE).master_SAE_ID == "A"


def test_from_the_other_side_master_and_slave_are_exchanged() -> None:
    status = desk().status("B", "A")
    assert (status.master_SAE_ID, status.slave_SAE_ID, status.source_KME_ID) == ("B", "A", "KME-B")


def test_both_sides_get_the_same_keys_once() -> None:
    one = desk()
    given_keys = one.keys("A", "B", KeyRequest(number=3)).keys
    names = KeyIDs(key_IDs=tuple({"key_ID": key.key_ID} for key in given_keys))
    assert one.keys_named("B", "A", names).keys == given_keys
    with pytest.raises(RefusedError) as refused:
        one.keys_named("B", "A", names)
    assert refused.value.code == 400
    assert refused.value.error.message == "one or more keys specified are not found on KME"
    assert one.status("A", "B").stored_key_count == 7


def test_keys_are_for_the_named_slave_alone() -> None:
    one = desk()
    (key,) = one.keys("A", "B", KeyRequest()).keys
    names = KeyIDs(key_IDs=({"key_ID": key.key_ID},))
    for caller, master in (("C", "A"), ("A", "B")):
        with pytest.raises(RefusedError) as refused:
            one.keys_named(caller, master, names)
        assert refused.value.code == 401
    assert one.keys_named("B", "A", names).keys == (key,)


def test_a_list_with_one_unknown_key_gives_none() -> None:
    one = desk()
    (key,) = one.keys("A", "B", KeyRequest()).keys
    unknown = UUID(int=7)
    with pytest.raises(RefusedError) as refused:
        one.keys_named("B", "A", KeyIDs(key_IDs=({"key_ID": key.key_ID}, {"key_ID": unknown})))
    assert refused.value.error.details == ({"key_IDs_not_found": [str(unknown)]},)
    with pytest.raises(RefusedError):
        one.keys_named("B", "A", KeyIDs(key_IDs=({"key_ID": key.key_ID}, {"key_ID": key.key_ID})))
    assert len(one.keys_named("B", "A", KeyIDs(key_IDs=({"key_ID": key.key_ID},))).keys) == 1


def test_an_empty_store_gives_nothing_and_takes_nothing() -> None:
    one = desk(3 * 256)
    with pytest.raises(RefusedError) as refused:
        one.keys("A", "B", KeyRequest(number=4))
    assert refused.value.code == 503
    assert refused.value.error.details == ({"stored_bits": 768}, {"asked_bits": 1024})
    assert len(one.keys("A", "B", KeyRequest(number=3)).keys) == 3
    with pytest.raises(RefusedError):
        one.keys("B", "A", KeyRequest(size=64))


def test_an_outage_of_the_store() -> None:
    for now, working in ((99.0, True), (100.0, False), (200.0, True)):
        if working:
            assert desk(now=now).status("A", "C").stored_key_count == 10
        else:
            with pytest.raises(RefusedError) as refused:
                desk(now=now).keys("A", "C", KeyRequest())
            assert refused.value.code == 503


def test_what_is_taken_comes_back_when_the_simulation_has_used_it_too() -> None:
    store = Store(4 * 256)
    one = Desk(store, lambda: 0.0)
    one.keys("A", "B", KeyRequest(number=4))
    assert one.status("A", "B").stored_key_count == 0
    store.bits = 6 * 256
    assert one.status("A", "B").stored_key_count == 2
    store.bits = 256
    assert one.status("A", "B").stored_key_count == 0
    store.bits = 4 * 256
    assert one.status("A", "B").stored_key_count == 3


def test_strangers_are_refused() -> None:
    for caller, slave in (("B", "C"), ("A", "A"), ("D", "A")):
        with pytest.raises(RefusedError) as refused:
            desk().status(caller, slave)
        assert refused.value.code == 401


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (KeyRequest(size=100), "size shall be a multiple of 8"),
        (KeyRequest(size=32), "size shall be from 64 to 1024 bits"),
        (KeyRequest(size=2048), "size shall be from 64 to 1024 bits"),
        (KeyRequest(number=0), "number shall be from 1 to 128"),
        (KeyRequest(number=129), "number shall be from 1 to 128"),
        (KeyRequest(extension_mandatory=({"abc": 1},)), "not all extension_mandatory parameters are supported"),
        (KeyRequest(additional_slave_SAE_IDs=("C",)), "additional_slave_SAE_IDs: not supported"),
    ],
)
def test_requests_that_the_standard_refuses(request_: KeyRequest, message: str) -> None:
    with pytest.raises(RefusedError, match=message) as refused:
        wanted(request_, Limits())
    assert refused.value.code == 400


def test_optional_extensions_are_ignored() -> None:
    assert wanted(KeyRequest(extension_optional=({"abc": 1},), extension_mandatory=()), Limits()) == (1, 256)


@pytest.mark.parametrize("mistake", [{"number": "3"}, {"number": 1.5}, {"numbr": 1}, {"size": True}])
def test_malformed_requests(mistake: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KeyRequest.model_validate(mistake)


@given(st.integers(0, 2**31), st.text(max_size=5), st.text(max_size=5), st.integers(0, 9), st.sampled_from([64, 256]))
def test_test_keys_come_from_their_seed(seed: int, master: str, slave: str, index: int, size: int) -> None:
    key = made_key(seed, master, slave, index, size)
    assert key == made_key(seed, master, slave, index, size)
    assert len(base64.b64decode(key.key)) == size // 8
    assert key.key_ID.version == 4
    assert key.key_extension is not None
    assert key.key_extension["test_key"] is True
    others = [made_key(seed + 1, master, slave, index, size), made_key(seed, master, slave, index + 1, size),
              made_key(seed, slave + "x", master, index, size)]  # fmt: skip
    assert len({key.key_ID, *(other.key_ID for other in others)}) == 4


def test_names_cannot_be_confused() -> None:
    assert made_key(0, "a/1", "b", 0, 256).key_ID != made_key(0, "a", "1/b", 0, 256).key_ID


def test_the_log_says_test_keys_and_never_a_key(caplog: pytest.LogCaptureFixture) -> None:
    one = desk()
    with caplog.at_level(logging.INFO, logger="skykey.serve"):
        (key,) = one.keys("A", "B", KeyRequest()).keys
        one.keys_named("B", "A", KeyIDs(key_IDs=({"key_ID": key.key_ID},)))
    assert len(caplog.messages) == 2
    assert all(message.startswith("TEST KEYS") for message in caplog.messages)
    assert key.key not in caplog.text


def test_many_at_once_never_share_a_key() -> None:
    one = desk(10_000 * 256)
    with ThreadPoolExecutor(8) as pool:
        containers = list(pool.map(lambda _: one.keys("A", "B", KeyRequest(number=5)), range(40)))
    names = [key.key_ID for container in containers for key in container.keys]
    assert len(set(names)) == 200
    assert one.status("A", "B").stored_key_count == 9_800


def test_errors_have_the_standards_form() -> None:
    error = RefusedError(400, "no", a=1).error
    assert error.model_dump(exclude_none=True) == {"message": "no", "details": ({"a": 1},)}
    assert RefusedError(400, "no").error.model_dump(exclude_none=True) == {"message": "no"}
    assert etsi014.manager("A") == "KME-A"
