"""A nation made up: names as they are spread in France, schools and who works there. The same at each run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

PEOPLE, SCHOOLS = 1_200_000, 62_000
FIRST = (
    "Marie Nathalie Isabelle Sylvie Catherine Martine Christine Françoise Valérie Sandrine Stéphanie Véronique Sophie "
    "Céline Chantal Patricia Anne Brigitte Julie Monique Aurélie Nicole Laurence Annie Émilie Camille Alice Léa Manon "
    "Inès Chloé Emma Sarah Zoé Aïcha Fatima Jean Michel Philippe Nicolas Christophe Pierre Laurent Éric Frédéric Julien "
    "Stéphane David Pascal Thierry Olivier Alain Sébastien Bruno Thomas Guillaume Karim Mehdi Hugo Lucas Théo Louis "
    "Jean-Pierre Marie-Claude Anne-Sophie Jean-Baptiste"
).split()
LAST = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David "
    "Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier "
    "Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry"
).split()
SYLLABLES = "ba be ber bo bou bre ca char che da del do du fa fer ga gi gou ha jou la le li lo ma men mo na nou pa per po ra re ri ro sa ser ta te tou va ve vi".split()
RARE = 80_000  # surnames beside the frequent ones


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody: a name, and the numbers of the schools where they work, from 0."""

    name: str
    schools: tuple[int, ...]


def agents(people: int = PEOPLE, schools: int = SCHOOLS) -> Iterator[Agent]:
    """Yield people; 8 % work in two schools or more."""
    draw = random.Random(1)
    last = LAST + sorted({"".join(draw.choices(SYLLABLES, k=draw.choice((2, 3, 3)))).title() for _ in range(RARE)})
    by_rank = [list(accumulate(1 / (rank + 45) for rank in range(len(names)))) for names in (FIRST, last)]
    for _ in range(people):
        first, family = (
            draw.choices(names, cum_weights=weights)[0] for names, weights in zip((FIRST, last), by_rank, strict=True)
        )
        several = draw.choice((2, 2, 2, 3, 4)) if draw.random() < 0.08 else 1
        yield Agent(f"{first} {family}", tuple({draw.randrange(schools) for _ in range(several)}))
