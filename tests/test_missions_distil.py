"""One pass bit by bit, and the best settings for each block."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from missions import Scenario, load, run
from missions.distil import correction, distil
from missions.errors import InputError
from missions.scenario import built_in
from missions.simulate import geometry

ROUNDING = 1.0  # a whole bit


def number(name: str, culmination_from: str) -> str:
    """The row of a pass."""
    columns = geometry(load("micius-2016")).columns()
    rows = [
        row
        for row, (place, when) in enumerate(zip(columns["station"], columns["culmination_utc"], strict=True))
        if place == name and when >= culmination_from
    ]
    return str(rows[0])


def test_two_equal_keys(tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """A short pass with key: 53 kbit."""
    row = number("Xinglong", "2016-12-18T17")
    assert skykey("distil", "micius-2016", "--pass", row, "--keys-to", str(tmp_path)) == 0
    assert "both keys equal" in capsys.readouterr().out
    alice, bob = tmp_path / "alice.key", tmp_path / "bob.key"
    assert alice.read_bytes() == bob.read_bytes() != b""
    assert stat.S_IMODE(alice.stat().st_mode) == 0o600
    assert skykey("distil", "micius-2016", "--pass", row, "--keys-to", str(tmp_path)) == 2
    assert "File exists" in capsys.readouterr().err


def test_two_equal_keys_with_either_code() -> None:
    row = int(number("Xinglong", "2016-12-18T17"))
    many, few = (
        distil(load("micius-2016"), row, None, lambda stage, share: None, correction(c)) for c in ("cascade", "ldpc")
    )
    for played in (many, few):
        assert played.aborted is None
        assert played.alice_key.tobytes() == played.bob_key.tobytes() != b""
    assert max(few.rounds) < 0.1 * max(many.rounds)
    assert many.counts.sifted[0] == few.counts.sifted[0]
    with pytest.raises(InputError, match="cascade, ldpc"):
        correction("turbo")


def test_an_eavesdropper_is_noticed(
    tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    row = number("Xinglong", "2016-12-18T17")
    attack = ("--eavesdropper", "intercept-resend:0.3", "--keys-to", str(tmp_path))
    assert skykey("distil", "micius-2016", "--pass", row, *attack) == 0
    assert "was expected" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--pass", "1000"], "the mission has passes 0 to"),
        (["--pass", number("Xinglong", "2016-12-19T03")], "has no contact"),
        (["--pass", "0", "--eavesdropper", "magic:1"], "intercept-resend"),
        (["--pass", "0", "--eavesdropper", "beam-splitting:2"], "a share"),
    ],
)
def test_mistakes(
    arguments: list[str], sentence: str, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert skykey("distil", "micius-2016", *arguments) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("block", ["pass", "day"])
def test_optimised_blocks_give_more(block: str) -> None:
    text = built_in()["micius-2016"].replace('block = "pass"', f'block = "{block}"')
    plain = run(Scenario.from_tables(tomllib.loads(text)))
    best = run(Scenario.from_tables(tomllib.loads(text.replace("optimise = false", "optimise = true"))))
    assert (best.served == plain.served).all()
    assert (best.keys.secret_bits >= plain.keys.secret_bits - ROUNDING).all()
    assert best.keys.secret_bits.sum() > 1.5 * plain.keys.secret_bits.sum()
    assert best.counts.probabilities.sum(axis=1) == pytest.approx(1.0)
