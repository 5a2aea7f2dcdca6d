"""Random linear circuits and their operating points in rational arithmetic: an oracle without a line of the package."""

from __future__ import annotations

from fractions import Fraction

# What a card's letter says of itself: its nodes, controlling nodes, whether its current is an unknown.
BRANCHES = "vehl"


class Rational:
    """Modified nodal equations A·x = b in fractions.

    Parameters
    ----------
    cards : list of tuple
        (name, nodes, value), with a controlling source's name between for F and H; node 0 is ground.
    """

    def __init__(self, cards):
        self.cards = cards
        nodes = sorted({n for card in cards for n in card[1]} - {0})
        branches = [card[0] for card in cards if card[0][0] in BRANCHES]
        self.names = [f"v(n{n})" for n in nodes] + [f"i({b})" for b in branches]
        self.place = {n: k for k, n in enumerate(nodes)}
        self.branch = {b: len(nodes) + k for k, b in enumerate(branches)}
        self.A = [{} for _ in self.names]
        self.b = [Fraction(0)] * len(self.names)
        for card in cards:
            self._stamp(*card)

    def _add(self, row, column, value):
        if row is not None and column is not None:
            self.A[row][column] = self.A[row].get(column, Fraction(0)) + value

    def _stamp(self, name, nodes, *rest):
        kind, value = name[0], Fraction(rest[-1])
        at = [self.place.get(n) for n in nodes]
        p, n = at[:2]
        if kind in BRANCHES:
            own = self.branch[name]
            for node, sign in ((p, 1), (n, -1)):
                self._add(node, own, sign)
                self._add(own, node, sign)
        if kind == "r":
            for row, sign in ((p, 1), (n, -1)):
                self._add(row, p, sign / value)
                self._add(row, n, -sign / value)
        elif kind == "v":
            self.b[own] += value
        elif kind == "i":
            for row, sign in ((p, -1), (n, 1)):
                if row is not None:
                    self.b[row] += sign * value
        elif kind == "e":
            self._add(own, at[2], -value)
            self._add(own, at[3], value)
        elif kind == "h":
            self._add(own, self.branch[rest[0]], -value)
        elif kind in "fg":
            controls = [(self.branch[rest[0]], 1)] if kind == "f" else [(at[2], 1), (at[3], -1)]
            for row, sign in ((p, 1), (n, -1)):
                for column, way in controls:
                    self._add(row, column, sign * way * value)

    def solve(self):
        """The solution as {name: Fraction}; None where there is none or more than one."""
        rows = [({k: v for k, v in row.items() if v}, b) for row, b in zip(self.A, self.b, strict=True)]
        done = []
        while rows:
            rows.sort(key=lambda row: len(row[0]))
            first, b = rows.pop(0)
            if not first:
                return None
            column = min(first, key=lambda c: sum(c in row for row, _ in rows))
            rest = []
            for row, other in rows:
                if column in row:
                    factor = row[column] / first[column]
                    for k, v in first.items():
                        row[k] = row.get(k, 0) - factor * v
                    row = {k: v for k, v in row.items() if v}
                    other -= factor * b
                rest.append((row, other))
            rows = rest
            done.append((column, first, b))
        x = {}
        for column, row, b in reversed(done):
            x[column] = (b - sum(v * x[k] for k, v in row.items() if k != column)) / row[column]
        return {name: x[k] for k, name in enumerate(self.names)}

    def sizes(self, x):
        """How large the numbers are beside which each unknown is rounded: voltages, or currents that meet somewhere."""
        largest = max((abs(x[n]) for n in self.names if n[0] == "v"), default=Fraction(0))
        flows = [sum(abs(v * x[self.names[k]]) for k, v in row.items()) for row in self.A[: len(self.place)]]
        return {n: float(largest if n[0] == "v" else max(flows)) for n in self.names}

    def deck(self):
        """As a netlist."""
        lines = []
        for name, nodes, *rest in self.cards:
            lines.append(" ".join([name, *(f"n{n}" if n else "0" for n in nodes), *map(str, rest)]))
        return "\n".join(["t", *lines, ".end", ""])


def random_circuit(rng, decades=0.0, loops=0.3):
    """Cards of a random circuit of sources, controlled sources, resistors, inductors and capacitors.

    Parameters
    ----------
    rng : numpy.random.Generator
    decades : float
        Values lie within 10**±decades of 1, beside a factor of 1 … 10.
    loops : float
        Share of elements that lie between nodes that are joined already: loops of sources come of them.
    """
    n = int(rng.integers(2, 7))

    def value(signed):
        size = rng.uniform(1, 10) * 10.0 ** rng.uniform(-decades, decades)
        return f"{-size if signed and rng.random() < 0.3 else size:.3g}"

    def pair():
        a, b = rng.choice(n + 1, 2, replace=False)
        return int(a), int(b)

    ends = [(k, int(rng.integers(0, k))) for k in range(1, n + 1)]  # a tree, so that all is connected
    ends += [pair() for _ in range(int(rng.integers(1, n + 2)))]
    cards, measured = [], []
    for k, (a, b) in enumerate(ends):
        kind = str(rng.choice(list("rrrvvilegfh" if k else "vr")))
        if rng.random() < loops and cards:
            a, b = cards[int(rng.integers(len(cards)))][1][:2]
        if kind in "fh" and not measured:
            kind = "v"
        name = f"{kind}{k}"
        if kind in "eg":
            cards.append((name, (a, b, *pair()), value(True)))
        elif kind in "fh":
            cards.append((name, (a, b), str(rng.choice(measured)), value(True)))
        else:
            cards.append((name, (a, b), value(kind in "vi")))
        if kind == "v":
            measured.append(name)
    return cards
