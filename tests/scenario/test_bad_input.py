"""Everything that may be wrong with a file: said clearly, with its place, and quickly."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.kinds import KINDS
from kplan.scenario.load import load_scenario

HEAD = "volume: 1_000/month\n"
STAGES = "stages: {draft: {input: 10, output: 5}}\n"
DESIGNS = "designs: {plain: sonnet}\n"
TAIL = STAGES + DESIGNS
WHOLE = HEAD + TAIL

Problems = Callable[..., list[str]]


def aliases(levels: int) -> str:
    """A bomb: each level holds the one before ten times."""
    lines = ["x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


ONE_PROBLEM = {
    "unknown key": (
        HEAD + "stages: {draft: {input: 10, outptu: 5, output: 5}}\n" + DESIGNS,
        "s.yaml:2:29: stages.draft.outptu: unknown key `outptu`; did you mean output?",
    ),
    "unknown key at the top": (
        WHOLE + "budgte: 5\n",
        "s.yaml:4:1: budgte: unknown key `budgte`; did you mean budget?",
    ),
    "unknown key in a design's stage": (
        HEAD + STAGES + "designs:\n  plain: {models: {default: sonnet}, stages: {draft: {cahced: 5%}}}\n",
        "s.yaml:4:55: designs.plain.stages.draft.cahced: unknown key `cahced`; did you mean cached?",
    ),
    "missing key": (HEAD + STAGES, "s.yaml:1:1: designs: `designs` is missing"),
    "missing number": (
        HEAD + "stages:\n  draft: {input: 10}\n" + DESIGNS,
        "s.yaml:3:3: stages.draft: no `output`: say how much, or `like: STAGE`",
    ),
    "wrong unit of volume": (
        "volume: 1_000/week\n" + TAIL,
        "s.yaml:1:9: volume: `1_000/week` is not a volume; write for example 250_000/month or 8_000/day",
    ),
    "no unit of volume": (
        "volume: 1_000\n" + TAIL,
        "s.yaml:1:9: volume: say per what: 250_000/month or 8_000/day",
    ),
    "wrong unit of budget": (
        WHOLE + "budget: $20/day\n",
        "s.yaml:4:9: budget: `$20/day`: per day; an amount per month is expected",
    ),
    "money for tokens": (
        HEAD + "stages: {draft: {input: $10, output: 5}}\n" + DESIGNS,
        "s.yaml:2:25: stages.draft.input: `$10` is money; a plain number is expected here",
    ),
    "share for tokens": (
        HEAD + "stages: {draft: {input: 10%, output: 5}}\n" + DESIGNS,
        "s.yaml:2:25: stages.draft.input: `10%` is a share; a count is expected here, such as 1_200",
    ),
    "negative tokens": (
        HEAD + "stages: {draft: {input: -10, output: 5}}\n" + DESIGNS,
        "s.yaml:2:25: stages.draft.input: `input` comes to -10; it cannot be negative",
    ),
    "negative tokens worked out": (
        HEAD + "params: {n: 3}\nstages: {draft: {input: 10 - 4 * n, output: 5}}\n" + DESIGNS,
        "s.yaml:3:25: stages.draft.input: `input` comes to -2; it cannot be negative",
    ),
    "chance above 1": (
        HEAD + "stages: {draft: {input: 10, output: 5, chance: 8}}\n" + DESIGNS,
        "s.yaml:2:48: stages.draft.chance: `chance` comes to 8; a share lies between 0 and 1 (8% is 0.08)",
    ),
    "shares of a mix": (
        WHOLE + "mix:\n  a: 60%\n  b: 37%\n",
        "s.yaml:4:1: mix: the shares add up to 0.97, not 1",
    ),
    "share below 0": (
        WHOLE + "mix: {a: 100%, b: {share: -10%}}\n",
        "s.yaml:4:27: mix.b.share: a share of -0.1; it must lie between 0 and 1 (0% and 100%)",
    ),
    "shares of a model": (
        HEAD + STAGES + "designs:\n  plain: {models: {default: {a: 60%, b: 37%}}}\n",
        "s.yaml:4:20: designs.plain.models.default: the shares of the models add up to 0.97, not 1",
    ),
    "unknown parameter": (
        HEAD + "params: {chunks: 8}\nstages: {draft: {input: chunsk * 2, output: 5}}\n" + DESIGNS,
        "s.yaml:3:25: stages.draft.input: no parameter `chunsk`; did you mean chunks?",
    ),
    "unknown parameter in a parameter": (
        WHOLE + "params: {chunks: 8, all: {value: chunk * 2}}\n",
        "s.yaml:4:34: params.all.value: no parameter `chunk`; did you mean chunks?",
    ),
    "unknown parameter of a class": (
        WHOLE + "params: {chunks: 8}\nmix: {a: {share: 100%, params: {chunk: 3}}}\n",
        "s.yaml:5:33: mix.a.params.chunk: no parameter `chunk`; did you mean chunks?",
    ),
    "division by zero": (
        HEAD + "params: {n: 0}\nstages: {draft: {input: 10 / n, output: 5}}\n" + DESIGNS,
        "s.yaml:3:25: stages.draft.input: division by zero",
    ),
    "division by zero in a parameter": (
        WHOLE + "params: {n: 1 / (2 - 2), m: n + 1}\n",
        "s.yaml:4:13: params.n: division by zero",
    ),
    "a circle of params": (
        WHOLE + "params: {a: b + 1, b: c, c: a}\n",
        "s.yaml:4:13: params.a: these need each other: a → b → c → a",
    ),
    "a parameter's name": (
        WHOLE + "params: {max: 3}\n",
        "s.yaml:4:10: params.max: `max` cannot be a parameter: it is a function",
    ),
    "broken expression": (
        HEAD + "stages: {draft: {input: 10 * (2 + 3, output: 5}}\n" + DESIGNS,
        (
            "s.yaml:2:25: stages.draft.input: `10 * (2 + 3` has a ( that is never closed; inside { } or [ ]"
            " an expression with a comma must stand in quotes"
        ),
    ),
    "expression with a comma": (
        HEAD + "stages: {draft: {input: if(2 > 1, 3, 4) + 1, output: 5}}\n" + DESIGNS,
        (
            "s.yaml:2:25: stages.draft.input: a comma ends a value inside { }; put the expression in"
            ' quotes: "if(2 > 1, 3, 4) + 1"'
        ),
    ),
    "long expression": (
        HEAD + f"stages:\n  draft: {{input: {'1+' * 5_000}1, output: 5}}\n" + DESIGNS,
        (
            "s.yaml:3:18: stages.draft.input: an expression of 10,001 characters; fewer than 10,000"
            " are allowed:"
            " name parts of it as params"
        ),
    ),
    "expression of 10 000 characters": (
        HEAD + f"stages:\n  draft: {{input: {'1' + ' ' * 9_998}1, output: 5}}\n" + DESIGNS,
        (
            "s.yaml:3:18: stages.draft.input: an expression of 10,000 characters; fewer than 10,000"
            " are allowed:"
            " name parts of it as params"
        ),
    ),
    "deep expression": (
        HEAD + f"stages:\n  draft: {{input: {'(' * 3_000}1{')' * 3_000}, output: 5}}\n" + DESIGNS,
        (
            "s.yaml:3:18: stages.draft.input: an expression nested more than 100 operations deep: name"
            " parts of"
            " it as params"
        ),
    ),
    "huge number": (
        HEAD + "stages: {draft: {input: 1e2000000, output: 5}}\n" + DESIGNS,
        (
            "s.yaml:2:25: stages.draft.input: `1e2000000` is out of bounds: the power of ten goes from"
            " -100 to 100"
        ),
    ),
    "huge share": (
        WHOLE + "contingency: 1e2000000%\n",
        "s.yaml:4:14: contingency: `1e2000000` is out of bounds: the power of ten goes from -100 to 100",
    ),
    "endless number": (
        WHOLE + f"contingency: 0.{'1' * 100}\n",
        f"s.yaml:4:14: contingency: `0.{'1' * 38}…` has too many digits: at most 60 are allowed",
    ),
    "numbers that grow": (
        WHOLE + "params: {p0: 1.7, " + ", ".join(f"p{n}: p{n - 1} * p{n - 1}" for n in range(1, 30)) + "}\n",
        "s.yaml:4:127: params.p9: a number too long or too large to compute with",
    ),
    "duplicate key": (
        HEAD + STAGES + "designs:\n  plain: sonnet\n  other: opus\n  plain: haiku\n",
        "s.yaml:6:3: designs.plain: duplicate key `plain`, on line 4 and again on line 6",
    ),
    "alias bomb": (
        aliases(10) + WHOLE,
        "s.yaml:6:11: x-5.0: more than 200,000 values once aliases are expanded (aliases of aliases?)",
    ),
    "alias of itself": (
        "x-a: &a [*a]\n" + WHOLE,
        "s.yaml:1:10: x-a.0: alias `*a` names no anchor `&a` above it",
    ),
    "YAML tag": (
        WHOLE + "name: !!python/name:os.system x\n",
        (
            "s.yaml:4:7: name: YAML tag `tag:yaml.org,2002:python/name:os.system`; tags are not"
            " supported, leave it out"
        ),
    ),
    "merge key": (
        HEAD + "x-base: &b {input: 10}\nstages: {draft: {<<: *b, input: 1, output: 5}}\n" + DESIGNS,
        "s.yaml:3:18: stages.draft.<<: merge keys (`<<`) are not supported; use `extends` or `include`",
    ),
    "nesting": (
        WHOLE + f"x-deep: {'[' * 100}{']' * 100}\n",
        f"s.yaml:4:108: x-deep.{'.'.join('0' * 99)}: nested more than 100 deep",
    ),
    "endless nesting": (
        WHOLE + f"x-deep: {'[' * 100_000}\n",
        f"s.yaml:4:108: x-deep.{'.'.join('0' * 99)}: nested more than 100 deep",
    ),
    "nesting by aliases": (
        f"x-a: &a {'[' * 60}{']' * 60}\nx-b: {'[' * 60}*a{']' * 60}\n" + WHOLE,
        f"s.yaml:2:66: x-b.{'.'.join('0' * 60)}: nested more than 100 deep once aliases are expanded",
    ),
    "binary": (
        b"\x7fELF\x02\x01\x01\x00",
        's.yaml:1:1: control character U+007F, which YAML forbids; write "\\x7f" in double quotes',
    ),
    "zero bytes": (
        b"volume: \0\0",
        "s.yaml:1:9: character U+0000: not a text file; a scenario is YAML text",
    ),
    "not UTF-8": (
        b"name: caf\xe9\n",
        "s.yaml:1:10: not a text file in UTF-8: byte 0xe9; a scenario is YAML text",
    ),
    "raw escape": (
        WHOLE + "name: a\x1b[31m\n",
        's.yaml:4:8: control character U+001B, which YAML forbids; write "\\x1b" in double quotes',
    ),
    "empty file": ("", "s.yaml:1:1: an empty file; a scenario needs volume, stages and designs"),
    "a list": ("- a\n", "s.yaml:1:1: a scenario is a map: volume, stages, designs, …"),
    "two documents": (
        WHOLE + "---\na: 1\n",
        "s.yaml:4:1: a second document (`---`); one file holds one scenario",
    ),
    "broken YAML": (
        HEAD + "stages: {draft: {input: 10\ndesigns: {}\n",
        (
            "s.yaml:3:8: not valid YAML: did not find expected ',' or '}' (while parsing a flow mapping)"
            "; text that holds a colon and a blank must stand in quotes"
        ),
    ),
    "tab": (
        "volume:\n\tstart: 2026-12\n",
        (
            "s.yaml:2:1: not valid YAML: found character that cannot start any token (while scanning for the"
            " next token); a tab cannot indent, use spaces"
        ),
    ),
    "unquoted @": (
        HEAD + STAGES + "designs: {plain: @sonnet}\n",
        (
            "s.yaml:3:18: not valid YAML: found character that cannot start any token (while scanning for the"
            " next token); text that begins with @ must stand in quotes"
        ),
    ),
    "unknown kind": (
        HEAD + "stages: {draft: {kind: second-pass, input: 10, output: 5}}\n" + DESIGNS,
        "s.yaml:2:24: stages.draft.kind: no kind of stage `second-pass`; did you mean second_pass?",
    ),
    "second pass without a chance": (
        HEAD + "stages: {a: {input: 1, output: 1}, b: {kind: second_pass, like: a}}\n" + DESIGNS,
        "s.yaml:2:36: stages.b.chance: `chance` is missing",
    ),
    "second pass after nothing": (
        HEAD
        + "stages: {a: {input: 1, output: 1}, b: {kind: second_pass, chance: 8%, input: 1, output: 1}}\n"
        + DESIGNS,
        "s.yaml:2:36: stages.b: a second_pass must say what it follows: add `after: STAGE` or `like: STAGE`",
    ),
    "unknown stage of models": (
        HEAD + STAGES + "designs: {plain: {models: {default: a, darft: b}}}\n",
        "s.yaml:3:40: designs.plain.models.darft: no stage `darft`; did you mean draft?",
    ),
    "unknown stage to change": (
        HEAD + STAGES + "designs: {plain: {models: {default: a}, stages: {darft: {output: 3}}}}\n",
        (
            "s.yaml:3:50: designs.plain.stages.darft: no stage `darft` to change; did you mean draft?"
            " (a new one needs input and output, or like)"
        ),
    ),
    "unknown stage to drop": (
        HEAD + STAGES + "designs: {plain: {models: {default: a}, stages: {darft: null}}}\n",
        "s.yaml:3:57: designs.plain.stages.darft: no stage `darft` to drop; did you mean draft?",
    ),
    "unknown stage of a class": (
        WHOLE + "mix: {a: {share: 100%, stages: {darft: {output: 3}}}}\n",
        (
            "s.yaml:4:33: mix.a.stages.darft: no stage `darft` to change; did you mean draft?"
            " (a new one needs input and output, or like)"
        ),
    ),
    "unknown like": (
        HEAD + "stages: {draft: {input: 10, output: 5}, b: {like: darft, input: 1, output: 2}}\n" + DESIGNS,
        "s.yaml:2:51: stages.b.like: no stage `darft`; did you mean draft?",
    ),
    "unknown after": (
        HEAD + "stages: {draft: {input: 10, output: 5}, b: {after: darft, input: 1, output: 2}}\n" + DESIGNS,
        "s.yaml:2:52: stages.b.after: no stage `darft`; did you mean draft?",
    ),
    "a circle of like": (
        HEAD + "stages: {a: {like: b}, b: {like: a, input: 1, output: 2}}\n" + DESIGNS,
        "s.yaml:2:20: stages.a.like: stages that are like each other: a → b → a",
    ),
    "a circle of after": (
        HEAD + "stages: {a: {after: b, input: 1, output: 1}, b: {after: a, input: 1, output: 2}}\n" + DESIGNS,
        "s.yaml:2:21: stages.a.after: stages that come after each other: a → b → a",
    ),
    "a circle of extends": (
        HEAD + STAGES + "designs: {a: {extends: a, models: {default: m}}}\n",
        "s.yaml:3:24: designs.a.extends: designs that extend each other: a → a",
    ),
    "unknown extends": (
        HEAD + STAGES + "designs: {fast: m, b: {extends: fats}}\n",
        "s.yaml:3:33: designs.b.extends: no design `fats`; did you mean fast?",
    ),
    "unknown design in use": (
        WHOLE + "in_use: plian\n",
        "s.yaml:4:9: in_use: no design `plian`; did you mean plain?",
    ),
    "unknown baseline": (
        WHOLE + "baseline: plian\n",
        "s.yaml:4:11: baseline: no design `plian`; did you mean plain?",
    ),
    "no model": (
        HEAD + STAGES + "designs: {plain: {models: {}}}\n",
        "s.yaml:3:11: designs.plain: no model for stage draft: name one under `models`, or a default for all",
    ),
    "unknown class of a model": (
        HEAD
        + "mix: {easy: 60%, hard: 40%}\n"
        + STAGES
        + "designs: {plain: {models: {default: {easy: a, hard: c, hadr: b}}}}\n",
        "s.yaml:4:56: designs.plain.models.default.hadr: no class `hadr`; did you mean hard?",
    ),
    "wrong months": (
        WHOLE + "months: 2026-11..2026-10\n",
        "s.yaml:4:9: months: `2026-11..2026-10` ends before it begins",
    ),
    "month 13": (
        WHOLE + "months: 2026-13..2027-10\n",
        "s.yaml:4:9: months: `2026-13` is not a month; write for example 2026-12",
    ),
    "endless plan": (WHOLE + "months: 1e9\n", "s.yaml:4:9: months: `1e9`: a plan runs for 1 to 600 months"),
    "wrong date": (
        WHOLE + "prices: {freeze: 2026-02-30}\n",
        (
            "s.yaml:4:18: prices.freeze: `2026-02-30`: day is out of range for month; write for"
            " example 2026-10-15"
        ),
    ),
    "no such price book": (
        WHOLE + "prices: {book: gone.csv}\n",
        "s.yaml:4:16: prices.book: no such file: gone.csv",
    ),
    "wrong mode": (
        WHOLE + "prices: {mode: bacth}\n",
        "s.yaml:4:16: prices.mode: `bacth` is not allowed here; did you mean batch?",
    ),
    "wrong flag": (WHOLE + "singles: 1\n", "s.yaml:4:10: singles: `1`: true or false is expected"),
    "list for a map": (
        HEAD + "stages: [a, b]\n" + DESIGNS,
        "s.yaml:2:1: stages: a map (key: value) is expected here, not a list",
    ),
    "nothing for a map": (
        HEAD + "stages:\n" + DESIGNS,
        "s.yaml:2:8: stages: a map (key: value) is expected here, not nothing",
    ),
    "no stages": (HEAD + "stages: {}\n" + DESIGNS, "s.yaml:2:1: stages: at least one is needed"),
    "circular include": (
        "include: s.yaml\n" + WHOLE,
        "s.yaml:1:10: include: a circle of includes: s.yaml includes s.yaml",
    ),
    "include of nothing": (
        "include: [gone.yaml]\n" + WHOLE,
        "s.yaml:1:11: include: `gone.yaml`: no such file (looked for gone.yaml)",
    ),
    "include from the network": (
        "include: https://example.com/a.yaml\n" + WHOLE,
        "s.yaml:1:10: include: `https://example.com/a.yaml`: only local files can be included",
    ),
    "newer version": (
        WHOLE + "kplan: 2\n",
        "s.yaml:4:8: kplan: `2`: this kplan reads scenarios of version 1",
    ),
    "seasons": (
        "volume: {queries_per_day: 10, seasonality: [1, 1]}\n" + TAIL,
        "s.yaml:1:31: volume.seasonality: 2 factors; 12 are expected, January first",
    ),
    "volume twice": (
        "volume: {queries_per_day: 10, queries_per_month: 300}\n" + TAIL,
        "s.yaml:1:1: volume: say either queries_per_month or queries_per_day",
    ),
    "months twice": (
        "volume: {queries_per_day: 10, months: 3}\nmonths: 4\n" + TAIL,
        "s.yaml:1:1: volume: months are said twice: at the top and here; leave one out",
    ),
    "profile": (
        WHOLE + "profile: {weekdays: Mo-Fr, share: 90%}\n",
        's.yaml:4:1: profile: weekdays "Mo-Fr"; write Mon-Fri or Sat,Sun',
    ),
    "claim without digits": (
        WHOLE + "claims: [{id: a, printed: none}]\n",
        "s.yaml:4:27: claims.0.printed: `none` has no digits; write the figure as it was printed",
    ),
    "claim that follows from nothing": (
        WHOLE + "claims: [{id: total, printed: 3}, {id: b, printed: 4, follows: totla + 1}]\n",
        "s.yaml:4:64: claims.1.follows: no claim `totla`; did you mean total?",
    ),
    "text for a map": (
        WHOLE + "params: 3\n",
        "s.yaml:4:9: params: a map (key: value) is expected here, not `3`",
    ),
    "map for a text": (
        WHOLE + "name: {a: 1}\n",
        "s.yaml:4:1: name: a text is expected here, not a map",
    ),
    "list for a stage's name": (
        HEAD + "stages: {a: {input: 1, output: 1, after: [b]}}\n" + DESIGNS,
        "s.yaml:2:35: stages.a.after: a text is expected here, not a list",
    ),
    "text for a list": (
        WHOLE + "claims: 3\n",
        "s.yaml:4:9: claims: a list is expected here, not `3`",
    ),
    "nothing for a number": (
        HEAD + "stages: {a: {input: 1, output: 1, cached: }}\n" + DESIGNS,
        "s.yaml:2:43: stages.a.cached: a number or arithmetic over params is expected here, not nothing",
    ),
    "half a range": (
        WHOLE + "params: {a: {value: 1, range: [1]}}\n",
        "s.yaml:4:24: params.a.range: a range is a list of two numbers, lowest first: [2, 20]",
    ),
    "range the wrong way": (
        WHOLE + "params: {a: {value: 1, range: [3, 1]}}\n",
        "s.yaml:4:24: params.a.range: the range begins with 3, which is above its end",
    ),
    "negative budget": (
        WHOLE + "budget: -$5/month\n",
        "s.yaml:4:9: budget: `-$5/month` is not an amount; write for example $20_000/month",
    ),
    "contingency without its percent sign": (
        WHOLE + "contingency: 10\n",
        "s.yaml:4:14: contingency: `10` is more than the costs themselves; is 10% meant? (at most 100%)",
    ),
    "negative contingency": (
        WHOLE + "contingency: -5%\n",
        "s.yaml:4:14: contingency: `-5%` is below 0",
    ),
    "share of a profile": (
        WHOLE + "profile: {hours: 08:00-18:00, share: 90}\n",
        "s.yaml:4:38: profile.share: `90` must lie between 0 and 1 (0% and 100%)",
    ),
    "growth": (
        "volume: {queries_per_day: 10, growth_per_month: -100%}\n" + TAIL,
        "s.yaml:1:49: volume.growth_per_month: `-100%` a month; it must lie above -100%, at most at 1_000%",
    ),
    "no seasons": (
        "volume: {queries_per_day: 10, seasonality: 3}\n" + TAIL,
        "s.yaml:1:44: volume.seasonality: a list of 12 factors is expected, January first, not `3`",
    ),
    "no queries": (
        "volume: 0/day\n" + TAIL,
        "s.yaml:1:9: volume: `0/day`: the number of queries must be above 0",
    ),
    "share for a volume": (
        "volume: {queries_per_day: 10%}\n" + TAIL,
        (
            "s.yaml:1:27: volume.queries_per_day: `10%` is not a number of queries; write for"
            " example 250_000/day"
        ),
    ),
    "volume per day in months": (
        "volume: {queries_per_month: 10/day}\n" + TAIL,
        "s.yaml:1:29: volume.queries_per_month: `10/day`: per day; write for example 250_000/month",
    ),
    "months and a half": (
        WHOLE + "months: 2.5\n",
        "s.yaml:4:9: months: `2.5`; write 24, or 2026-11..2027-04",
    ),
    "garbage for a date": (
        WHOLE + "prices: {known_on: yesterday}\n",
        "s.yaml:4:20: prices.known_on: `yesterday` is not a date; write for example 2026-10-15",
    ),
    "percent for a budget": (
        WHOLE + "budget: 5%\n",
        "s.yaml:4:9: budget: `5%` is not an amount; write for example $20_000/month",
    ),
    "endless budget": (
        WHOLE + "budget: 1e200\n",
        "s.yaml:4:9: budget: `1e200` is out of bounds: the power of ten goes from -100 to 100",
    ),
    "two claims of one id": (
        WHOLE + "claims: [{id: a, printed: 1}, {id: a, printed: 2}]\n",
        "s.yaml:4:36: claims.1.id: two claims have the id `a`",
    ),
    "an id with a blank": (
        WHOLE + "claims: [{id: a b, printed: 1}]\n",
        "s.yaml:4:15: claims.0.id: `a b` cannot be an id; use letters, digits and _, no digit first",
    ),
    "a circle of claims": (
        WHOLE + "claims: [{id: a, printed: 1, follows: b}, {id: b, printed: 2, follows: a + 1}]\n",
        "s.yaml:4:39: claims.0.follows: these need each other: a → b → a",
    ),
    "unknown book of a claim": (
        WHOLE + "claims: [{id: a, printed: 1, books: [old]}]\n",
        "s.yaml:4:38: claims.0.books.0: no price book `old`; the scenario has no `books`",
    ),
    "unknown book of a claim, among others": (
        WHOLE + "books: {old: s.yaml}\nclaims: [{id: a, printed: 1, books: [old, new]}]\n",
        "s.yaml:5:43: claims.0.books.1: no price book `new`; known are old",
    ),
    "more queries than can be": (
        "volume: {queries_per_month: 1e17, growth_per_month: 100%, months: 5}\n" + TAIL,
        (
            "s.yaml:1:1: volume: up to 1.6e+18 queries in a month, growth and seasons included"
            "; at most 1e+18 are allowed"
        ),
    ),
    "more queries than can be in a long month": (
        "volume: 4e16/day\n" + TAIL,
        (
            "s.yaml:1:9: volume: up to 1.2e+18 queries in a month, growth and seasons included"
            "; at most 1e+18 are allowed"
        ),
    ),
    "fewer queries than can be": (
        "volume: {queries_per_month: 5, growth_per_month: -90%, months: 202}\n" + TAIL,
        ("s.yaml:1:1: volume: shrinks to 1.0e-201 of the first month's queries; at least 1e-200 is allowed"),
    ),
    "growth beyond all bounds": (
        "volume: {queries_per_day: 10, growth_per_month: 1_001%}\n" + TAIL,
        "s.yaml:1:49: volume.growth_per_month: `1_001%` a month; it must lie above -100%, at most at 1_000%",
    ),
    "a stage misspelt with all its numbers": (
        HEAD + STAGES + "designs: {plain: {models: {default: a}, stages: {darft: {input: 1, output: 3}}}}\n",
        (
            "s.yaml:3:50: designs.plain.stages.darft: a new stage `darft`: did you mean draft?"
            " (say `after:` to add a stage of this name)"
        ),
    ),
    "a stage of a class misspelt with all its numbers": (
        WHOLE + "mix: {a: {share: 100%, stages: {drafts: {input: 1, output: 3}}}}\n",
        (
            "s.yaml:4:33: mix.a.stages.drafts: a new stage `drafts`: did you mean draft?"
            " (say `after:` to add a stage of this name)"
        ),
    ),
    "a class that drops what a stage comes after": (
        HEAD
        + "stages: {draft: {input: 10, output: 5}, check: {input: 1, output: 1, after: draft}}\n"
        + "designs: {plain: sonnet, other: {extends: plain}}\n"
        + "mix: {u: 50%, v: {share: 50%, stages: {draft: null}}}\n",
        "s.yaml:2:77: stages.check.after: no stage `draft`; class v drops it at s.yaml:4:47",
    ),
    "a design that drops what another's stage is like": (
        HEAD
        + STAGES
        + "designs:\n  one: {models: {default: m}, stages: {again: {after: draft, like: draft}}}\n"
        + "  two: {extends: one, stages: {draft: }}\n",
        ("s.yaml:4:68: designs.one.stages.again.like: no stage `draft`; design two drops it at s.yaml:5:39"),
    ),
    "a book that is not there": (
        WHOLE + "prices: {book: [gone.yaml]}\n",
        "s.yaml:4:17: prices.book.0: no such file: gone.yaml",
    ),
    "empty candidate": (
        WHOLE + "candidates: ['']\n",
        "s.yaml:4:14: candidates.0: a model name is expected",
    ),
    "empty name": (
        HEAD + "stages: {'': {input: 1, output: 1}}\n" + DESIGNS,
        "s.yaml:2:1: stages: a name cannot be empty",
    ),
    "a stage called default": (
        HEAD + "stages: {default: {input: 1, output: 1}}\n" + DESIGNS,
        "s.yaml:2:10: stages.default: no stage can be called `default`: under `models` that means all stages",
    ),
    "parameter with a blank": (
        WHOLE + "params: {a b: 1}\n",
        "s.yaml:4:10: params.a b: `a b` cannot be a parameter: use letters, digits and _, no digit first",
    ),
    "share divided by zero": (
        WHOLE + "mix: {a: {share: 1 / 0}}\n",
        "s.yaml:4:18: mix.a.share: division by zero",
    ),
    "unknown parameter in a share": (
        WHOLE + "mix: {a: {share: x}}\n",
        "s.yaml:4:18: mix.a.share: no parameter `x`; the scenario has no parameters",
    ),
    "include of a map": (
        "include: [{a: b}]\n" + WHOLE,
        "s.yaml:1:11: include: a file name or a list of file names is expected",
    ),
    "a map for a key": (
        "{a: 1}: 3\n" + WHOLE,
        "s.yaml:1:1: a key must be a text, not a map or a list",
    ),
    "a kind of nothing": (
        HEAD + "stages: {a: {kind: [call], input: 1, output: 1}}\n" + DESIGNS,
        (
            "s.yaml:2:10: stages.a.kind: no kind of stage `?`; known are "
            + ", ".join([*sorted(KINDS)[:12], "…"])
        ),
    ),
    "profile of everything": (
        WHOLE + "profile: {share: 90%}\n",
        "s.yaml:4:1: profile: a share of 0.90 does not fit windows that cover 168 of 168 hours",
    ),
    "a stage's own circle": (
        HEAD + "stages: {a: {input: 1, output: 1, after: a}}\n" + DESIGNS,
        "s.yaml:2:42: stages.a.after: stages that come after each other: a → a",
    ),
}


@pytest.mark.parametrize("case", ONE_PROBLEM)
def test_one_problem_with_its_place(case: str, problems: Problems) -> None:
    text, expected = ONE_PROBLEM[case]
    start = time.process_time()
    assert problems(text) == [expected]
    assert time.process_time() - start < 1


def test_all_problems_of_a_file_at_once(problems: Problems) -> None:
    found = problems(
        """\
