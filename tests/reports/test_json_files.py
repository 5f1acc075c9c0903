from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.json_files import read_json, script_json, write_json


@pytest.mark.parametrize("content", [{"µ": [1.5, None, "</script>"]}, [], ["a", {"b": 1}]])
def test_what_is_written_comes_back(tmp_path: Path, content: dict | list) -> None:
    write_json(tmp_path / "a.json", content)
    assert read_json(tmp_path / "a.json", type(content)) == content
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert json.loads(script_json(content)) == content
    assert "<" not in script_json(content)


@pytest.mark.parametrize("held", [None, b"", b"{", b"\x80", b"[1]", b"3"])
def test_what_cannot_be_read_is_empty(tmp_path: Path, held: bytes | None) -> None:
    if held is not None:
        (tmp_path / "a.json").write_bytes(held)
    assert read_json(tmp_path / "a.json", dict) == {}
    assert read_json(tmp_path / "absent" / "a.json", list) == []
