"""FCS files as instruments and programs write them: read right, or refused by name, never half."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import cytometry
from lib.cytometry.keywords import read_pairs
from lib.errors import InputError
from tests.makers.fcs_writer import CHANNELS, SPILL, cells, fcs_bytes

LOG = {"$P3E": "4.07918,1", "$P4E": "4.07918,1"}


def read(folder: Path, content: bytes, name: str = "a.fcs", **options: int) -> cytometry.FlowFile:
    (folder / name).write_bytes(content)
    return cytometry.read_fcs(folder / name, **options)


def notes(file: cytometry.FlowFile) -> str:
    return "; ".join(note.text for note in file.notes)


# Scales


@pytest.mark.parametrize("kind", ["F", "D"])
def test_floats_are_linear_whatever_the_amplifier_keyword_says(tmp_path: Path, kind: str) -> None:
    events = cells()
    file = read(tmp_path, fcs_bytes(events, kind=kind, words=LOG))
    np.testing.assert_allclose(file.events, events.T, rtol=1e-6)
    assert file.tops[2] == 262144
    assert notes(file) == "floating-point values are linear: $P3E 4.07918,1, $P4E 4.07918,1 left aside"
    assert not file.notes[0].severe


@pytest.mark.parametrize(
    ("said", "meant"), [("4,1", 1.0), ("4,0", 1.0), ("4,0.1", 0.1), (" 4.0 , 1.0 ", 1.0)]
)
def test_whole_numbers_of_a_log_amplifier_are_scaled(tmp_path: Path, said: str, meant: float) -> None:
    """FCS 3.1, $PnE: 10^(f1 x / R) f2; channel 512 of 1024 at 4 decades is 100. 4,0 means 4,1."""
    levels = np.array([[0.0], [256.0], [512.0], [1023.0]])
    file = read(tmp_path, fcs_bytes(levels, ["FL1-H"], kind="I", words={"$P1E": said, "$P1R": "1024"}))
    np.testing.assert_allclose(file.events[0], meant * 10 ** (4 * levels[:, 0] / 1024), rtol=1e-12)
    assert file.tops == (1e4 * meant,)


def test_gain_divides_whole_numbers_and_floats_but_not_time(tmp_path: Path) -> None:
    words = {"$P1G": "8", "$P5G": "0.01", "$TIMESTEP": "0.5"}
    events = cells(50)
    file = read(tmp_path, fcs_bytes(events, words=words))
    np.testing.assert_allclose(file.events[0], events[:, 0] / 8, rtol=1e-6)
    np.testing.assert_allclose(file.events[4], events[:, 4] * 0.5, rtol=1e-6)
    assert file.tops[0] == 262144 / 8


def test_each_parameter_may_have_a_type_of_its_own(tmp_path: Path) -> None:
    """FCS 3.2, $PnDATATYPE: a float, a double and a logarithmic whole number in one event."""
    rows = [(1.5, 2.25e5, 512), (3.0, -7.125, 0)]
    words = {
        "$P1DATATYPE": "F",
        "$P2DATATYPE": "D",
        "$P2B": "64",
        "$P3B": "16",
        "$P3E": "4,1",
        "$P3R": "1024",
        "$P1E": "4,1",
        "$DATATYPE": "I",
    }
    content = fcs_bytes(
        np.zeros((2, 3)),
        ["PE-A", "APC-A", "FL3-H"],
        words=words,
        data=b"".join(struct.pack("<fdH", *row) for row in rows),
    )
    file = read(tmp_path, content)
    np.testing.assert_array_equal(file.events, [[1.5, 3.0], [2.25e5, -7.125], [100.0, 1.0]])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("n_bytes", [1, 2, 3, 4, 5, 8])
def test_whole_numbers_of_any_whole_bytes(tmp_path: Path, n_bytes: int, order: str) -> None:
    top = 2 ** min(8 * n_bytes, 50)
    values = [0, 1, top // 3, top - 1]
    raw = b"".join(v.to_bytes(n_bytes, "little" if order == "<" else "big") for v in values)
    words = {"$P1B": str(8 * n_bytes), "$P1R": str(top)}
    file = read(
        tmp_path, fcs_bytes(np.zeros((4, 1)), ["FSC-H"], kind="I", order=order, data=raw, words=words)
    )
    assert file.events[0].tolist() == values


def test_unused_bits_are_masked_and_a_range_of_zero_masks_nothing(tmp_path: Path) -> None:
    raw = np.array([[0xF3FF], [0x0201]])
    file = read(tmp_path, fcs_bytes(raw, ["FL1-H"], kind="I", words={"$P1R": "1024"}))
    assert file.events[0].tolist() == [0x3FF, 0x201]
    file = read(tmp_path, fcs_bytes(raw, ["FL1-H"], kind="I", words={"$P1R": "0"}))
    assert file.events[0].tolist() == [0xF3FF, 0x0201]
    assert np.isnan(file.tops[0])


# Where the events lie


@pytest.mark.parametrize("tail", [b"", b"00000000", b"\r\n" * 50], ids=["no tail", "checksum", "lines"])
@pytest.mark.parametrize(
    ("wrong", "by"), [("header", 1), ("header", -1), ("header", 2), ("text", 1), ("text", -3)]
)
def test_header_and_text_disagree_by_bytes(tmp_path: Path, tail: bytes, wrong: str, by: int) -> None:
    events = cells(5200)
    end = 4096 + events.size * 4 - 1
    moved = (4096 + by, end + by)
    change = (
        {"header": {"data": moved[0], "data_end": moved[1]}}
        if wrong == "header"
        else {"words": {"$BEGINDATA": str(moved[0]), "$ENDDATA": str(moved[1])}}
    )
    file = read(tmp_path, fcs_bytes(events, tail=tail, **change))  # type: ignore[arg-type]
    np.testing.assert_array_equal(file.events, events.T.astype(np.float32))
    assert f"bytes {moved[0]} to {moved[1]}" in notes(file)
    assert f"bytes 4096 to {end}" in notes(file)
    quality = cytometry.check_acquisition(file)
    assert (quality.verdict, "disagree" in quality.reason) == (
        "flag",
        True,
    )  # no spillover keyword: flagged for that
    assert "compensation missing" in quality.reason


def test_whole_numbers_tell_their_place_by_their_unused_bits(tmp_path: Path) -> None:
    """Ten bits of sixteen: one byte late, most values are beyond the range. All sixteen tell nothing."""
    levels = np.random.default_rng(3).integers(0, 1024, (3000, 2))
    late = {"data": 4097, "data_end": 4096 + levels.size * 2}
    words = {"$P1R": "1024", "$P2R": "1024"}
    file = read(tmp_path, fcs_bytes(levels, ["FL1-H", "FL2-H"], kind="I", header=late, words=words))
    np.testing.assert_array_equal(file.events, levels.T)
    assert "HEADER bytes 4097" in notes(file)
    with pytest.raises(InputError, match=r"got HEADER bytes 4097 to \d+ and TEXT bytes 4096 to \d+ in a.fcs"):
        read(
            tmp_path,
            fcs_bytes(
                levels * 64,
                ["FL1-H", "FL2-H"],
                kind="I",
                header=late,
                words={"$P1R": "65536", "$P2R": "65536"},
            ),
        )


def test_two_places_that_fit_and_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    """One whole value late: every number is believable at both places."""
    events = cells()
    end = 4096 + events.size * 4 - 1
    content = fcs_bytes(events, header={"data": 4100, "data_end": end + 4})
    with pytest.raises(
        InputError, match=rf"HEADER bytes 4100 to {end + 4} and TEXT bytes 4096 to {end} in a.fcs"
    ):
        read(tmp_path, content)


def test_two_places_that_do_not_fit_are_refused_with_both(tmp_path: Path) -> None:
    events = cells(100)
    content = fcs_bytes(
        events, header={"data": 5000, "data_end": 5010}, words={"$BEGINDATA": "4200", "$ENDDATA": "9999"}
    )
    with pytest.raises(
        InputError, match=r"HEADER bytes 5000 to 5010 and TEXT bytes 4200 to 9999; 100 events of 20 bytes"
    ):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "header",
    [{"data": 0, "data_end": 0}, {"data": 4096, "data_end": 4096}, {"data": 99999999, "data_end": 99999999}],
)
def test_offsets_that_the_header_cannot_hold_are_taken_from_text(
    tmp_path: Path, header: dict[str, int]
) -> None:
    events = cells(300)
    np.testing.assert_array_equal(
        read(tmp_path, fcs_bytes(events, header=header)).events, events.T.astype(np.float32)
    )


@pytest.mark.parametrize("by", [-1, 1, 7])
def test_an_end_less_than_an_event_off_is_no_fault(tmp_path: Path, by: int) -> None:
    events = cells(300)
    end = 4096 + events.size * 4 - 1 + by
    content = fcs_bytes(events, header={"data_end": end}, words={"$ENDDATA": str(end)})
    file = read(tmp_path, content)
    np.testing.assert_array_equal(file.events, events.T.astype(np.float32))
    assert file.notes == ()


def test_without_tot_the_segment_says_how_many(tmp_path: Path) -> None:
    assert read(tmp_path, fcs_bytes(cells(120), words={"$TOT": None})).n_events == 120


# Several data sets


def two_sets(**options: int) -> bytes:
    first = fcs_bytes(
        cells(6000, 1), words={"$NEXTDATA": str(len(fcs_bytes(cells(6000, 1)))), "$SPILLOVER": SPILL}
    )
    assert len(first) == len(fcs_bytes(cells(6000, 1)))
    return first + fcs_bytes(cells(5500, 2))


def test_a_second_data_set_is_never_passed_over(tmp_path: Path) -> None:
    file = read(tmp_path, two_sets())
    assert (file.n_events, file.name) == (6000, "a.fcs")
    quality = cytometry.check_acquisition(file)
    assert quality.verdict == "flag"
    assert "a second data set in this file ($NEXTDATA) is not counted" in quality.reason


def test_each_data_set_can_be_asked_for_by_number(tmp_path: Path) -> None:
    content = two_sets()
    one, two = (read(tmp_path, content, data_set=k) for k in (1, 2))
    np.testing.assert_array_equal(one.events, cells(6000, 1).T.astype(np.float32))
    np.testing.assert_array_equal(two.events, cells(5500, 2).T.astype(np.float32))
    assert (one.name, two.name) == ("a.fcs, data set 1", "a.fcs, data set 2")
    assert not any(note.severe for note in (*one.notes, *two.notes))
    with pytest.raises(
        InputError, match=r"data_set must be one that the file holds; got 3 in a.fcs. It holds 2."
    ):
        read(tmp_path, content, data_set=3)


def test_a_file_joined_to_another_is_seen_without_nextdata(tmp_path: Path) -> None:
    file = read(tmp_path, fcs_bytes(cells(600, 1)) + fcs_bytes(cells(500, 2)))
    assert "second data set" in notes(file)
    lost = read(tmp_path, fcs_bytes(cells(600, 1), words={"$NEXTDATA": "99999"}))
    assert notes(lost) == "$NEXTDATA points to byte 99999, where no data set begins"


def test_data_sets_of_a_file_are_samples_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.lmd").write_bytes(two_sets())
    samples = pd.DataFrame({"file": ["a.lmd"] * 2, "data_set": [1, 2], "path": [tmp_path / "a.lmd"] * 2})
    assert [file.n_events for file in cytometry.read_files(samples)] == [6000, 5500]
    again = samples.assign(data_set=[1, None])
    with pytest.raises(InputError, match=r"must hold another file; got a.lmd equals a.lmd, data set 1"):
        cytometry.read_files(again)


# Keywords


def test_empty_values_and_supplemental_text(tmp_path: Path) -> None:
    """A spillover matrix behind an empty value, or in the supplemental TEXT, is not lost."""
    behind = fcs_bytes(cells(), words={"$P1S": "", "$OP": "", "$SPILLOVER": SPILL})
    supplemental = fcs_bytes(cells(), supplement={"$SPILLOVER": SPILL, "$TOT": "7"})
    for content in (behind, supplemental):
        file = read(tmp_path, content)
        assert (file.n_events, cytometry.file_spillover(file).dyes) == (6000, ("FITC-A", "PE-A"))


def test_a_doubled_delimiter_stands_for_itself(tmp_path: Path) -> None:
    file = read(
        tmp_path, fcs_bytes(cells(), words={"$FIL": "/data/x/y.fcs", "$SPILLOVER": SPILL, "$CYT": "a/b"})
    )
    assert (file.text["FIL"], file.text["CYT"]) == ("/data/x/y.fcs", "a/b")
    assert cytometry.file_spillover(file).dyes == ("FITC-A", "PE-A")


words = st.dictionaries(
    st.from_regex(r"\$[A-Z][A-Z0-9]{1,6}", fullmatch=True),
    st.from_regex(r"([a-z0-9,][a-z0-9,|]{0,12})?", fullmatch=True),
    min_size=1,
    max_size=12,
)


@given(words)
def test_keywords_survive_writing_and_reading(text: dict[str, str]) -> None:
    segment = "|" + "".join(f"{k}|{v.replace('|', '||')}|" for k, v in text.items())
    assert read_pairs(segment.encode()) == {k[1:]: v for k, v in text.items()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"$BYTEORD": "3,4,1,2"}, r"\$BYTEORD must be 1,2,3,4 or 4,3,2,1; got 3,4,1,2 in a.fcs"),
        ({"$BYTEORD": None}, r"\$BYTEORD must be 1,2,3,4 or 4,3,2,1; got nothing in a.fcs"),
        ({"$P3B": "-32"}, r"\$P3B must be a whole number of 1 or more; got -32 in a.fcs"),
        ({"$P3B": "64"}, r"\$P3B must be 32 for \$DATATYPE F; got 64 in a.fcs"),
        ({"$P3B": "12", "$DATATYPE": "I"}, r"\$P3B must be 8, 16, 24, .* for \$DATATYPE I; got 12 in a.fcs"),
        ({"$DATATYPE": "A"}, r"\$DATATYPE must be F, D or I; got A in a.fcs. Export the file as FCS 3.1"),
        ({"$MODE": "C"}, r"\$MODE must be L \(list mode\); got C in a.fcs"),
        ({"$PAR": "1e9"}, r"\$PAR must be the number of parameters that \$PnB describe; got 1e9 in a.fcs"),
        ({"$TOT": "many"}, r"\$TOT must be a number; got many in a.fcs"),
        ({"$TOT": "0"}, r"an FCS file must hold events; got \$TOT 0 in a.fcs"),
        (
            {"$TOT": "90"},
            (
                r"\$TOT must equal the number of events in the DATA segment; got \$TOT 90 and 100 events in"
                r" a.fcs"
            ),
        ),
        ({"$P1R": "top"}, r"\$P1R must be a number; got top in a.fcs"),
        ({"$TIMESTEP": "1 s"}, r"\$TIMESTEP must be a number; got 1 s in a.fcs"),
        ({"$NEXTDATA": "-5"}, r"\$NEXTDATA must be a whole number of 0 or more; got -5 in a.fcs"),
    ],
)
def test_a_keyword_that_cannot_be_read_is_named_with_its_value(
    tmp_path: Path, change: dict[str, str | None], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, fcs_bytes(cells(100), words=change))


def test_a_log_amplifier_needs_two_numbers_and_a_range(tmp_path: Path) -> None:
    bad = {"$P1E": "four,1", "$P2E": "4,1", "$P2R": "0"}
    with pytest.raises(InputError) as caught:
        read(tmp_path, fcs_bytes(np.ones((3, 2)), ["FL1-H", "FL2-H"], kind="I", words=bad))
    assert "$P1E must be two numbers: decades and offset; got four,1 in a.fcs" in str(caught.value)
    assert "$P2R must be above 0 where $PnE is logarithmic; got 0 in a.fcs" in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_events_that_are_no_numbers_are_refused_with_channel_and_count(tmp_path: Path, value: float) -> None:
    events = cells(100)
    events[3:7, 3] = value
    with pytest.raises(InputError, match=r"must be finite numbers; got .* of 100 events: 4 in PE-A in a.fcs"):
        read(tmp_path, fcs_bytes(events))


def test_any_damage_is_told_and_never_a_crash(tmp_path: Path) -> None:
    """Bytes of HEADER and TEXT changed at random, or the file cut anywhere."""
    rng = np.random.default_rng(7)
    whole = fcs_bytes(cells(200), words={"$SPILLOVER": SPILL})
    told: list[str] = []
    for _ in range(200):
        damaged = bytearray(whole)
        for place in rng.integers(0, 700, rng.integers(1, 5)):
            damaged[place] = rng.integers(0, 256)
        cut = rng.integers(1, len(whole)) if rng.random() < 0.3 else len(whole)
        (tmp_path / "d.fcs").write_bytes(bytes(damaged[:cut]))
        try:
            cytometry.check_acquisition(cytometry.read_fcs(tmp_path / "d.fcs"))
        except InputError as fault:
            told.append(str(fault))
    assert len(told) > 50
    assert all("d.fcs" in words for words in told)


def test_names_that_occur_twice_are_refused_only_where_they_are_used(tmp_path: Path) -> None:
    file = read(tmp_path, fcs_bytes(cells(100), ["FSC-A", "FSC-A", *CHANNELS[2:]]))
    assert file.row("PE-A") == 3
    with pytest.raises(InputError, match=r"name must occur once \(\$PnN\); got FSC-A 2 times in a.fcs"):
        file.row("FSC-A")
