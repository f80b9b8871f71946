"""The API budgets of one account, which follow its settings while calls wait for them."""

from exporter.clouds.budget import Budget
from exporter.settings.model import Account
from exporter.settings.model import Budget as BudgetSetting
from exporter.surroundings import Surroundings

DEFAULT_RATE, DEFAULT_BURST = 10.0, 20  # calls a second of one account and product


def budget_of(account: Account, product: str) -> BudgetSetting:
    """How often a product of an account may be called."""
    return account.budget.get(product) or BudgetSetting(DEFAULT_RATE, DEFAULT_BURST)


class Budgets:
    """The budgets of one account: one for a product in all regions, as the vendors count by account."""

    def __init__(self, account: Account, surroundings: Surroundings) -> None:
        self._account = account
        self._surroundings = surroundings
        self._made: dict[str, Budget] = {}

    def of(self, product: str) -> Budget:
        """The budget of a product."""
        if product not in self._made:
            chosen, surroundings = budget_of(self._account, product), self._surroundings
            self._made[product] = Budget(
                chosen.rate, chosen.burst, monotonic=surroundings.clock.monotonic, sleep=surroundings.sleep
            )
        return self._made[product]

    def follow(self, account: Account) -> None:
        """Go by changed settings: who waits goes on waiting, and what the vendor closed stays closed."""
        earlier, self._account = self._account, account
        for product, budget in self._made.items():
            chosen = budget_of(account, product)
            if chosen != budget_of(earlier, product):
                budget.change(chosen.rate, chosen.burst)
