"""The budget workbook, one file a sheet.

Its formulas are the plan's graph laid out in cells, no second way to work out a cost: charges, months and
totals stand in the same order and under the same names. Beside each formula stands its value for programs
that do not recalculate, read off the ledger and the graph; the tests recalculate every sheet and compare.
"""
