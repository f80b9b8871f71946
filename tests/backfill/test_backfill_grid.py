"""The moments of the past."""

from exporter.backfill import Grid


def test_moments_are_multiples_of_the_step_and_the_end_is_left_out():
    grid = Grid.between(1001, 1600, 300)
    assert [1200, 1500] == [grid.moment(index) for index in range(grid.size)]
    assert [900, 1200] == [Grid.between(900, 1500, 300).moment(index) for index in range(2)]
    assert 1200 == Grid.between(900, 1500, 300).last


def test_the_same_moments_come_whenever_it_is_asked():
    first, later = Grid.between(1000, 10_000, 300), Grid.between(1150, 10_150, 300)
    assert {later.moment(index) for index in range(later.size - 1)} <= {
        first.moment(index) for index in range(first.size)
    }


def test_there_are_none_where_the_end_is_before_the_beginning():
    assert 0 == Grid.between(2000, 1000, 300).size


def test_a_change_turns_the_moment_at_it_and_the_one_behind_it():
    grid = Grid(1000, 100, 10)
    assert [0, 3, 4] == grid.turns([1300])
    assert [0, 4] == grid.turns([1301])
    assert [0] == grid.turns([5, 99_999])
    assert [] == Grid(1000, 100, 0).turns([1000])
