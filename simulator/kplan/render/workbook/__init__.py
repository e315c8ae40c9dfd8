"""The budget workbook, one file a sheet."""
