"""`make samples`: render every example scenario into reports/samples, and the index that links them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from gallery.samples import FOLDER, INDEX, index, sample, scenarios


def main(folder: Path = FOLDER) -> None:
    """Write what has changed, remove what no scenario makes any more; pictures stay."""
    with ProcessPoolExecutor() as pool:
        samples = list(pool.map(sample, scenarios()))
    made = {name: content for each in samples for name, content in each.files.items()}
    made[INDEX] = index(samples)
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.suffix != ".png" and path.name not in made:
            path.unlink()
    for name, content in made.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
    print(f"{len(made)} files in {folder}, {sum(map(len, made.values())) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
