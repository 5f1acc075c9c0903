"""Equations of a notebook's text: what is one, what is money or code, and where it ends."""

from __future__ import annotations

import re

import pytest

from reports.page.equations import math_html
from reports.page.markup import markdown_html

MATH = re.compile(r'<math alttext="([^"]*)".*?</math>', re.S)


def short(source: str, **how: bool) -> str:
    """The HTML with each equation by its source."""
    return MATH.sub(r"[\1]", markdown_html(source, **how)).strip().replace("\n", "")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("$\\frac{a}{b}$", "[\\frac{a}{b}]"),
        ("**$x$** and *a $y$*", "<strong>[x]</strong> and <em>a [y]</em>"),
        ("$a_1 * b_2 * c$", "[a_1 * b_2 * c]"),
        ("$n$ = 3", "[n] = 3"),
        ("the $p$-value, $p$.", "the [p]-value, [p]."),
        ("$a\\$b$", "[a\\$b]"),
        ("$x$ of $5", "[x] of $5"),
        ("a $$x^2$$ b", 'a <span class="equation">[x^2]</span> b'),
    ],
)
def test_an_equation_in_a_line(source: str, html: str) -> None:
    assert short(source, inline=True) == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("IC$_{50}$ and 10$^3$", "IC<sub>50</sub> and 10<sup>3</sup>"),
        ("H$_2$O, cm$^{-1}$", "H<sub>2</sub>O, cm<sup>-1</sup>"),
        ("x$_{i,j}$", "x[_{i,j}]"),
    ],
)
def test_an_index_stands_right_after_its_word(source: str, html: str) -> None:
    assert short(source, inline=True) == html


@pytest.mark.parametrize(
    "source",
    [
        "costs $5 and $6",
        "$5-$6 a well",
        "US$5/US$6",
        "$5,000–$10,000",
        "$HOME/$USER/bin",
        "$ x $",
        "A$B$C",
        "one $ alone",
        "$$ alone",
        "$$$$",
    ],
)
def test_money_and_names_are_no_equation(source: str) -> None:
    assert short(source, inline=True) == source


def test_an_escaped_dollar_is_a_dollar() -> None:
    assert short("\\$5 and \\$x\\$", inline=True) == "$5 and $x$"


@pytest.mark.parametrize(
    "source", ["`$x$`", "``$x$ ` $y$``", "```\n$x$\n```", "~~~\n$$x$$\n~~~", "    $$x$$", "`IC$_{50}$`"]
)
def test_code_holds_no_equation(source: str) -> None:
    html = short(source)
    assert "[" not in html
    assert "$" in html
    assert "<sub>" not in html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("$$\\alpha_1 * c$$", '<div class="equation">[\\alpha_1 * c]</div>'),
        ("above\n$$\na\n+ b\n$$\nbelow", '<p>above</p><div class="equation">[a\n+ b]</div><p>below</p>'),
        ("$$a$$\n$$b$$", '<div class="equation">[a]</div><div class="equation">[b]</div>'),
        ("- one\n  $$y$$\n- two $z$", '<ul><li>one<div class="equation">[y]</div></li><li>two [z]</li></ul>'),
        ("> $$q\n> + r$$", '<blockquote><div class="equation">[q\n+ r]</div></blockquote>'),
        ("$$a$$ where $b$", '<p><span class="equation">[a]</span> where [b]</p>'),
        ("$$\nnever closed", "<p>$$never closed</p>"),
    ],
)
def test_an_equation_on_a_line_of_its_own(source: str, html: str) -> None:
    assert short(source) == html.replace("\n", "")


def test_an_equation_that_cannot_be_converted_shows_its_source() -> None:
    assert "frac" in math_html("\\frac{a")
    assert math_html("\\begin{<b>") == "<code>\\begin{&lt;b&gt;</code>"
