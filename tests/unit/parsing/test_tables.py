"""From ruling lines to cells."""

from kb.parsing.tables import grids_of


def lines(
    ats: list[float], low: float, high: float, *, level: bool
) -> list[tuple[float, float, float, float]]:
    return [(low, at, high, at) if level else (at, low, at, high) for at in ats]


def test_lines_that_cross_make_a_grid() -> None:
    (grid,) = grids_of(
        lines([100, 120, 140], 50, 250, level=True), lines([50, 150, 250], 100, 140, level=False)
    )

    assert grid.box == (50, 100, 250, 140)
    assert grid.owner == ((0, 1), (2, 3))


def test_a_missing_wall_merges_cells() -> None:
    uprights = [*lines([50, 250], 100, 140, level=False), (150.0, 120.0, 150.0, 140.0)]

    (grid,) = grids_of(lines([100, 120, 140], 50, 250, level=True), uprights)

    assert grid.owner == ((0, 0), (2, 3))


def test_a_frame_is_no_table() -> None:
    assert not grids_of(
        lines([100, 140], 50, 250, level=True), lines([50, 250], 100, 140, level=False)
    )


def test_sides_may_be_open() -> None:
    (grid,) = grids_of(
        lines([100, 120, 140], 50, 250, level=True), lines([150], 100, 140, level=False)
    )

    assert grid.xs == (50, 150, 250)


def test_tables_apart_are_two() -> None:
    grids = [
        grid
        for top in (100, 400)
        for grid in grids_of(
            lines([top, top + 20, top + 40], 50, 250, level=True),
            lines([50, 150, 250], top, top + 40, level=False),
        )
    ]

    assert [grid.ys[0] for grid in grids] == [100, 400]
