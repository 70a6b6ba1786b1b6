from managed_scraping import DEPLOYMENT

from transformer.config import discovery
from transformer.passkit.testing import check_pass, converted, left_alone


def test_the_pass_keeps_the_rules() -> None:
    check_pass(discovery.load("managed-scraping"))


def test_a_namespace_is_taken_over() -> None:
    text = DEPLOYMENT.replace("  name: shop\n", "  name: shop\n  namespace: web\n", 1)
    result = converted({"shop.yaml": text}, ("managed-scraping", {"interval": "1m"}))
    assert '  namespace: "web"\n' in result.texts["shop.yaml"]


def test_odd_annotations_are_left_alone() -> None:
    head, rest = DEPLOYMENT.index("        team"), DEPLOYMENT.index("    spec:\n")
    odd = DEPLOYMENT[:head] + "        - prometheus.io/scrape\n" + DEPLOYMENT[rest:]
    assert left_alone({"shop.yaml": odd}, ("managed-scraping", {"interval": "1m"})).codes() == []