volume: 1_000/week
stages:
  draft:  {input: -10, outptu: 3, output: 5}
  review: {input: chunsk, output: 1 / 0}
  check:  {input: 1, output: max(1, 2)}
  check:  {input: 1, output: 2}
params: {chunks: 8x, a: b, b: a}
mix: {a: 60%, b: 37%}
baseline: plian
designs:
  plain: {models: {default: m, darft: m}}
"""
    )
    assert [line.split(" ")[0] for line in found] == [
        "s.yaml:1:9:",
        "s.yaml:3:19:",
        "s.yaml:3:24:",
        "s.yaml:4:19:",
        "s.yaml:4:35:",
        "s.yaml:5:30:",
        "s.yaml:6:3:",
        "s.yaml:7:18:",
        "s.yaml:7:25:",
        "s.yaml:8:1:",
        "s.yaml:9:11:",
        "s.yaml:11:32:",
    ]


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(KplanError, match="a file of 50 MB; at most 5 MB are read"):
        load_scenario(path)


def test_a_file_of_just_five_megabytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "full.yaml"
    path.write_text(WHOLE + "#" * (5_000_000 - len(WHOLE)))
    assert load_scenario(path).designs.keys() == {"plain"}
    path.write_text(WHOLE + "#" * (5_000_001 - len(WHOLE)))
    with pytest.raises(KplanError, match="at most 5 MB"):
        load_scenario(path)


@pytest.mark.parametrize("name", ["gone.yaml", ".", "a\0b"])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(KplanError, match="cannot be read"):
        load_scenario(tmp_path / name)


def test_a_long_circle_of_includes_is_shown(written) -> None:
    written.file("a.yaml", "include: sub/b.yaml\n")
    written.file("sub/b.yaml", "include: ../s.yaml\n")
    assert written.problems("include: a.yaml\n" + WHOLE) == [
        (
            "sub/b.yaml:1:10: include: a circle of includes: s.yaml includes a.yaml includes b.yaml"
            " includes s.yaml"
        )
    ]


def test_diamonds_of_includes_end(written) -> None:
    for n in range(60):
        written.file(f"{n}.yaml", f"include: [{n + 1}.yaml, {n + 1}.yaml]\n")
    written.file("60.yaml", WHOLE)
    found = written.problems("include: 0.yaml\n")
    assert "more than 50 files included" in found[0]


def test_maps_and_lists_are_of_bounded_width(load: Callable[..., object], problems: Problems) -> None:
    keys = [f"  p{n}: 1\n" for n in range(1_001)]
    load(WHOLE + "params:\n" + "".join(keys[:1_000]))
    assert problems(WHOLE + "params:\n" + "".join(keys)) == [
        "s.yaml:1005:3: params: more than 1,000 entries in one map or list"
    ]


def test_the_work_a_file_asks_for_is_bounded(problems: Problems) -> None:
    designs = "designs:\n" + "".join(f"  d{n}: m\n" for n in range(900))
    mix = "mix:\n" + "".join(f"  c{n}: 2%\n" for n in range(50))
    assert problems(HEAD + STAGES + designs + mix) == [
        "s.yaml:3:1: designs: stages times designs times classes come to more than 20,000; split the scenario"
    ]
    params = "params:\n" + "".join(f"  p{n}: 1\n" for n in range(900))
    assert problems(WHOLE + params + mix) == [
        "s.yaml:4:1: params: params times classes come to more than 20,000; split the scenario"
    ]


def test_many_problems_are_cut(problems: Problems) -> None:
    found = problems(WHOLE + "".join(f"wrong{n}: 1\n" for n in range(900)))
    assert len(found) == 100


@pytest.mark.parametrize(
    "name", ["=cmd()", "+1", "-x", "@who", "<script>alert(1)</script>", "a[/b]", "[bold]x", "a.b", "ü", "{x}"]
)
def test_any_text_is_a_fine_name(load, name: str) -> None:
    quoted = "'" + name + "'"
    scenario = load(
        f"volume: 1_000/month\nname: {quoted}\nstages: {{{quoted}: {{input: 1, output: 1}}}}\n"
        f"designs: {{{quoted}: {{models: {{{quoted}: m}}}}}}\nmix: {{{quoted}: 100%}}\ntags:"
        f" {{{quoted}: {quoted}}}\n"
        f"fixed: {{{quoted}: $1/month}}\nbaseline: {quoted}\n"
    )
    assert [*scenario.stages, *scenario.designs, *scenario.mix, *scenario.tags, scenario.name] == [name] * 5


def test_escapes_in_double_quotes_are_text(load) -> None:
    assert load(WHOLE + 'name: "\\e[31mred"\n').name == "\x1b[31mred"


def test_control_codes_of_names_are_escaped_in_messages(problems: Problems) -> None:
    found = problems(HEAD + STAGES + 'designs: {"\\e[31m": {models: {"\\e[32m": x, default: x}}}\n')
    assert found == [
        "s.yaml:3:31: designs.\\x1b[31m.models.\\x1b[32m: no stage `\\x1b[32m`; known are default, draft"
    ]


def _nothing_but_kplan_errors(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        load_scenario(path)
    except KplanError as e:
        found = e.problems
    else:
        return
    assert found
    assert all(problem.mark is not None for problem in found)


SETTINGS = settings(
    max_examples=150, deadline=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SETTINGS
@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    _nothing_but_kplan_errors(tmp_path / "s.yaml", data)


PIECES = st.sampled_from(
    [
        "volume",
        "stages",
        "designs",
        "params",
        "mix",
        "input",
        "output",
        "a",
        "b",
        "models",
        "default",
        "8%",
        "1_000/month",
        "max(",
        ")",
        "null",
        "~",
        "1e9",
        "-1",
        "*a",
        "&a ",
        "extends",
        "like",
        "after",
        "x",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        ", ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "- ",
        "? ",
        "| ",
        "!!str ",
        "#",
        "kind",
    ]
)


@SETTINGS
@given(st.lists(PIECES, max_size=60).map("".join))
def test_random_yaml_is_read_or_refused(tmp_path: Path, text: str) -> None:
    _nothing_but_kplan_errors(tmp_path / "s.yaml", text.encode())


VALUES = st.recursive(
    st.sampled_from(["1", "8%", "a", "a / b", "null", "sonnet", "''", "1e99", "1e99 * 1e99", "b", "-1", "0"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(
                ["input", "output", "a", "b", "like", "after", "models", "stages", "share", "value"]
            )
            | st.sampled_from(
                ["default", "chance", "extends", "kind", "params", "months", "queries_per_day"]
            ),
            inner,
            max_size=3,
        ).map(lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"),
    ),
    max_leaves=12,
)


@SETTINGS
@given(
    st.dictionaries(
        st.sampled_from(
            ["stages", "designs", "params", "mix", "volume", "prices", "variants", "claims", "fixed"]
        ),
        VALUES,
    )
)
def test_random_scenarios_are_read_or_refused(tmp_path: Path, sections: dict[str, str]) -> None:
    base = {"volume": "1_000/month", "stages": "{a: {input: 1, output: 1}}", "designs": "{a: m}"}
    text = "".join(f"{key}: {value}\n" for key, value in (base | sections).items())
    _nothing_but_kplan_errors(tmp_path / "s.yaml", text.encode())
