from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest

from reports.run.plan import plan_notebook, with_version
from reports.store import version
from tests.makers.tiny_notebooks import notebook, write_tiny


@pytest.fixture
def tiny(tmp_path):
    return write_tiny(tmp_path)


def key_of(path, tmp_path, **given):
    return with_version(plan_notebook(str(path), given), tmp_path / "site").version


def test_key_is_twelve_hexadecimal_digits_and_stable(tiny, tmp_path):
    first = key_of(tiny, tmp_path)
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert key_of(tiny, tmp_path) == first


def test_key_ignores_where_a_file_lies_but_not_its_bytes_or_name(tiny, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "plates.csv").write_text((tmp_path / "plates.csv").read_text())
    before = key_of(tiny, tmp_path, data=str(tmp_path / "plates.csv"))
    assert key_of(tiny, tmp_path, data=str(other / "plates.csv")) == before
    (other / "renamed.csv").write_text((tmp_path / "plates.csv").read_text())
    assert key_of(tiny, tmp_path, data=str(other / "renamed.csv")) != before
    (other / "plates.csv").write_text("x\n1\n3\n")
    assert key_of(tiny, tmp_path, data=str(other / "plates.csv")) != before


def test_key_changes_with_parameters_code_and_origin(tiny, tmp_path, monkeypatch):
    job = with_version(plan_notebook(str(tiny), {}), tmp_path)
    keys = {
        job.version,
        key_of(tiny, tmp_path, level="0.9"),
        with_version(replace(job, origin="simulated"), tmp_path).version,
    }
    monkeypatch.setattr(version, "code_hashes", lambda: {"lib": "other"})
    keys.add(key_of(tiny, tmp_path))
    content = json.loads(tiny.read_text())
    content["cells"][0]["source"] = "# Another question?"
    tiny.write_text(json.dumps(content))
    keys.add(key_of(tiny, tmp_path))
    assert len(keys) == 5


def test_executing_a_notebook_in_place_keeps_its_hash():
    fresh = notebook("1 + 1")
    executed = copy.deepcopy(fresh)
    executed["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2"}]
    executed["cells"][2]["source"] = ["1 ", "+ 1"]
    assert version.hash_notebook(executed) == version.hash_notebook(fresh)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_that_a_manifest_names_belong_to_the_inputs(tmp_path, delimiter):
    table = tmp_path / "slides.csv"
    table.write_text("\ufeff" + "subject,image,mask\nA,a.png,\nB,gone.png,m.png\n".replace(",", delimiter))
    for name in ("a.png", "m.png"):
        (tmp_path / name).write_bytes(b"x")
    assert list(version.referenced_files(table)) == ["a.png", "m.png"]


def test_manifest_in_a_workbook(tmp_path):
    import pandas as pd

    (tmp_path / "a.fcs").write_bytes(b"x")
    pd.DataFrame({"file": ["a.fcs"], "subject": ["A"]}).to_excel(tmp_path / "samples.xlsx", index=False)
    assert list(version.referenced_files(tmp_path / "samples.xlsx")) == ["a.fcs"]


def test_changed_image_changes_the_key(tiny, tmp_path):
    (tmp_path / "slides.csv").write_text("x,image\n1,a.png\n")
    (tmp_path / "a.png").write_bytes(b"1")
    before = key_of(tiny, tmp_path, data=str(tmp_path / "slides.csv"))
    (tmp_path / "a.png").write_bytes(b"2")
    assert key_of(tiny, tmp_path, data=str(tmp_path / "slides.csv")) != before


def test_result_hash_sees_tables_and_text_but_no_pictures_or_addresses(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text("x\n1\n")

    def hash_with(text, picture):
        output = {
            "output_type": "display_data",
            "data": {"text/plain": text, "image/png": picture},
            "metadata": {},
        }
        content = notebook("1")
        content["cells"][2]["outputs"] = [output]
        return version.hash_results(tmp_path, content)

    first = hash_with("<A at 0x7f00aa00bb00>", "one")
    assert hash_with("<A at 0x7f11aa11bb11>", "two") == first
    assert hash_with("<B>", "one") != first
    (tmp_path / "tables" / "a.csv").write_text("x\n2\n")
    assert hash_with("<A at 0x7f00aa00bb00>", "one") != first
