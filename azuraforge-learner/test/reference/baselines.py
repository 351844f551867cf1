"""Writes the reference values of the baselines of text models: n-grams by NLTK, naive Bayes by scikit-learn.

NLTK's Kneser-Ney model has one discount for all counts and none for single words, which ours is told to have too.
Run with a Python that has both (Debian: python3-nltk, python3-sklearn): /usr/bin/python3 test/reference/baselines.py
"""

import numpy
from nltk.lm import KneserNeyInterpolated
from nltk.util import everygrams
from sklearn.naive_bayes import MultinomialNB

from generate import write_json

DISCOUNT = 0.75
WORDS = 5
# The first pair comes again behind another word: NLTK also counts pairs that nothing stands before.
TEXT = [0, 1, 2, 3, 0, 1, 2, 0, 1, 3, 2, 0, 1, 4, 0, 1, 2, 3, 3, 2, 0, 4, 4, 1, 2, 0, 1, 2]


def ngrams():
    model = KneserNeyInterpolated(3, discount=DISCOUNT)
    words = [str(token) for token in TEXT]
    model.fit([list(everygrams(words, max_len=3))], vocabulary_text=words)
    cases = []
    for first in range(WORDS):
        for second in range(WORDS):
            scores = [
                model.score(str(word), (str(first), str(second))) for word in range(WORDS)
            ]
            cases.append({"context": [first, second], "probabilities": scores})
    return {"text": TEXT, "vocabularySize": WORDS, "discount": DISCOUNT, "cases": cases}


def bayes():
    random = numpy.random.default_rng(20240310)
    texts = [random.integers(0, 6, size=size).tolist() for size in (4, 7, 3, 9, 5, 6)]
    labels = [0, 1, 2, 1, 0, 1]
    asked = [random.integers(0, 6, size=size).tolist() for size in (1, 5, 8)]
    counts = [numpy.bincount(text, minlength=6) for text in texts]
    model = MultinomialNB(alpha=0.5).fit(counts, labels)
    scores = model.predict_joint_log_proba([numpy.bincount(text, minlength=6) for text in asked])
    return {
        "texts": texts,
        "labels": labels,
        "vocabularySize": 6,
        "classes": 3,
        "alpha": 0.5,
        "asked": asked,
        "scores": scores.tolist(),
    }


if __name__ == "__main__":
    write_json("baselines", {"ngrams": ngrams(), "bayes": bayes()})
