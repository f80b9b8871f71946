"""The vocabulary checks itself."""

import pytest

from exporter.metric import Metric, Sample

METRIC = Metric("test_metric", "A metric.", ("account", "name"))


def test_a_sample_has_its_labels_in_the_declared_order():
    assert Sample(METRIC, ("a", "n"), 1.0) == METRIC(1.0, name="n", account="a")


def test_a_missing_label_is_named():
    with pytest.raises(TypeError, match="test_metric lacks label 'name'"):
        METRIC(1.0, account="a")


def test_a_surplus_label_is_named():
    with pytest.raises(TypeError, match="test_metric has no label order_id"):
        METRIC(1.0, account="a", name="n", order_id="7")
