"""The frame of every page for people: one style, no scripts, nothing from elsewhere."""

from html import escape

from starlette.responses import HTMLResponse

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def framed(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A page; ``title`` is plain text, ``body`` is HTML."""
    html = _FRAME.replace("{title}", escape(title)).replace("{body}", body)
    return HTMLResponse(html, status, headers={"Content-Security-Policy": _POLICY})


# Bright pages hurt at night, hence the dark colours. A query is chosen whole with one click or tap.
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root { color-scheme: light dark; --text: #1d2733; --page: #fff; --line: #dde3ea; --calm: #f3f6f9; --here: #fff6d6;
  --link: #0b57b0; --ok: #1a7f37; --bad: #b42318; --wait: #7a6a00 }
@media (prefers-color-scheme: dark) {
  :root { --text: #d7dee7; --page: #14191f; --line: #2c3540; --calm: #1d242c; --here: #3a3216;
    --link: #7db4f5; --ok: #57c274; --bad: #ff8a7d; --wait: #d8c257 }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: var(--text); background: var(--page) }
a { color: var(--link) }
h2 { margin: 2.2rem 0 .5rem; overflow-wrap: anywhere }
:target { background: var(--here) }
p, li, blockquote { max-width: 46rem }
blockquote { margin: 0; padding-left: .8rem; border-left: 3px solid var(--line) }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; background: var(--calm) }
pre { padding: .7rem; overflow-x: auto; background: var(--calm); user-select: all }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line) }
@media (max-width: 40rem) {
  .index thead { display: none }
  .index tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line) }
  .index td { display: inline-block; padding: 0 .8rem 0 0; border: 0; overflow-wrap: anywhere }
}
.collections { display: table; width: 100% }
.collections td:nth-child(n+5), .collections th:nth-child(n+5) { text-align: right }
.ok { color: var(--ok) } .bad { color: var(--bad); font-weight: 600 } .wait { color: var(--wait) }
.collections .why td { color: var(--bad); padding-left: 1.5rem; text-align: left }
</style>
</head>
<body>
{body}
</body>
</html>
"""
