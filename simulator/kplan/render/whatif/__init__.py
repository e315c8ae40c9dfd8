"""The what-if of the page: the plan's graph as a program that the reader's browser runs.

How the page takes it in (`render/html.py`):

    found = whatif.view(results)                  # None where there is nothing to move
    script = environment.get_template("whatif.js").render()     # the same text for every page
    css += environment.get_template("whatif.css").render()      # after report.css

    policy: script-src 'sha256-<of the script's text>'  # no eval, no inline handlers or style attributes

    {% if whatif %}<section class="card" id="whatif" aria-labelledby="h-whatif">
    {% include "whatif.html.j2" %}                # needs the variable `whatif`: the View; brings its own <h2>
    </section>{% endif %}
    ...
    {% if whatif %}<script>{{ script }}</script>{% endif %}</body>

The partial holds the heading, a sentence for readers without JavaScript and the data, `View.data`, in a
script tag of type application/json, which no policy need allow. All else is made by the script, out of
`createElement` and `textContent` alone, inside the partial's own elements; it touches nothing else of the
page. It uses the custom properties of report.css (--acc, --bad, --mut, --line, --card, --soft, --link,
--accbg, --badbg, --warn) and no others.

The badge that tells whether the page computes as the engine does is `#whatif-check`; the page's part on
method may link to it.
"""

from __future__ import annotations

from kplan.render.whatif.view import View, view

__all__ = ["View", "view"]
