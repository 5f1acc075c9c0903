"""A scientist's own notebook, which knows nothing of publish: one cell a kind of output, by name."""

from __future__ import annotations

CELLS = {
    "imports": (
        """
import asyncio, io, logging, os, subprocess, sys, threading, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns
from IPython.display import HTML, JSON, SVG, Image, Latex, Markdown, clear_output, display, update_display
frame = pd.DataFrame({"dose": np.arange(8.0), "signal": np.arange(8.0) ** 2, "plate": list("abcd") * 2})"""
    ),
    "seaborn_left_open": "axes = sns.scatterplot(frame, x='dose', y='signal', hue='plate')",
    "seaborn_shown": "sns.lineplot(frame, x='dose', y='signal')\nplt.show()",
    "seaborn_grid": "grid = sns.displot(frame, x='signal')",
    "three_figures": "for i in range(3):\n    plt.figure()\n    plt.plot([0, i])\nprint('three')",
    "figure_returned": "figure, pair = plt.subplots(1, 2)\npair[0].plot([1, 2])\nfigure",
    "figure_again": "figure",
    "figure_displayed": "display(figure)\nplt.close('all')",
    "saved_and_closed": "plt.plot([1, 2]); plt.savefig(io.BytesIO()); plt.close()",
    "before_the_flush": "_ = plt.plot([1, 2]); print('text first')",
    "semicolon": "plt.plot([3, 4]);",
    "svg_format": "%config InlineBackend.figure_formats = ['svg']\n_ = plt.plot([1, 2])",
    "two_formats": "%config InlineBackend.figure_formats = ['png', 'jpeg']\n_ = plt.plot([1, 2])",
    "inline_again": (
        "%config InlineBackend.figure_formats = ['png']\n%matplotlib inline\n_ = plt.plot([2, 1])"
    ),
    "table": "frame",
    "series": "frame['signal'].describe()",
    "styler": "frame.style.highlight_max(color='yellow').set_uuid('own')",
    "html": "HTML('<b>bold</b>')",
    "script": (
        'HTML(\'<p id=own></p><script>document.getElementById("own").textContent="script ran"</script>\')'
    ),
    "svg": 'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="5"/></svg>\')',
    "png": "picture = io.BytesIO(); plt.imsave(picture, np.eye(8), format='png'); Image(picture.getvalue())",
    "jpeg": "picture = io.BytesIO(); plt.imsave(picture, np.eye(8), format='jpg'); Image(picture.getvalue())",
    "markdown": "Markdown('**bold** $x^2$')",
    "latex": r"Latex(r'\begin{equation}x^2\end{equation}')",
    "json": "JSON({'n': np.int64(3), 'mean': np.float64(0.5)})",
    "several": "display(frame.head(2), 'text', 3)",
    "streams": "print('one'); print('two', file=sys.stderr); print('three'); sys.stderr.write('four\\n');",
    "pieces": "print('no newline', end=''); print('flushed', flush=True); print(1, 2, sep='-', end=' ')",
    "warnings": "warnings.warn('careful', stacklevel=1)\nnp.array([1.0]) / 0",
    "logging": "logging.basicConfig(); logging.warning('logged'); logging.getLogger('own').error('again')",
    "named": "handle = display('first', display_id='own'); print('after')",
    "updated": "handle.update('second'); update_display('nobody', display_id='unknown')",
    "cleared": "print('gone'); clear_output(); print('kept')",
    "cleared_later": "print('gone'); clear_output(wait=True); print('kept')",
    "captured": "%%capture caught\nprint('hidden'); plt.plot([1]); plt.show()",
    "caught": "caught.show(); len(caught.outputs)",
    "shell": "!echo shell; echo error >&2",
    "shell_value": "words = !echo a\nwords",
    "bash": "%%bash\necho bash\necho error >&2",
    "subprocess": "print('before'); subprocess.run(['echo', 'child']); print('after')",
    "subprocess_last": "_ = os.system('echo last')",
    "subprocess_error": "_ = subprocess.run('echo error >&2', shell=True)",
    "subprocess_long": "_ = subprocess.run([sys.executable, '-c', 'print(\"x\" * 200_000)'])",
    "descriptor": "_ = os.write(1, 'från C\\n'.encode())",
    "forked": (
        "import multiprocessing\nchild = multiprocessing.get_context('fork').Process(target=print,"
        " args=('forked',))\nchild.start(); child.join()"
    ),
    "forked_display": (
        "child = multiprocessing.get_context('fork').Process(target=display, args=('lost with its"
        " process',))\nchild.start(); child.join(); print('alive')"
    ),
    "thread": "thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()",
    "await": "await asyncio.sleep(0.001)\nprint('awaited')\nasyncio.get_running_loop().is_running()",
    "task": (
        "async def work():\n    await asyncio.sleep(0.05)\n    print('worked')\n\ntask ="
        " asyncio.create_task(work())"
    ),
    "task_awaited": "await task\nprint('done')",
    "no_value": "None",
    "suppressed": "1 + 1;",
    "time": "%time total = 1 + 1\ntotal",
    "writefile": "%%writefile own.txt\nhello",
    "own_html": (
        "class Own:\n    def _repr_html_(self):\n        return '<i>own</i>'\n\n    def __repr__(self):\n    "
        "    return 'Own()'\nOwn()"
    ),
    "bundle": (
        "class Plot:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n        return"
        " {'application/vnd.own.v1+json': {'data': [1]}, 'text/html': '<div onclick=\"1\">plot</div>',"
        " 'text/plain': 'Plot'}\nPlot()"
    ),
    "widget": (
        "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}, 'text/plain':"
        " 'IntSlider(value=0)'}, raw=True)"
    ),
    "colours": "print('\\x1b[31mred\\x1b[0m \\x1b[1mbold\\x1b[0m')",
    "progress": "for i in range(3): print(f'\\r{i}0 %', end='', file=sys.stderr)",
    "long": "for i in range(100): print('line', i)",
    "shell_of_jupyter": "type(get_ipython()).__name__, plt.get_backend(), plt.get_fignums()",
    "expected_error": "1 / 0",
    "after_the_error": "_ is None, __name__",
}


def notebook() -> dict:
    """As it would be saved, never run; its last but one cell is tagged as an error that is expected."""
    cells: list[dict] = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# My own look\n\nAt a plate."}
    ]
    for name, source in CELLS.items():
        tags = ["raises-exception"] if name == "expected_error" else []
        cells.append(
            {
                "cell_type": "code",
                "id": name.replace("_", "-"),
                "metadata": {"tags": tags},
                "source": source.strip("\n"),
                "outputs": [],
                "execution_count": None,
            }
        )
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
