"use strict";
(() => {
const data = JSON.parse(document.getElementById("whatif-data").textContent);
const board = document.getElementById("whatif-board");
const check = document.getElementById("whatif-check");

{% include "whatif/program.js" %}

{% include "whatif/check.js" %}

{% include "whatif/words.js" %}

{% include "whatif/elements.js" %}

{% include "whatif/state.js" %}

{% include "whatif/sliders.js" %}

{% include "whatif/verdict.js" %}

{% include "whatif/break_even.js" %}

{% include "whatif/ranking.js" %}

{% include "whatif/months.js" %}

{% include "whatif/yaml.js" %}

{% include "whatif/board.js" %}

})();
