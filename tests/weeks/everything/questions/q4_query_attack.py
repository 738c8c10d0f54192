OK_FORMAT = False

from otter.test_files import test_case

name = "q4"


@test_case(name="the queries are counted where they can't be forged", points=2)
def test_queries(query_attack):
    import numpy as np

    from course.checks import CheckFailed
    from course.draw import Draw

    draw = Draw(4)
    model, x, budget = draw.dense_network(), draw.images(2), 5
    queries = []

    def oracle(images):
        queries.append(len(images))
        if len(queries) > budget:
            raise CheckFailed(f"more than {budget} queries")
        return model(images, training=False).numpy()

    got = query_attack(oracle, x, budget)
    if len(queries) != budget:
        raise CheckFailed(f"expected {budget} queries, counted {len(queries)}")
    if not (isinstance(got, np.ndarray) and got.shape == x.shape):
        raise CheckFailed("expected images")
